/**
 * Run states, and the facts that deciding a run's next state needs (Prefect 2.20, server/schemas/states.py and core.py).
 *
 * One batch of reads serves a decision, as all of these are known by the run's id and the proposal:
 * - the run, and its state with the data of its result artifact (null where there is none);
 * - for a subflow, the same of its parent task run, on which the new state is mirrored;
 * - for a task run, its flow run's state type, pause details and run count (PreventRunningTasksFromStoppedFlows, renames);
 * - for a task run to be RUNNING, the newest cache row under the proposed key that expires never or after now, when its state
 *   is still there (CacheRetrieval);
 * - for a task run, the limits on its tags with their slots (SecureTaskConcurrencySlots, ReleaseTaskConcurrencySlots).
 */
import type { Json } from "../json.ts";
import type { Micros } from "../time.ts";

export type StateType = "SCHEDULED" | "PENDING" | "RUNNING" | "COMPLETED" | "FAILED" | "CANCELLED" | "CRASHED" | "PAUSED" | "CANCELLING";

export interface StateDetails {
  readonly flowRunId: string | null;
  readonly taskRunId: string | null;
  readonly childFlowRunId: string | null;
  readonly scheduledTime: Micros | null;
  readonly cacheKey: string | null;
  readonly cacheExpiration: Micros | null;
  readonly untrackableResult: boolean;
  readonly pauseTimeout: Micros | null;
  readonly pauseReschedule: boolean;
  readonly pauseKey: string | null;
  readonly runInputKeyset: Readonly<Record<string, string>> | null;
  readonly refreshCache: boolean | null;
  readonly retriable: boolean | null;
  readonly transitionId: string | null;
  readonly taskParametersId: string | null;
}

/** A state somebody asks for: complete but for what the server mints. Made by `proposeState`. */
export interface ProposedState {
  readonly type: StateType;
  readonly name: string;
  readonly message: string | null;
  /** Any JSON. `{"type": "unpersisted"}` is answered but never stored: read back it is null. */
  readonly data: Json;
  readonly details: StateDetails;
}

export interface State extends ProposedState {
  readonly id: string;
  /** When the run entered the state; unique among the states of one run. */
  readonly timestamp: Micros;
}

/** A flow run's `empirical_policy`. Further keys of the stored policy pass through the engine unchanged. */
export interface FlowRunPolicy {
  readonly retries: number | null;
  readonly retryDelaySeconds: number | null;
  /** Keys of the pauses this run has observed; a set. */
  readonly pauseKeys: readonly string[];
  readonly resuming: boolean;
  readonly retryType: "in_process" | "reschedule" | null;
}

/** A task run's `empirical_policy`. */
export interface TaskRunPolicy {
  readonly retries: number | null;
  /** One delay for every retry, or a list: one a retry, the last one repeated. */
  readonly retryDelaySeconds: number | readonly number[] | null;
  readonly retryJitterFactor: number | null;
}

/** What both kinds of run have; all but the id are columns that a transition may change. */
export interface RunFacts {
  readonly id: string;
  readonly runCount: number;
  readonly totalRunTimeMicros: number;
  readonly startAt: Micros | null;
  readonly endAt: Micros | null;
  readonly expectedStartAt: Micros | null;
  readonly nextScheduledStartAt: Micros | null;
}

export interface FlowRunFacts extends RunFacts {
  readonly deploymentId: string | null;
  /** The task run that stands for this run in its parent flow, when it is a subflow. */
  readonly parentTaskRunId: string | null;
  readonly infrastructurePid: string | null;
  readonly policy: FlowRunPolicy;
}

export interface TaskRunFacts extends RunFacts {
  /** Null for an autonomous task run, which `AutonomousTaskPolicy` governs. */
  readonly flowRunId: string | null;
  /** The flow run's `runCount` when this task run last entered RUNNING. */
  readonly flowRunRunCount: number;
  readonly policy: TaskRunPolicy;
}

/** The flow run that a task run belongs to. */
export interface EnclosingFlowRun {
  readonly id: string;
  /** Null while it has no state. */
  readonly stateType: StateType | null;
  /** Of its current state; they matter while it is PAUSED. */
  readonly pauseTimeout: Micros | null;
  readonly pauseReschedule: boolean;
  readonly runCount: number;
}

/** A concurrency limit whose tag the task run carries. */
export interface TagLimit {
  readonly id: string;
  readonly tag: string;
  readonly limit: number;
  /** Ids of the task runs that hold a slot. */
  readonly activeSlots: readonly string[];
}
