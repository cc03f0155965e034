import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { callerId, labelOf } from "../../src/domain/callers.ts";
import { orchestrateFlowRun } from "../../src/domain/states/orchestrate.ts";
import { type QueueFacts, queueHeldBack, runsHeldBack } from "../../src/domain/work-pools/held-back.ts";
import { fateOf, lostAt, type PendingRecovery } from "../../src/domain/work-pools/recovery.ts";
import { Activity } from "../../src/queue/activity.ts";
import { RunnerDeployments } from "../../src/queue/runner-deployments.ts";
import { flowMove, NOW, past, seconds } from "./state-machine.ts";

describe("a full limit", () => {
  const full = { kind: "pool", name: "p" } as const;
  const scheduled = past({ type: "SCHEDULED" });

  test("aborts a claim and lets a process wait, and writes nothing", () => {
    const reason = 'The concurrency limit of work pool "p" has been reached';
    const claim = orchestrateFlowRun(flowMove({ type: "PENDING" }, { initial: scheduled, fullLimit: full }));
    expect(claim).toMatchObject({ status: "ABORT", written: null, run: {}, details: { type: "abort_details", reason } });
    const start = orchestrateFlowRun(flowMove({ type: "RUNNING" }, { initial: scheduled, fullLimit: full }));
    expect(start).toMatchObject({ status: "WAIT", written: null, run: {}, details: { delaySeconds: 30, reason } });
  });

  test("holds back nothing else: what started, what is forced, what is scheduled anew", () => {
    const moves = [
      flowMove({ type: "RUNNING" }, { initial: past({ type: "PENDING" }), fullLimit: full }),
      flowMove({ type: "RUNNING" }, { initial: past({ type: "RUNNING" }), fullLimit: full }),
      flowMove({ type: "SCHEDULED" }, { initial: scheduled, fullLimit: full }),
      flowMove({ type: "CANCELLED" }, { initial: scheduled, fullLimit: full }),
      flowMove({ type: "PENDING" }, { initial: scheduled, fullLimit: full, policy: "minimal" }),
      flowMove({ type: "PENDING" }, { initial: scheduled, fullLimit: null }),
      flowMove({ type: "PENDING" }, { initial: scheduled }),
    ];
    expect(moves.map((move) => orchestrateFlowRun(move).status)).toEqual(moves.map(() => "ACCEPT"));
  });

  test("holds back a run that is started again after its end", () => {
    for (const type of ["COMPLETED", "FAILED", "CRASHED"] as const) {
      const again = (fullLimit: typeof full | null) =>
        orchestrateFlowRun(flowMove({ type: "RUNNING" }, { initial: past({ type }), fullLimit }));
      expect([type, again(full).status, again(null).status]).toEqual([type, "WAIT", "ACCEPT"]);
    }
  });

  test("or not, a claim of a run that ended comes too late where its queue leases it", () => {
    for (const type of ["COMPLETED", "FAILED", "CRASHED"] as const) {
      const claim = (isLeased: boolean) => orchestrateFlowRun(flowMove({ type: "PENDING" }, { initial: past({ type }), isLeased }));
      const reason = `This run is in a ${type} state and cannot transition to a PENDING state.`;
      expect(claim(true)).toMatchObject({ status: "ABORT", written: null, details: { reason } });
      expect(claim(false).status).toBe("ACCEPT");
    }
  });

  test("comes after the run's time", () => {
    const initial = past({ type: "SCHEDULED", details: { scheduledTime: NOW + seconds(100) } });
    const early = orchestrateFlowRun(flowMove({ type: "RUNNING" }, { initial, fullLimit: full }));
    expect(early.details).toMatchObject({ reason: "Scheduled time is in the future", delaySeconds: 100 });
  });
});

describe("why runs wait", () => {
  const open: QueueFacts = {
    isPaused: false,
    isPoolPaused: false,
    queue: { limit: null, occupied: 7 },
    pool: { limit: null, occupied: 9 },
    leased: 2,
    lastPolledAt: NOW,
  };
  const run = { isLeased: false, isFruitless: false };
  const leased = { isLeased: true, isFruitless: false };

  test("nothing holds back an open queue", () => {
    expect(queueHeldBack(open, NOW)).toEqual([]);
    expect(runsHeldBack([run, leased, run], open, NOW)).toEqual([[], ["leased"], []]);
    expect(runsHeldBack([{ ...run, isFruitless: true }], open, NOW)).toEqual([["often_refused"]]);
  });

  test("each hindrance is told, for the queue and for its runs", () => {
    const shut = { ...open, isPaused: true, isPoolPaused: true, lastPolledAt: NOW - seconds(121) };
    expect(queueHeldBack(shut, NOW)).toEqual(["queue_paused", "pool_paused", "not_polled"]);
    expect(queueHeldBack({ ...open, lastPolledAt: null }, NOW)).toEqual(["not_polled"]);
    expect(queueHeldBack({ ...open, lastPolledAt: NOW - seconds(120) }, NOW)).toEqual([]);
    expect(runsHeldBack([leased, run], shut, NOW)).toEqual([["leased"], ["queue_paused", "pool_paused", "not_polled"]]);
  });

  test("free slots go to the first runs, leases take theirs before", () => {
    const limited = { ...open, queue: { limit: 4, occupied: 1 }, pool: { limit: 4, occupied: 0 } };
    expect(runsHeldBack([run, leased, run, run], limited, NOW)).toEqual([[], ["leased"], ["queue_limit"], ["queue_limit", "pool_limit"]]);
    const full = { ...open, queue: { limit: 0, occupied: 0 }, pool: { limit: 3, occupied: 5 } };
    expect(queueHeldBack(full, NOW)).toEqual(["queue_limit", "pool_limit"]);
    expect(runsHeldBack([run, leased], full, NOW)).toEqual([["queue_limit", "pool_limit"], ["leased"]]);
  });

  test.each<[Partial<QueueFacts>, string[], string[][]]>([
    [{ queue: { limit: 2, occupied: 0 } }, ["queue_limit"], [["queue_limit"], ["queue_limit"]]],
    [{ queue: { limit: 3, occupied: 0 } }, [], [[], ["queue_limit"]]],
    [{ pool: { limit: 2, occupied: 0 } }, ["pool_limit"], [["pool_limit"], ["pool_limit"]]],
    [{ pool: { limit: 1, occupied: 1 }, leased: 0 }, ["pool_limit"], [["pool_limit"], ["pool_limit"]]],
    [{ pool: { limit: 3, occupied: 0 } }, [], [[], ["pool_limit"]]],
    [
      { isPaused: true, queue: { limit: 2, occupied: 0 } },
      ["queue_paused", "queue_limit"],
      [
        ["queue_paused", "queue_limit"],
        ["queue_paused", "queue_limit"],
      ],
    ],
    [{ isPoolPaused: true, pool: { limit: 3, occupied: 0 } }, ["pool_paused"], [["pool_paused"], ["pool_paused", "pool_limit"]]],
  ])("a limit is told once, of those runs that it holds: %j", (facts, queueReasons, runReasons) => {
    expect(queueHeldBack({ ...open, ...facts }, NOW)).toEqual(queueReasons);
    expect(runsHeldBack([run, run], { ...open, ...facts }, NOW)).toEqual(runReasons);
    const fruitless = { ...run, isFruitless: true };
    expect(runsHeldBack([fruitless], { ...open, ...facts }, NOW)).toEqual([[...(runReasons[0] ?? []), "often_refused"]]);
  });
});

