import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NO_EFFECTS } from "../../src/domain/states/decision.ts";
import { orchestrateFlowRun, orchestrateTaskRun } from "../../src/domain/states/orchestrate.ts";
import { defaultStateName, proposeResume, proposeState } from "../../src/domain/states/state.ts";
import { jitteredDelay } from "../../src/domain/states/task/jitter.ts";
import { flowMove, flowRun, NOW, past, seconds, taskMove, taskRun } from "./state-machine.ts";

describe("tag limits", () => {
  test("a core run takes a slot of each or of none", () => {
    const limits = [
      { id: "free", tag: "b", limit: 1, activeSlots: [] },
      { id: "full", tag: "a", limit: 1, activeSlots: ["other"] },
    ];
    const refused = orchestrateTaskRun(taskMove({ type: "RUNNING" }, { limits }));
    expect(refused).toMatchObject({
      status: "WAIT",
      details: { delaySeconds: 30, reason: "Concurrency limit for the a tag has been reached" },
    });
    expect(refused.effects.slots).toEqual([]);
    const accepted = orchestrateTaskRun(taskMove({ type: "RUNNING" }, { limits: limits.slice(0, 1) }));
    expect(accepted.effects.slots).toEqual([{ limitId: "free", change: "take" }]);
  });

  test("the last tag without a slot gives the reason", () => {
    const zero = { id: "zero", tag: "Y", limit: 0, activeSlots: [] };
    const full = { id: "full", tag: "a", limit: 1, activeSlots: ["other"] };
    expect(orchestrateTaskRun(taskMove({ type: "RUNNING" }, { limits: [full, zero] })).status).toBe("WAIT");
    expect(orchestrateTaskRun(taskMove({ type: "RUNNING" }, { limits: [full, { ...zero, tag: "z" }] })).status).toBe("ABORT");
  });

  test("a retry that the server makes of a failure frees the slot", () => {
    const limits = [{ id: "held", tag: "a", limit: 1, activeSlots: ["task-run"] }];
    const run = taskRun({ runCount: 1, policy: { retries: 1, retryDelaySeconds: 5, retryJitterFactor: null } });
    const decision = orchestrateTaskRun(taskMove({ type: "FAILED" }, { run, limits, initial: past({ type: "RUNNING" }) }));
    expect(decision.written?.name).toBe("AwaitingRetry");
    expect(decision.effects.slots).toEqual([{ limitId: "held", change: "release" }]);
  });

  test("a run that must wait for its time takes none", () => {
    const initial = past({ type: "SCHEDULED", details: { scheduledTime: NOW + seconds(60) } });
    const limits = [{ id: "free", tag: "a", limit: 1, activeSlots: [] }];
    const decision = orchestrateTaskRun(taskMove({ type: "RUNNING" }, { initial, limits }));
    expect(decision).toMatchObject({ status: "WAIT", effects: { slots: [] } });
  });
});

test.each([
  [1_400_000, 1],
  [1_500_000, 1],
  [1_500_001, 2],
  [500_001, 1],
  [500_000, null],
  [-300_000, null],
  [3_456_000_600_000, 3_456_001],
])("a run due in %i microseconds waits %s seconds", (ahead, wanted) => {
  const initial = past({ type: "SCHEDULED", details: { scheduledTime: NOW + ahead } });
  const { status, details } = orchestrateFlowRun(flowMove({ type: "RUNNING" }, { initial }));
  expect(status).toBe(wanted === null ? "ACCEPT" : "WAIT");
  if (details.type === "wait_details") expect(details.delaySeconds).toBe(wanted);
});

describe("a subflow", () => {
  const run = flowRun({ parentTaskRunId: "parent" });

  test("mirrors every state on its parent task run", () => {
    const { written, effects } = orchestrateFlowRun(
      flowMove({ type: "COMPLETED", message: "done", data: { type: "unpersisted" } }, { run }),
    );
    expect(written?.details).toMatchObject({ flowRunId: "flow-run", taskRunId: "parent", childFlowRunId: null });
    expect(effects.parentTask?.taskRunId).toBe("parent");
    const parent = taskRun({ id: "parent", flowRunId: "outer", runCount: 1 });
    const proposed = effects.parentTask?.state ?? proposeState({ type: "PENDING" }, NOW);
    const mirrored = orchestrateTaskRun(
      taskMove(
        { type: "PENDING" },
        { run: parent, initial: past({ type: "RUNNING" }), proposed, policy: "minimal", newId: () => "mirror" },
      ),
    );
    expect(mirrored.written).toMatchObject({
      id: "mirror",
      type: "COMPLETED",
      message: "done",
      data: { type: "unpersisted" },
      details: { flowRunId: "outer", taskRunId: "parent", childFlowRunId: "flow-run" },
    });
  });

  test("cannot be suspended, and mirrors nothing when refused", () => {
    const { status, details, effects } = orchestrateFlowRun(
      flowMove({ type: "PAUSED", name: "Suspended", details: { pauseReschedule: true } }, { run: { ...run, deploymentId: "d" } }),
    );
    expect([status, details, effects]).toEqual(["ABORT", { type: "abort_details", reason: "Cannot suspend subflows." }, NO_EFFECTS]);
  });
});

