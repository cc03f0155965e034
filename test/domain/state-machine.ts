/** Runs, states and transitions for tests of the state machine: made by hand, or at random. */
import fc from "fast-check";
import type { FlowRunInput, TaskRunInput } from "../../src/domain/states/orchestrate.ts";
import { EMPTY_DETAILS, proposeState, STATE_TYPES, type StateRequest } from "../../src/domain/states/state.ts";
import type { FlowRunFacts, State, StateDetails, TaskRunFacts } from "../../src/domain/states/types.ts";
import { MICROS_PER_SECOND, type Micros } from "../../src/domain/time.ts";

export const NOW: Micros = 1_767_225_600_123_457;
export const seconds = (count: number) => count * MICROS_PER_SECOND;

const NO_TIMES = { runCount: 0, totalRunTimeMicros: 0, startAt: null, endAt: null, expectedStartAt: null, nextScheduledStartAt: null };

export const flowRun = (facts: Partial<FlowRunFacts> = {}): FlowRunFacts => ({
  id: "flow-run",
  ...NO_TIMES,
  deploymentId: null,
  parentTaskRunId: null,
  infrastructurePid: null,
  ...facts,
  policy: { retries: null, retryDelaySeconds: null, pauseKeys: [], resuming: false, retryType: null, ...facts.policy },
});

export const taskRun = (facts: Partial<TaskRunFacts> = {}): TaskRunFacts => ({
  id: "task-run",
  ...NO_TIMES,
  flowRunId: "flow-run",
  flowRunRunCount: 0,
  ...facts,
  policy: { retries: null, retryDelaySeconds: null, retryJitterFactor: null, ...facts.policy },
});

/** A state that a run entered some seconds ago. */
export const past = (request: StateRequest, ago = 10): State => ({
  ...proposeState(request, NOW),
  id: `${request.type}-${ago}`,
  timestamp: NOW - seconds(ago),
});

const counter = () => {
  let count = 0;
  return () => `new-${++count}`;
};

/** A core transition of a flow run that asks for `to`; the rest as given. */
export const flowMove = (to: StateRequest, input: Partial<FlowRunInput> = {}): FlowRunInput => ({
  run: flowRun(),
  initial: past({ type: "RUNNING" }),
  proposed: proposeState(to, NOW),
  policy: "core",
  now: NOW,
  newId: counter(),
  clientVersion: null,
  ...input,
});

/** A core transition of a task run, in a running flow run, that asks for `to`; the rest as given. */
export const taskMove = (to: StateRequest, input: Partial<TaskRunInput> = {}): TaskRunInput => ({
  run: taskRun(),
  initial: past({ type: "PENDING" }),
  proposed: proposeState(to, NOW),
  policy: "core",
  now: NOW,
  newId: counter(),
  flowRun: { id: "flow-run", stateType: "RUNNING", pauseTimeout: null, pauseReschedule: false, runCount: 1 },
  cached: null,
  limits: [],
  random: () => 0.5,
  slotWaitSeconds: 30,
  ...input,
});

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const time = fc.integer({ min: -7200, max: 7200 }).map((offset) => NOW + seconds(offset));
const name = fc.constantFrom("Late", "AwaitingRetry", "Resuming", "Retrying", "Suspended", "Cancelling", "Mine", null);
const data = fc.constantFrom(null, { type: "unpersisted" }, { type: "reference" }, { type: "literal", value: 1 }, {}, [1], "text", 0);
const details: fc.Arbitrary<StateDetails> = fc.record({
  ...(Object.fromEntries(Object.entries(EMPTY_DETAILS).map(([key, value]) => [key, fc.constant(value)])) as {
    [Key in keyof StateDetails]: fc.Arbitrary<StateDetails[Key]>;
  }),
  scheduledTime: maybe(time),
  pauseTimeout: maybe(time),
  pauseReschedule: fc.boolean(),
  pauseKey: fc.constantFrom(null, "a", "b"),
  cacheKey: fc.constantFrom(null, "key"),
  refreshCache: fc.constantFrom(null, true),
  retriable: fc.constantFrom(null, true, false),
  transitionId: fc.constantFrom(null, "x", "y"),
});
const request = fc.record({ type: fc.constantFrom(...STATE_TYPES), name, data, details, message: fc.constantFrom(null, "why") });
const proposed = request.map((state) => proposeState(state, NOW));
const initial = maybe(
  fc
    .record({ request, timestamp: time })
    .map(({ request: state, timestamp }): State => ({ ...proposeState(state, NOW), id: "before", timestamp })),
);
const count = fc.integer({ min: 0, max: 3 });
const columns = {
  runCount: count,
  totalRunTimeMicros: fc.nat(),
  startAt: maybe(time),
  endAt: maybe(time),
  expectedStartAt: maybe(time),
  nextScheduledStartAt: maybe(time),
};
const retries = maybe(count);

/** Any transition of a flow run. */
export const anyFlowMove: fc.Arbitrary<FlowRunInput> = fc.record({
  run: fc.record({
    id: fc.constant("flow-run"),
    ...columns,
    deploymentId: maybe(fc.constant("deployment")),
    parentTaskRunId: maybe(fc.constant("parent")),
    infrastructurePid: maybe(fc.constant("pid")),
    policy: fc.record({
      retries,
      retryDelaySeconds: maybe(count),
      pauseKeys: fc.subarray(["a", "b"]),
      resuming: fc.boolean(),
      retryType: fc.constantFrom(null, "in_process" as const, "reschedule" as const),
    }),
  }),
  initial,
  proposed,
  policy: fc.constantFrom("core", "minimal", "markLate"),
  now: fc.constant(NOW),
  newId: fc.constant(undefined).map(counter),
  clientVersion: fc.constantFrom(null, "0.8.2", "0.8.3", "0.8.4"),
});

/** Any transition of a task run. */
export const anyTaskMove: fc.Arbitrary<TaskRunInput> = fc.record({
  run: fc.record({
    id: fc.constant("task-run"),
    ...columns,
    flowRunId: maybe(fc.constant("flow-run")),
    flowRunRunCount: count,
    policy: fc.record({ retries, retryDelaySeconds: fc.constantFrom(null, 5, [1, 2], []), retryJitterFactor: fc.constantFrom(null, 0.5) }),
  }),
  initial,
  proposed,
  policy: fc.constantFrom("core", "minimal"),
  now: fc.constant(NOW),
  newId: fc.constant(undefined).map(counter),
  flowRun: maybe(
    fc.record({
      id: fc.constant("flow-run"),
      stateType: maybe(fc.constantFrom(...STATE_TYPES)),
      pauseTimeout: maybe(time),
      pauseReschedule: fc.boolean(),
      runCount: count,
    }),
  ),
  cached: maybe(fc.constant(past({ type: "COMPLETED", data: { type: "reference" } }))),
  limits: fc.uniqueArray(
    fc.record({
      id: fc.constantFrom("l1", "l2", "l3"),
      tag: fc.constantFrom("a", "b", "c"),
      limit: fc.integer({ min: 0, max: 2 }),
      activeSlots: fc.subarray(["task-run", "other"]),
    }),
    { selector: ({ id }) => id },
  ),
  random: fc.constant(() => 0.5),
  slotWaitSeconds: fc.constant(30),
});