describe("a claimed run that never began", () => {
  const recovery: PendingRecovery = { timeoutSeconds: 120, action: "reschedule", maxReschedules: 2 };

  test("is lost so long after its claim, or after its worker was heard of", () => {
    expect(lostAt(recovery, { pendingSince: NOW, heardAt: null })).toBe(NOW + seconds(120));
    expect(lostAt(recovery, { pendingSince: NOW, heardAt: NOW + seconds(30) })).toBe(NOW + seconds(150));
    expect(lostAt(recovery, { pendingSince: NOW, heardAt: NOW - seconds(30) })).toBe(NOW + seconds(120));
  });

  test("is rescheduled so often, then crashed", () => {
    expect([0, 1, 2, 3].map((recoveries) => fateOf(recovery, recoveries))).toEqual(["reschedule", "reschedule", "crash", "crash"]);
    expect(fateOf({ ...recovery, action: "crash" }, 0)).toBe("crash");
  });
});

describe("what an object remembers", () => {
  test("a caller's id says who it is, whatever it calls itself", () => {
    const label = fc.record({
      keyId: fc.uuid(),
      keyName: fc.string({ unit: "grapheme" }),
      address: fc.oneof(fc.ipV4(), fc.ipV6(), fc.constant("")),
      userAgent: fc.string(),
    });
    fc.assert(
      fc.property(label, (each) => {
        expect(labelOf(callerId(each))).toEqual({ ...each });
      }),
    );
    fc.assert(
      fc.property(label, label, (one, other) => (callerId(one) === callerId(other)) === (JSON.stringify(one) === JSON.stringify(other))),
    );
  });

  test("claims are counted by the minute and forgotten after fifteen", () => {
    const activity = new Activity(NOW);
    const minute = seconds(60);
    const start = Math.ceil(NOW / minute) * minute;
    for (const minutes of [0, 0, 3, 10, 14]) activity.claimed(start + minutes * minute);
    expect(activity.counts(start + 14 * minute)).toEqual({ since: NOW, lastMinute: 1, lastFiveMinutes: 2, lastFifteenMinutes: 5 });
    expect(activity.counts(start + 15 * minute)).toEqual({ since: NOW, lastMinute: 0, lastFiveMinutes: 1, lastFifteenMinutes: 3 });
  });

  test("of pollers the last fifty, the last one first", () => {
    const activity = new Activity(NOW);
    for (let index = 0; index < 60; index += 1) activity.polled(`caller ${index}`, NOW + index);
    activity.polled("caller 20", NOW + 100);
    const polls = activity.lastPolls();
    expect([polls.length, polls[0], polls[1]?.caller, polls.at(-1)?.caller]).toEqual([
      50,
      { caller: "caller 20", at: NOW + 100 },
      "caller 59",
      "caller 10",
    ]);
  });

  test("of a runner's deployments where their runs are, for half a minute, and when a poll was noted", () => {
    const known = new RunnerDeployments();
    expect(known.toRead(["a", "b"], 0)).toEqual({ unknown: ["a", "b"], old: [] });
    known.learn(
      ["a", "b"],
      [
        { deploymentId: "a", queueId: "q" },
        { deploymentId: "a", queueId: "r" },
      ],
      0,
    );
    expect([known.queuesOf(["a", "b"]), known.queuesOf(["b"])]).toEqual([["q", "r"], []]);
    expect(known.toRead(["a", "c"], 30_000)).toEqual({ unknown: ["c"], old: [] });
    expect(known.toRead(["a", "c"], 30_001)).toEqual({ unknown: ["c"], old: ["a"] });
    known.moved();
    expect(known.toRead(["a"], 0).unknown).toEqual(["a"]);
    expect([60_000, 60_001, 119_999, 120_000].map((now) => known.notePolled(["a"], now))).toEqual([true, false, false, true]);
    expect(known.notePolled(["a", "b"], 120_001)).toBe(true);
  });
});
