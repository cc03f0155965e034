/** What the engine answers: the response of `set_state` and everything that must be written with it. */
import type { Json } from "../json.ts";
import type { Micros } from "../time.ts";
import type { FlowRunFacts, ProposedState, RunFacts, State, TaskRunFacts } from "./types.ts";

export type SetStateStatus = "ACCEPT" | "REJECT" | "WAIT" | "ABORT";

export type ResponseDetails =
  | { readonly type: "accept_details" }
  | { readonly type: "reject_details"; readonly reason: string }
  | { readonly type: "abort_details"; readonly reason: string }
  | { readonly type: "wait_details"; readonly delaySeconds: number; readonly reason: string };

export interface Response {
  readonly status: SetStateStatus;
  readonly details: ResponseDetails;
}

/** The artifact that keeps a state's data; its id goes to the state's `result_artifact_id`. */
export interface ResultArtifact {
  readonly data: Json;
  readonly key: string | null;
  readonly type: string | null;
  readonly description: string | null;
}

/** One limit's slot to give to, or take from, the run that changes state. */
export interface SlotChange {
  readonly limitId: string;
  readonly change: "take" | "release";
}

/** Writes beside the state row and the run's own columns. */
export interface Effects {
  /** Keeps the written state's data. Belongs to the run and, for a task run, to its flow run too. */
  readonly artifact: ResultArtifact | null;
  /** The state to set on a subflow's parent task run: `orchestrateTaskRun` with policy "minimal", in the same batch. */
  readonly parentTask: { readonly taskRunId: string; readonly state: ProposedState } | null;
  /** Clients below 0.8.3: force every FAILED task run of the flow run to this state and zero their `runCount`. */
  readonly failedTasksRetry: ProposedState | null;
  /** A cache row; cached states never leave the cache but by their expiration. */
  readonly cacheEntry: { readonly cacheKey: string; readonly cacheExpiration: Micros | null; readonly stateId: string } | null;
  readonly slots: readonly SlotChange[];
  /** Which queue of scheduled autonomous task runs the run goes to, when task scheduling is on. */
  readonly enqueue: "scheduled" | "retry" | null;
}

export const NO_EFFECTS: Effects = {
  artifact: null,
  parentTask: null,
  failedTasksRetry: null,
  cacheEntry: null,
  slots: [],
  enqueue: null,
};

/** A transition that the reference answers with an exception: nothing at all is written. */
export interface OrchestrationError {
  /** "internal" is answered by 500, "notFound" by 404 with the message. */
  readonly kind: "internal" | "notFound";
  readonly message: string;
}

export interface Decision<Run extends RunFacts> extends Response {
  /** The state to answer with: the written one, else the run's present one. */
  readonly state: State | null;
  /** The new state to persist (its data is what is answered; what is stored is `effects.artifact`). 201 if and only if it is there. */
  readonly written: State | null;
  /** The columns to change, and only those. Some change without a new state. State id, type, name and timestamp follow from `written`. */
  readonly run: Partial<Run>;
  readonly effects: Effects;
  readonly error: OrchestrationError | null;
}

export type FlowRunDecision = Decision<FlowRunFacts>;
export type TaskRunDecision = Decision<TaskRunFacts>;
