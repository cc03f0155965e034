import { describe, expect, test } from "vitest";
import { Refusal } from "../../src/domain/errors.ts";
import { rawNumber } from "../../src/domain/json.ts";
import { answerOf } from "../../src/domain/states/answer.ts";
import { NO_EFFECTS } from "../../src/domain/states/decision.ts";
import { isOlder } from "../../src/domain/states/flow/client-version.ts";
import { orchestrateFlowRun, orchestrateTaskRun } from "../../src/domain/states/orchestrate.ts";
import { defaultStateName, EMPTY_DETAILS, NOT_PAUSED, proposeState, STATE_TYPES } from "../../src/domain/states/state.ts";
import { jitteredDelay } from "../../src/domain/states/task/jitter.ts";
import { flowMove, flowRun, NOW, past, seconds, taskMove, taskRun } from "./state-machine.ts";

describe("the answer to a proposed state", () => {
  test("is the new state, or the present one with the reason", () => {
    const accepted = orchestrateFlowRun(flowMove({ type: "COMPLETED" }));
    expect(answerOf(accepted)).toEqual({ state: accepted.written, written: true, status: "ACCEPT", details: { type: "accept_details" } });
    const initial = past({ type: "CANCELLING" });
    expect(answerOf(orchestrateFlowRun(flowMove({ type: "RUNNING" }, { initial })))).toEqual({
      state: initial,
      written: false,
      status: "REJECT",
      details: { type: "reject_details", reason: "Cannot transition flows that are cancelling to a state other than Cancelled." },
    });
  });

  test("of a task run without its flow run is 404 in the words of the models", () => {
    const decision = orchestrateTaskRun(taskMove({ type: "RUNNING" }, { flowRun: null }));
    const text = "Unable to read flow run associated with task run: task-run, this flow run might have been deleted";
    expect(decision).toMatchObject({ status: "ABORT", details: { type: "abort_details", reason: text } });
    expect(() => answerOf(decision)).toThrow(new Refusal("notFound", text, { envelope: "exception" }));
  });

  test("of a run without a state to go back to is a failure of the server", () => {
    const decision = orchestrateFlowRun(flowMove({ type: "SCHEDULED", name: "Late" }, { initial: null }));
    expect(decision.error).toEqual({
      kind: "internal",
      message: "The current run has no state; this transition cannot be rejected without providing a new state.",
    });
    expect(() => answerOf(decision)).toThrow(new Error(decision.error?.message));
    expect(() => answerOf(decision)).not.toThrow(Refusal);
    const pausing = orchestrateFlowRun(flowMove({ type: "PAUSED" }, { initial: null }));
    expect(answerOf(pausing)).toMatchObject({
      state: null,
      written: false,
      status: "ABORT",
      details: {
        type: "abort_details",
        reason: `Error validating state: AttributeError("'NoneType' object has no attribute 'result_artifact_id'")`,
      },
    });
  });
});

test.each([
  ["0.8.3", "0.8.4", true],
  ["0.8.4", "0.8.4", false],
  ["0.8.5", "0.8.4", false],
  ["0.9.0", "0.8.4", false],
  ["0.7.9", "0.8.4", true],
  ["1.0.0", "0.8.4", false],
  ["0.8", "0.8.4", true],
  ["0.8", "0.8.0", false],
  ["0.10.0", "0.9.9", false],
  [null, "0.8.4", false],
])("the API version %s is older than %s: %s", (version, than, older) => expect(isOlder(version, than)).toBe(older));

// What `clamped_poisson_interval` gives where the draw is so far between its bounds.
test.each([
  [100, 0.5, 0, 62.939687],
  [100, 0.5, 0.5, 97.280384],
  [100, 0.5, 0.999, 149.861261],
  [10, 48.9, 0.5, 6.931472],
  [10, 48.9, 0.999, 69.077553],
  [10, 49, 0, 0],
  [10, 2000, 0.5, 6.931472],
  [1, 1, 0, 0.415037],
  [1, 1, 0.5, 0.921742],
  [1, 1, 0.999, 1.996128],
])("a delay of %f s with the factor %f, drawn at %f, is %f s", (average, factor, at, delay) => {
  expect(jitteredDelay(average, factor, () => at)).toBeCloseTo(delay, 5);
});