describe("clients of old API versions", () => {
  const policy = { retries: 1, retryDelaySeconds: 5, pauseKeys: ["a"], resuming: true, retryType: null };
  const run = flowRun({ runCount: 1, expectedStartAt: NOW, policy });

  test.each([
    ["0.8.2", {}, true],
    ["0.8.3", {}, false],
    ["0.8.4", { policy: { ...policy, pauseKeys: [], resuming: false, retryType: "in_process" } }, false],
    [null, { policy: { ...policy, pauseKeys: [], resuming: false, retryType: "in_process" } }, false],
  ])("%s: a retried flow run", (clientVersion, changed, retriesTasks) => {
    const decision = orchestrateFlowRun(flowMove({ type: "FAILED", message: "boom" }, { run, clientVersion }));
    expect(decision.written).toMatchObject({ name: "AwaitingRetry", message: "boom", details: { scheduledTime: NOW + seconds(5) } });
    expect(decision.run).toEqual({
      totalRunTimeMicros: seconds(10),
      nextScheduledStartAt: NOW + seconds(5),
      ...changed,
    });
    expect(decision.effects.failedTasksRetry).toEqual(
      retriesTasks ? proposeState({ type: "SCHEDULED", name: "AwaitingRetry", details: { scheduledTime: NOW + seconds(5) } }, NOW) : null,
    );
  });

  test.each([
    ["0.8.3", 2, undefined],
    ["0.8.4", undefined, { ...policy, resuming: false }],
  ])("%s: a resuming run counts", (clientVersion, runCount, after) => {
    const { run: changed } = orchestrateFlowRun(flowMove({ type: "RUNNING" }, { run, clientVersion, initial: past({ type: "PENDING" }) }));
    expect([changed.runCount, changed.policy]).toEqual([runCount, after]);
  });
});

describe("pauses", () => {
  const policy = { retries: null, retryDelaySeconds: null, pauseKeys: ["a"], resuming: true, retryType: null };
  const run = flowRun({ deploymentId: "deployment", policy });

  test.each([
    ["RUNNING", null],
    ["SCHEDULED", "reschedule"],
  ] as const)("are forgotten by a rerun that is %s", (type, retryType) => {
    const { run: changed } = orchestrateFlowRun(flowMove({ type }, { run, initial: past({ type: "FAILED" }) }));
    expect(changed.policy).toEqual({ ...policy, pauseKeys: [], resuming: false, retryType });
  });

  test("are kept when the rerun is refused", () => {
    const { status, run: changed } = orchestrateFlowRun(
      flowMove({ type: "SCHEDULED", name: "Late" }, { run, initial: past({ type: "FAILED" }) }),
    );
    expect([status, changed]).toEqual(["REJECT", {}]);
  });

  test("without a key get one of their own", () => {
    const newId = () => "fresh";
    expect(orchestrateFlowRun(flowMove({ type: "PAUSED" }, { run, newId })).run.policy?.pauseKeys).toEqual(["a", "fresh"]);
  });

  test("are over, resumed or not, when the run ends", () => {
    const { run: changed } = orchestrateFlowRun(flowMove({ type: "COMPLETED" }, { run }));
    expect(changed.policy).toEqual({ ...policy, resuming: false });
  });
});

describe("results", () => {
  test("give their artifact keys to the artifact", () => {
    const data = { type: "reference", artifact_key: "k", artifact_type: "t", artifact_description: "" };
    const { written, effects } = orchestrateTaskRun(taskMove({ type: "COMPLETED", data }));
    expect(written?.data).toEqual({ type: "reference" });
    expect(effects.artifact).toEqual({ data: { type: "reference" }, key: "k", type: "t", description: null });
  });

  test("that are not persisted are answered, not stored", () => {
    const { written, effects } = orchestrateTaskRun(taskMove({ type: "COMPLETED", data: { type: "unpersisted" } }));
    expect([written?.data, effects.artifact]).toEqual([{ type: "unpersisted" }, null]);
  });

  test.each([
    [{ type: "reference" }, { type: "unknown", value: null }],
    [{ type: "literal" }, null],
  ])("of a failed run that is forced to complete: %j", (data, wanted) => {
    const { written } = orchestrateTaskRun(taskMove({ type: "COMPLETED" }, { initial: past({ type: "FAILED", data }), policy: "minimal" }));
    expect(written?.data).toEqual(wanted);
  });

  test.each([
    [[1], "REJECT"],
    ["text", "REJECT"],
    [{}, "ACCEPT"],
    [[], "ACCEPT"],
    ["", "ACCEPT"],
    [0, "ACCEPT"],
  ])("%j kept by a completed task run: a rerun is a %s", (data, status) => {
    expect(orchestrateTaskRun(taskMove({ type: "RUNNING" }, { initial: past({ type: "COMPLETED", data }) })).status).toBe(status);
  });
});

