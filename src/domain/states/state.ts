/** Making and asking states. */
import type { Json } from "../json.ts";
import type { Micros } from "../time.ts";
import type { ProposedState, State, StateDetails, StateType } from "./types.ts";

export const STATE_TYPES = [
  "SCHEDULED",
  "PENDING",
  "RUNNING",
  "COMPLETED",
  "FAILED",
  "CANCELLED",
  "CRASHED",
  "PAUSED",
  "CANCELLING",
] as const satisfies readonly StateType[];

export const TERMINAL_TYPES: ReadonlySet<StateType> = new Set<StateType>(["COMPLETED", "FAILED", "CANCELLED", "CRASHED"]);

export function isTerminal(state: { readonly type: StateType }): boolean {
  return TERMINAL_TYPES.has(state.type);
}

/** The name of a state that was given none: its type with only the first letter a capital. */
export function defaultStateName(type: StateType): string {
  return type.slice(0, 1) + type.slice(1).toLowerCase();
}

export const EMPTY_DETAILS: StateDetails = {
  flowRunId: null,
  taskRunId: null,
  childFlowRunId: null,
  scheduledTime: null,
  cacheKey: null,
  cacheExpiration: null,
  untrackableResult: false,
  pauseTimeout: null,
  pauseReschedule: false,
  pauseKey: null,
  runInputKeyset: null,
  refreshCache: null,
  retriable: null,
  transitionId: null,
  taskParametersId: null,
};

export interface StateRequest {
  readonly type: StateType;
  readonly name?: string | null;
  readonly message?: string | null;
  readonly data?: Json;
  readonly details?: Partial<StateDetails>;
}

/**
 * A state to propose, with the defaults a request body gets when it is read (Prefect `StateCreate`): the type's own name,
 * and for SCHEDULED a scheduled time of `now`.
 */
export function proposeState(request: StateRequest, now: Micros): ProposedState {
  const details = { ...EMPTY_DETAILS, ...request.details };
  return {
    type: request.type,
    name: request.name ?? defaultStateName(request.type),
    message: request.message ?? null,
    data: request.data ?? null,
    details: request.type === "SCHEDULED" ? { ...details, scheduledTime: details.scheduledTime ?? now } : details,
  };
}

/**
 * The state that resumes a paused flow run: a new start for a suspended one, else RUNNING. Null when the run is not paused
 * (Prefect `resume_flow_run`, which then answers ABORT with `NOT_PAUSED`).
 */
export function proposeResume(current: State | null, now: Micros): ProposedState | null {
  if (current?.type !== "PAUSED") return null;
  return current.details.pauseReschedule
    ? proposeState({ type: "SCHEDULED", name: "Resuming" }, now)
    : proposeState({ type: "RUNNING" }, now);
}

export const NOT_PAUSED = "Cannot resume a flow run that is not paused.";