describe("states that nobody gave a name or details", () => {
  test("are named after their types", () => {
    expect(STATE_TYPES.map(defaultStateName)).toEqual([
      "Scheduled",
      "Pending",
      "Running",
      "Completed",
      "Failed",
      "Cancelled",
      "Crashed",
      "Paused",
      "Cancelling",
    ]);
  });

  test("have none, but for the time of a scheduled one", () => {
    expect(proposeState({ type: "RUNNING" }, NOW)).toEqual({
      type: "RUNNING",
      name: "Running",
      message: null,
      data: null,
      details: {
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
      },
    });
    expect(proposeState({ type: "SCHEDULED" }, NOW).details).toEqual({ ...EMPTY_DETAILS, scheduledTime: NOW });
    expect(proposeState({ type: "SCHEDULED", details: { scheduledTime: 5 } }, NOW).details.scheduledTime).toBe(5);
    expect(NOT_PAUSED).toBe("Cannot resume a flow run that is not paused.");
  });
});

describe("results", () => {
  test("nobody knows are kept as such", () => {
    const initial = past({ type: "CRASHED", data: { type: "reference" } });
    const { written, effects } = orchestrateFlowRun(flowMove({ type: "COMPLETED" }, { initial, policy: "minimal" }));
    expect(written?.data).toEqual({ type: "unknown", value: null });
    expect(effects.artifact).toEqual({
      data: { type: "unknown", value: null },
      key: null,
      type: "result",
      description: "Unknown result persisted to Prefect.",
    });
  });

  test("that are null are not kept, nor are artifact keys that are no text", () => {
    expect(orchestrateFlowRun(flowMove({ type: "COMPLETED" })).effects.artifact).toBeNull();
    const data = { type: "reference", artifact_key: 5, artifact_type: null };
    expect(orchestrateFlowRun(flowMove({ type: "COMPLETED", data })).effects.artifact).toMatchObject({ key: null, type: null });
  });

  test.each([[[1]], ["text"], [0], [false]])("that are no objects are kept as they are: %j", (data) => {
    const { written, effects } = orchestrateFlowRun(flowMove({ type: "COMPLETED", data }));
    expect([written?.data, effects.artifact]).toEqual([data, { data, key: null, type: null, description: null }]);
  });

  test.each([
    [{ type: "reference" }, true],
    [{ type: "unpersisted" }, false],
    [[1], true],
    [[], false],
    [{}, false],
    ["a", true],
    ["", false],
    [1, true],
    [0, false],
    [rawNumber("1.0"), true],
    [rawNumber("0.0"), false],
    [null, false],
  ])("%j holds a completed flow run: %s", (data, holds) => {
    const initial = past({ type: "COMPLETED", data });
    const { status, details } = orchestrateFlowRun(flowMove({ type: "RUNNING" }, { initial }));
    expect(status).toBe(holds ? "REJECT" : "ACCEPT");
    if (holds) expect(details).toEqual({ type: "reject_details", reason: "Run is already COMPLETED." });
  });
});

describe("pauses", () => {
  const paused = (details = {}) => past({ type: "PAUSED", details: { pauseTimeout: NOW, ...details } });
  const reasonOf = ({ details }: ReturnType<typeof orchestrateFlowRun>) => ("reason" in details ? details.reason : undefined);

  test("last until their time is over", () => {
    const move = { initial: paused() };
    expect(orchestrateFlowRun(flowMove({ type: "RUNNING" }, move)).status).toBe("ACCEPT");
    const late = orchestrateFlowRun(flowMove({ type: "RUNNING" }, { initial: paused({ pauseTimeout: NOW - 1 }) }));
    expect(late.written).toMatchObject({ type: "FAILED", name: "Failed", message: "The flow was running and never resumed." });
    expect(reasonOf(late)).toBe("The flow run pause has timed out and can no longer resume.");
    const suspended = flowMove({ type: "SCHEDULED", name: "Suspended" }, { initial: paused({ pauseTimeout: NOW - 1 }) });
    expect(reasonOf(orchestrateFlowRun(suspended))).toBe("The flow run suspend has timed out and can no longer resume.");
  });

  test.each([
    ["PENDING", "This run cannot transition to the StateType.PENDING state from the StateType.PAUSED state."],
    ["CANCELLING", undefined],
  ] as const)("cannot become %s while something runs", (type, reason) => {
    const decision = orchestrateFlowRun(flowMove({ type }, { initial: paused(), run: flowRun({ infrastructurePid: "pid" }) }));
    expect(decision.status).toBe("REJECT");
    if (reason) expect(reasonOf(decision)).toBe(reason);
  });

  test("need a deployment to start again from", () => {
    const decision = orchestrateFlowRun(flowMove({ type: "RUNNING", name: "Going On" }, { initial: paused({ pauseReschedule: true }) }));
    expect([decision.status, reasonOf(decision)]).toEqual(["REJECT", "Cannot reschedule a going on flow run without a deployment."]);
  });

  test.each([
    [{ type: "PAUSED" }, { initial: past({ type: "PENDING" }) }, "REJECT", "Cannot pause flows that are not currently running."],
    [
      { type: "PAUSED", name: "Suspended" },
      { initial: past({ type: "PENDING" }) },
      "REJECT",
      "Cannot suspend flows that are not currently running.",
    ],
    [{ type: "PAUSED", details: { pauseReschedule: true } }, {}, "ABORT", "Cannot pause flows without a deployment."],
  ] as const)("%j is refused", (to, input, status, reason) => {
    const decision = orchestrateFlowRun(flowMove(to, input));
    expect([decision.status, reasonOf(decision)]).toEqual([status, reason]);
  });

  test("happen once each", () => {
    const run = flowRun({ policy: { retries: null, retryDelaySeconds: null, pauseKeys: ["k"], resuming: false, retryType: null } });
    const again = orchestrateFlowRun(flowMove({ type: "PAUSED", details: { pauseKey: "k" } }, { run }));
    expect([again.status, reasonOf(again)]).toEqual(["REJECT", "This pause has already fired."]);
    const other = orchestrateFlowRun(flowMove({ type: "PAUSED", details: { pauseKey: "l" } }, { run }));
    expect(other.run.policy?.pauseKeys).toEqual(["k", "l"]);
  });
});