describe("a cached state", () => {
  const cached = past({ type: "COMPLETED", data: { type: "reference" }, details: { cacheKey: "key", flowRunId: "other" } });

  test("becomes the run's own", () => {
    const { written, status, effects } = orchestrateTaskRun(taskMove({ type: "RUNNING", details: { cacheKey: "key" } }, { cached }));
    expect(status).toBe("REJECT");
    expect(written).toMatchObject({
      name: "Cached",
      type: "COMPLETED",
      timestamp: NOW,
      details: { flowRunId: "flow-run", taskRunId: "task-run" },
    });
    expect(written?.id).not.toBe(cached.id);
    expect(effects.cacheEntry).toBeNull();
  });

  test("is made by completing under a key", () => {
    const { written, effects } = orchestrateTaskRun(
      taskMove({ type: "COMPLETED", details: { cacheKey: "key", cacheExpiration: NOW } }, { initial: past({ type: "RUNNING" }) }),
    );
    expect(effects.cacheEntry).toEqual({ cacheKey: "key", cacheExpiration: NOW, stateId: written?.id });
  });
});

describe("task retries", () => {
  test.each([
    [1, 10],
    [2, 20],
    [3, 20],
    [0, 20],
  ])("after run %i wait %i seconds of [10, 20]", (runCount, delay) => {
    const run = taskRun({ runCount, policy: { retries: 9, retryDelaySeconds: [10, 20], retryJitterFactor: null } });
    const { written } = orchestrateTaskRun(taskMove({ type: "FAILED" }, { run, initial: past({ type: "RUNNING" }) }));
    expect(written?.details.scheduledTime).toBe(NOW + seconds(delay));
  });

  test("jitter stays in its bounds and round its average", () => {
    const factors = fc.double({ min: 0.01, max: 60, noNaN: true });
    const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(factors, draw, (factor, at) => {
        const delay = jitteredDelay(100, factor, () => at);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(100 * (1 + factor) * 1.0001);
      }),
    );
    const draws = Array.from({ length: 1000 }, (_, index) => jitteredDelay(100, 0.5, () => (index + 0.5) / 1000));
    const mean = draws.reduce((sum, delay) => sum + delay, 0) / draws.length;
    expect(mean).toBeGreaterThan(90);
    expect(mean).toBeLessThan(110);
  });

  test("jitter of no delay is no delay", () => {
    expect(jitteredDelay(0, 0.5, () => 0.5)).toBeCloseTo(0);
  });
});

describe("late marking", () => {
  test("asks only whether the run is still scheduled", () => {
    const late = { type: "SCHEDULED", name: "Late", details: { scheduledTime: NOW } } as const;
    expect(orchestrateFlowRun(flowMove(late, { policy: "markLate", initial: past({ type: "SCHEDULED" }) })).written?.name).toBe("Late");
    expect(orchestrateFlowRun(flowMove(late, { policy: "markLate", initial: past({ type: "PENDING" }) }))).toMatchObject({
      status: "REJECT",
      written: null,
    });
  });
});

describe("a task run whose flow run is gone", () => {
  test("is not found when it would run", () => {
    const { error, written } = orchestrateTaskRun(taskMove({ type: "RUNNING" }, { flowRun: null }));
    expect([error?.kind, written]).toEqual(["notFound", null]);
  });
});

test("an autonomous task run is queued when it is scheduled, and claimed once", () => {
  const run = taskRun({ flowRunId: null });
  const move = (type: "SCHEDULED" | "PENDING", from: "PENDING" | "SCHEDULED", policy: "core" | "minimal") =>
    orchestrateTaskRun(taskMove({ type }, { run, policy, flowRun: null, initial: past({ type: from }) }));
  expect(move("SCHEDULED", "PENDING", "core").effects.enqueue).toBe("scheduled");
  expect(move("PENDING", "SCHEDULED", "core").status).toBe("ACCEPT");
  expect(move("PENDING", "PENDING", "minimal").status).toBe("ABORT");
});

test("resuming starts a suspended run anew and lets a paused one go on", () => {
  expect(proposeResume(past({ type: "PAUSED" }), NOW)).toMatchObject({ type: "RUNNING", name: "Running" });
  const suspended = past({ type: "PAUSED", name: "Suspended", details: { pauseReschedule: true } });
  expect(proposeResume(suspended, NOW)).toMatchObject({ type: "SCHEDULED", name: "Resuming", details: { scheduledTime: NOW } });
  expect(proposeResume(past({ type: "RUNNING" }), NOW)).toBeNull();
  expect(proposeResume(null, NOW)).toBeNull();
});

test("a state without a name is named after its type", () => {
  expect([defaultStateName("CANCELLING"), proposeState({ type: "RUNNING", name: "" }, NOW).name]).toEqual(["Cancelling", ""]);
});
