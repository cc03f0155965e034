/** The books kept on every written state, whatever rules governed it (Prefect server/orchestration/global_policy.py). */
import type { Effects } from "./decision.ts";
import { isOlder, PAUSES_SINCE } from "./flow/client-version.ts";
import type { FlowTransition, Settled, TaskTransition, Transition } from "./rule.ts";
import { isTerminal } from "./state.ts";
import { releasedSlots } from "./task/release-concurrency-slots.ts";
import type { FlowRunFacts, RunFacts, State, StateDetails, TaskRunFacts } from "./types.ts";

/** A transition that did write a state. */
type Written<T> = Settled<T> & { readonly written: State };

export interface Books<T extends Transition> {
  /** Whose state it is, for its details. */
  readonly owners: (run: T["run"]) => Partial<StateDetails>;
  /** The run's columns after the move; `run` is as the rules left it. */
  readonly columns: (transition: Written<T>) => Partial<T["run"]>;
  /** What else moves with the state. */
  readonly effects: (transition: Written<T>) => Partial<Effects>;
}

export const FLOW_BOOKS: Books<FlowTransition> = {
  owners: (run) => ({ flowRunId: run.id, ...(run.parentTaskRunId !== null && { taskRunId: run.parentTaskRunId }) }),
  columns: (transition) => ({ ...times(transition), ...flowRunCounts(transition) }),
  effects: ({ run, written }) => ({
    parentTask:
      run.parentTaskRunId === null
        ? null
        : { taskRunId: run.parentTaskRunId, state: { ...written, details: { ...written.details, childFlowRunId: run.id } } },
  }),
};

export const TASK_BOOKS: Books<TaskTransition> = {
  owners: (run) => ({ flowRunId: run.flowRunId, taskRunId: run.id }),
  columns: (transition): Partial<TaskRunFacts> => ({
    ...times(transition),
    runCount: transition.run.runCount + (transition.written.type === "RUNNING" ? 1 : 0),
  }),
  effects: ({ run, written, limits }) => ({ slots: releasedSlots(written, run.id, limits) }),
};

/** SetStartTime, SetEndTime, IncrementRunTime, SetExpectedStartTime, SetNextScheduledStartTime. */
function times({ run, initial, written }: Written<Transition>): Partial<RunFacts> {
  const startAt = run.startAt ?? (written.type === "RUNNING" ? written.timestamp : null);
  const firstEnd = startAt === null ? null : written.timestamp;
  const runTimeMicros = initial?.type === "RUNNING" ? written.timestamp - initial.timestamp : 0;
  const { scheduledTime } = written.details;
  const scheduled = written.type === "SCHEDULED";
  return {
    startAt,
    endAt: isTerminal(written) ? (run.endAt ?? firstEnd) : initial && isTerminal(initial) ? null : run.endAt,
    totalRunTimeMicros: run.totalRunTimeMicros + runTimeMicros,
    expectedStartAt: run.expectedStartAt ?? (scheduled ? scheduledTime : written.timestamp),
    nextScheduledStartAt: scheduled ? scheduledTime : initial?.type === "SCHEDULED" ? null : run.nextScheduledStartAt,
  };
}

/** IncrementFlowRunCount, RemoveResumingIndicator: a resumed run goes on with the same attempt. */
function flowRunCounts({ run, written, clientVersion }: Written<FlowTransition>): Partial<FlowRunFacts> {
  const running = written.type === "RUNNING";
  const resuming = run.policy.resuming && !isOlder(clientVersion, PAUSES_SINCE);
  return {
    runCount: run.runCount + (running && !resuming ? 1 : 0),
    policy: resuming && (running || isTerminal(written)) ? { ...run.policy, resuming: false } : run.policy,
  };
}