describe("flow runs that are cancelled before they have a process", () => {
  test.each([
    ["SCHEDULED", null, {}, null, "Scheduled flow run has no infrastructure to terminate."],
    ["SCHEDULED", "Resuming", {}, "pid", "Scheduled flow run has no infrastructure to terminate."],
    ["SCHEDULED", "Late", {}, "pid", undefined],
    ["PAUSED", "Suspended", { pauseReschedule: true }, "pid", "Suspended flow run has no infrastructure to terminate."],
  ] as const)("%s %s", (type, name, details, infrastructurePid, reason) => {
    const initial = past({ type, name, details });
    const run = flowRun({ infrastructurePid, deploymentId: "d" });
    const { written, status, details: told } = orchestrateFlowRun(flowMove({ type: "CANCELLING" }, { initial, run }));
    expect(written?.type).toBe(reason === undefined ? "CANCELLING" : "CANCELLED");
    expect([status, "reason" in told ? told.reason : undefined]).toEqual([reason === undefined ? "ACCEPT" : "REJECT", reason]);
  });
});

describe("a run's columns", () => {
  const policy = { retries: null, retryDelaySeconds: null, pauseKeys: ["k"], resuming: true, retryType: null };

  test("that a move does not concern stay", () => {
    const run = flowRun({ endAt: 5, nextScheduledStartAt: 6, startAt: 4, expectedStartAt: 3 });
    const moved = orchestrateFlowRun(flowMove({ type: "RUNNING" }, { run, initial: past({ type: "PENDING" }) }));
    expect(moved.run).toEqual({ runCount: 1 });
    expect(moved.effects).toEqual(NO_EFFECTS);
    const details = { taskRunId: "claimed" };
    expect(orchestrateFlowRun(flowMove({ type: "RUNNING", details })).written?.details.taskRunId).toBe("claimed");
  });

  test("keep what is known of pauses from one end to another", () => {
    const run = flowRun({ policy, deploymentId: "d", startAt: 1, endAt: 2, expectedStartAt: 1 });
    const moved = orchestrateFlowRun(flowMove({ type: "CANCELLED" }, { run, initial: past({ type: "FAILED" }) }));
    expect(moved.run).toEqual({ policy: { ...policy, resuming: false } });
  });

  test("count no retries where there are none", () => {
    const failed = { type: "FAILED" } as const;
    expect(orchestrateFlowRun(flowMove(failed)).written?.name).toBe("Failed");
    expect(orchestrateTaskRun(taskMove(failed, { initial: past({ type: "RUNNING" }) })).written?.name).toBe("Failed");
  });
});

describe("a full limit of a queue or pool", () => {
  test.each([
    ["PENDING", "SCHEDULED", "queue", { status: "ABORT", details: { type: "abort_details" } }],
    ["RUNNING", "SCHEDULED", "pool", { status: "WAIT", details: { type: "wait_details", delaySeconds: 30 } }],
    ["RUNNING", "PENDING", "queue", { status: "ACCEPT" }],
    ["FAILED", "SCHEDULED", "queue", { status: "ACCEPT" }],
  ] as const)("and a run to be %s that is %s", (type, from, kind, expected) => {
    const initial = past({ type: from, details: { scheduledTime: NOW } });
    const decision = orchestrateFlowRun(flowMove({ type }, { initial, fullLimit: { kind, name: "w" } }));
    expect(decision).toMatchObject(expected);
    if (expected.status !== "ACCEPT") {
      expect(decision.details).toMatchObject({ reason: `The concurrency limit of work ${kind} "w" has been reached` });
    }
    expect(orchestrateFlowRun(flowMove({ type }, { initial, fullLimit: null })).status).toBe("ACCEPT");
  });
});

