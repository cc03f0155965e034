/** What an orchestration rule is, and the rulings it can give (Prefect server/orchestration/rules.py: BaseOrchestrationRule). */
import type { Micros } from "../time.ts";
import type { Effects, OrchestrationError, Response } from "./decision.ts";
import { STATE_TYPES, TERMINAL_TYPES } from "./state.ts";
import type { EnclosingFlowRun, FlowRunFacts, ProposedState, RunFacts, State, StateType, TagLimit, TaskRunFacts } from "./types.ts";

/** State types a rule governs; null is "no state". */
export type StateTypeSet = ReadonlySet<StateType | null>;

export const ANY: StateTypeSet = new Set([...STATE_TYPES, null]);
export const TERMINAL: StateTypeSet = TERMINAL_TYPES;
export const only = (...types: StateType[]): StateTypeSet => new Set(types);
export const anyBut = (type: StateType): StateTypeSet => new Set([...ANY].filter((other) => other !== type));

/** What a rule sees: the move that is asked for, as the rules before it left it. */
export interface Transition<Run extends RunFacts = RunFacts> {
  readonly run: Run;
  readonly initial: State | null;
  readonly proposed: ProposedState;
  readonly now: Micros;
  readonly newId: () => string;
}

export interface FlowTransition extends Transition<FlowRunFacts> {
  /** The client's API version, "0.8.4"; null for the newest and for the server's own moves. */
  readonly clientVersion: string | null;
  /** The queue or pool whose limit leaves the run no slot; absent where none does, and where limits are not counted. */
  readonly fullLimit?: FullLimit | null;
  /** Its queue hands the run out by leases: absent where it does not, and for a run without a queue. */
  readonly isLeased?: boolean;
}

/** A limit without a free slot. */
export interface FullLimit {
  readonly kind: "queue" | "pool";
  readonly name: string;
}

export interface TaskTransition extends Transition<TaskRunFacts> {
  /** Null when the task run is autonomous, or its flow run is gone. */
  readonly flowRun: EnclosingFlowRun | null;
  /** The newest unexpired cached state under the proposed `cacheKey`, if any. */
  readonly cached: State | null;
  /** The limits on the run's tags, in any order. */
  readonly limits: readonly TagLimit[];
  /** Uniform in [0, 1), for the jitter of retries. */
  readonly random: () => number;
  /** How long a run waits for a slot before it asks again. */
  readonly slotWaitSeconds: number;
}

/** The same after the decision: `written` is the new state, null when none was. */
export type Settled<T> = T & { readonly written: State | null };

/** Changes to the run's columns and writes beside them; `run` and `effects` of a rule whose transition does not hold are undone. */
export interface Outcome<Run extends RunFacts> {
  readonly run?: Partial<Run>;
  readonly effects?: Partial<Effects>;
  readonly error?: OrchestrationError;
}

/** A rule's word: nothing at all lets the transition pass. */
export interface Ruling<Run extends RunFacts> extends Outcome<Run> {
  /** Takes the place of the proposed state; null writes none. */
  readonly proposed?: ProposedState | null;
  readonly response?: Response;
}

export interface Rule<T extends Transition> {
  readonly from: StateTypeSet;
  readonly to: StateTypeSet;
  /** Before the write. */
  readonly decide?: (transition: T) => Ruling<T["run"]>;
  /** After the decision, when the rule's transition still holds. */
  readonly after?: (transition: Settled<T>) => Outcome<T["run"]>;
}

export type FlowRule = Rule<FlowTransition>;
export type TaskRule = Rule<TaskTransition>;
/** Governs flow runs and task runs alike. */
export type SharedRule = Rule<Transition>;

export const PASS = {};

export interface Decided {
  readonly proposed: ProposedState | null;
  readonly response: Response;
}

/** Refuses the move; `state` is written in its place, or with null the present state is answered. */
export function reject(state: ProposedState | null, reason: string): Decided {
  return { proposed: state, response: { status: "REJECT", details: { type: "reject_details", reason } } };
}

/** Refuses the move and asks the client to repeat it in `delaySeconds`. */
export function wait(delaySeconds: number, reason: string): Decided {
  return { proposed: null, response: { status: "WAIT", details: { type: "wait_details", delaySeconds, reason } } };
}

/** Refuses the move and tells the client to stop orchestrating the run. */
export function abort(reason: string): Decided {
  return { proposed: null, response: { status: "ABORT", details: { type: "abort_details", reason } } };
}