describe("task runs", () => {
  test("keep the slots they hold while they run, and give back no others", () => {
    const limits = [
      { id: "held", tag: "a", limit: 2, activeSlots: ["task-run"] },
      { id: "free", tag: "b", limit: 2, activeSlots: ["other"] },
    ];
    expect(orchestrateTaskRun(taskMove({ type: "RUNNING" }, { limits })).effects.slots).toEqual([{ limitId: "free", change: "take" }]);
    const forced = orchestrateTaskRun(taskMove({ type: "RUNNING" }, { limits, policy: "minimal" }));
    expect(forced.effects.slots).toEqual([]);
    const ended = orchestrateTaskRun(taskMove({ type: "COMPLETED" }, { limits, initial: past({ type: "RUNNING" }) }));
    expect(ended.effects).toMatchObject({ slots: [{ limitId: "held", change: "release" }], cacheEntry: null });
  });

  test.each([
    ["AwaitingRetry", "retry"],
    [null, "scheduled"],
  ] as const)("without a flow run that are scheduled as %s go to the queue %s", (name, queue) => {
    const run = taskRun({ flowRunId: null });
    expect(orchestrateTaskRun(taskMove({ type: "SCHEDULED", name }, { run, flowRun: null })).effects.enqueue).toBe(queue);
    expect(orchestrateTaskRun(taskMove({ type: "SCHEDULED", name })).effects.enqueue).toBeNull();
  });

  test.each([
    ["RUNNING", 1, 2, "Retrying"],
    ["RUNNING", 2, 2, "Running"],
    ["PENDING", 1, 2, "Pending"],
  ] as const)("a finished one that is %s in run %i of %i is %s", (type, flowRunRunCount, runCount, name) => {
    const flow = { id: "flow-run", stateType: "RUNNING", pauseTimeout: null, pauseReschedule: false, runCount } as const;
    const run = taskRun({ runCount: 3, flowRunRunCount });
    const { written, run: changed } = orchestrateTaskRun(taskMove({ type }, { run, flowRun: flow, initial: past({ type: "FAILED" }) }));
    expect([written?.name, changed.runCount]).toEqual([name, type === "RUNNING" ? 1 : 0]);
  });

  test.each([
    ["PAUSED", "REJECT", "The flow is paused, new tasks can execute after resuming flow run: flow-run."],
    ["CANCELLING", "ABORT", "The enclosing flow must be running to begin task execution."],
    [null, "ABORT", "The enclosing flow must be running to begin task execution."],
  ] as const)("do not run while their flow run is %s", (stateType, status, reason) => {
    const flow = { id: "flow-run", stateType, pauseTimeout: NOW, pauseReschedule: true, runCount: 1 };
    const decision = orchestrateTaskRun(taskMove({ type: "RUNNING" }, { flowRun: flow }));
    expect([decision.status, decision.details]).toEqual([status, expect.objectContaining({ reason })]);
    if (status === "REJECT") {
      expect(decision.written).toMatchObject({ name: "NotReady", details: { pauseTimeout: NOW, pauseReschedule: true } });
    }
  });

  test.each([
    [{ type: "FAILED", details: { retriable: false } }, 1, "Failed"],
    [{ type: "FAILED", details: { retriable: null } }, 1, "AwaitingRetry"],
    [{ type: "FAILED", details: { retriable: true } }, 2, "AwaitingRetry"],
    [{ type: "FAILED" }, 3, "Failed"],
  ] as const)("%j after run %i of 1 + 2 is %s", (to, runCount, name) => {
    const run = taskRun({ runCount, policy: { retries: 2, retryDelaySeconds: null, retryJitterFactor: null } });
    const { written } = orchestrateTaskRun(taskMove(to, { run, initial: past({ type: "RUNNING" }) }));
    expect(written?.name).toBe(name);
    if (name === "AwaitingRetry") expect(written?.details.scheduledTime).toBe(NOW);
  });

  test("wait longer or less long by the factor", () => {
    const run = taskRun({ runCount: 1, policy: { retries: 2, retryDelaySeconds: 100, retryJitterFactor: 0.5 } });
    const { written } = orchestrateTaskRun(taskMove({ type: "FAILED" }, { run, initial: past({ type: "RUNNING" }), random: () => 0 }));
    const scheduledTime = written?.details.scheduledTime ?? 0;
    expect((scheduledTime - NOW) / seconds(1)).toBeCloseTo(
      jitteredDelay(100, 0.5, () => 0),
      5,
    );
  });
});
