import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runName } from "../../src/domain/names.ts";
import { NEW_RUN, type RunColumns, stateOfRun } from "../../src/domain/run-columns.ts";
import { type GraphRun, graphNodes, upstreamIds } from "../../src/domain/run-graph.ts";
import { estimatedRunTime, lateness } from "../../src/domain/run-times.ts";
import { fillSlots, type QueueOffer } from "../../src/domain/slots.ts";
import { EMPTY_DETAILS } from "../../src/domain/states/state.ts";

describe("the graph of a flow run", () => {
  const taskRunInput = (id: string) => ({ input_type: "task_run", id });
  const run = (id: string, startAt: number, changes: Partial<GraphRun> = {}): GraphRun => ({
    kind: "task-run",
    id,
    label: id.toUpperCase(),
    stateType: "COMPLETED",
    startAt,
    endedAt: startAt + 5,
    taskInputs: {},
    ...changes,
  });

  test("takes the task runs among the inputs, in order and as often as they are there", () => {
    const inputs = {
      x: [taskRunInput("a"), { input_type: "constant", type: "int" }],
      y: [taskRunInput("b"), taskRunInput("a"), { input_type: "task_run", id: 5 }, { input_type: "flow_run", id: "f" }, "task_run", null],
      z: "no list",
    };
    expect(upstreamIds(inputs)).toEqual(["a", "b", "a"]);
  });

  test("joins runs both ways, once for each argument of the parent", () => {
    const [a, b, c] = [
      run("a", 1),
      run("b", 2, { taskInputs: { x: [taskRunInput("a"), { input_type: "constant" }], y: [{ input_type: "constant" }], z: null } }),
      run("c", 3, { kind: "flow-run", taskInputs: { x: [taskRunInput("b"), taskRunInput("a"), taskRunInput("elsewhere")] } }),
    ];
    expect(graphNodes([a, b, c], null)).toEqual([
      { kind: "task-run", id: "a", label: "A", stateType: "COMPLETED", startAt: 1, endedAt: 6, parents: [], children: ["b", "c"] },
      {
        kind: "task-run",
        id: "b",
        label: "B",
        stateType: "COMPLETED",
        startAt: 2,
        endedAt: 7,
        parents: ["a"],
        children: ["c", "c", "c"],
      },
      {
        kind: "flow-run",
        id: "c",
        label: "C",
        stateType: "COMPLETED",
        startAt: 3,
        endedAt: 8,
        parents: ["b", "b", "b", "a"],
        children: [],
      },
    ]);
  });

  test("leaves out what ended before the asked instant, but not its edges", () => {
    const runs = [run("a", 1), run("b", 2, { taskInputs: { x: [taskRunInput("a")] } }), run("c", 0, { endedAt: null })];
    expect(graphNodes(runs, 7).map(({ id, parents }) => [id, parents])).toEqual([
      ["c", []],
      ["b", ["a"]],
    ]);
    expect(graphNodes(runs, 8).map(({ id }) => id)).toEqual(["c"]);
  });

  test("comes by start, then by end, runs without one first", () => {
    const runs = [run("late", 5), run("long", 1, { endedAt: 9 }), run("short", 1, { endedAt: 3 }), run("open", 1, { endedAt: null })];
    expect(graphNodes(runs, null).map(({ id }) => id)).toEqual(["open", "short", "long", "late"]);
    expect(graphNodes(runs.toReversed(), null).map(({ id }) => id)).toEqual(["open", "short", "long", "late"]);
  });
});

describe("times of a run", () => {
  type Times = Parameters<typeof lateness>[0];
  const run: Times = { stateType: "RUNNING", stateAt: 70, startedAt: 50, expectedStartAt: 40, totalRunTime: 20 };

  test("a running one runs on until now", () => {
    expect(estimatedRunTime(run, 100)).toBe(50);
    expect(estimatedRunTime({ ...run, stateType: "PENDING" }, 100)).toBe(20);
    expect(estimatedRunTime({ ...run, stateAt: null }, 100)).toBe(20);
  });

  test.each<[string, Partial<Times>, number]>([
    ["began late", {}, 10],
    ["began early", { expectedStartAt: 60 }, 0],
    ["was never expected", { expectedStartAt: null, startedAt: null }, 0],
    ["is late by now", { stateType: "SCHEDULED", startedAt: null }, 60],
    ["is not due", { stateType: "SCHEDULED", startedAt: null, expectedStartAt: 130 }, 0],
    ["ended without a beginning", { stateType: "CANCELLED", startedAt: null }, 0],
    ["has no state", { stateType: null, startedAt: null }, 60],
  ])("one that %s", (_what, changes, late) => expect(lateness({ ...run, ...changes }, 100)).toBe(late));
});

describe("the slots of a poll", () => {
  const offer = (queueId: string, ids: string[], changes: Partial<QueueOffer> = {}): QueueOffer => ({
    queueId,
    limit: null,
    ids,
    othersLeases: 0,
    occupied: 0,
    ...changes,
  });
  const OPEN = { limit: null, occupied: 0 };

  test("are those of each queue, less what runs and what others are about to start", () => {
    const ids = ["1", "2", "3", "4"];
    expect(fillSlots([offer("a", ids), offer("b", ["5"])], OPEN, 10)).toEqual([...ids, "5"]);
    expect(fillSlots([offer("a", ids, { limit: 4, occupied: 1, othersLeases: 1 }), offer("b", ["5"])], OPEN, 10)).toEqual(["1", "2", "5"]);
    expect(fillSlots([offer("a", ids, { limit: 1, occupied: 2, othersLeases: 1 }), offer("b", ["5"])], OPEN, 10)).toEqual(["5"]);
    expect(fillSlots([offer("a", ids, { limit: 0 })], OPEN, 10)).toEqual([]);
  });

  test("are those of the pool, whose queues all count, in order of priority", () => {
    const offers = [offer("a", ["1", "2"], { othersLeases: 1, occupied: 5 }), offer("b", ["3", "4"], { othersLeases: 1 })];
    expect(fillSlots(offers, { limit: 8, occupied: 3 }, 10)).toEqual(["1", "2", "3"]);
    expect(fillSlots(offers, { limit: 3, occupied: 3 }, 10)).toEqual([]);
  });

  test("are no more than the caller asks for", () => {
    expect(fillSlots([offer("a", ["1", "2", "3"])], { limit: 9, occupied: 0 }, 2)).toEqual(["1", "2"]);
    expect(fillSlots([offer("a", ["1", "2", "3"])], OPEN, 0)).toEqual([]);
  });

  test("never exceed a limit, and leave none free while runs wait", () => {
    const count = fc.nat(6);
    const offers = fc.array(fc.record({ limit: fc.option(count, { nil: null }), size: count, othersLeases: count, occupied: count }), {
      maxLength: 4,
    });
    fc.assert(
      fc.property(offers, fc.option(fc.nat(12), { nil: null }), count, fc.nat(12), (drawn, poolLimit, others, limit) => {
        const all = drawn.map(({ size, ...rest }, index) =>
          offer(
            `q${index}`,
            Array.from({ length: size }, (_, number) => `${index}.${number}`),
            rest,
          ),
        );
        const occupied = others + drawn.reduce((sum, each) => sum + each.occupied, 0);
        const leased = drawn.reduce((sum, each) => sum + each.othersLeases, 0);
        const given = fillSlots(all, { limit: poolLimit, occupied }, limit);
        const perQueue = drawn.reduce((sum, each) => {
          const free = each.limit === null ? Number.POSITIVE_INFINITY : each.limit - each.occupied - each.othersLeases;
          return sum + Math.max(0, Math.min(each.size, free));
        }, 0);
        const inPool = poolLimit === null ? Number.POSITIVE_INFINITY : Math.max(0, poolLimit - occupied - leased);
        expect(given).toHaveLength(Math.min(perQueue, inPool, limit));
      }),
    );
  });
});

describe("names of runs", () => {
  test("are two plain words, chosen by the bytes", () => {
    const name = (...bytes: number[]) => runName(Uint8Array.from(bytes));
    expect(name(0, 0)).toBe("able-albatross");
    expect(name()).toBe("able-albatross");
    const bytes = Array.from({ length: 256 }, (_, byte) => byte);
    for (const byte of bytes) expect(name(byte, 255 - byte)).toMatch(/^[a-z]{3,}-[a-z]{2,}$/);
    const [first, second] = [0, 1].map((part) => new Set(bytes.map((byte) => name(byte, byte).split("-")[part])));
    expect(first?.size).toBeGreaterThan(115);
    expect(second?.size).toBeGreaterThan(120);
  });
});

describe("the state in a run's row", () => {
  const row: RunColumns & { stateData: null } = {
    ...NEW_RUN,
    stateId: "s",
    stateType: "FAILED",
    stateName: "Boom",
    stateAt: 5,
    stateMessage: "m",
    stateDetails: EMPTY_DETAILS,
    stateData: null,
  };

  test("is read from its columns", () => {
    expect(stateOfRun(row)).toEqual({
      id: "s",
      type: "FAILED",
      name: "Boom",
      timestamp: 5,
      message: "m",
      data: null,
      details: EMPTY_DETAILS,
    });
  });

  test.each(["stateId", "stateType", "stateName", "stateAt", "stateDetails"] as const)("is none without %s", (column) => {
    expect(stateOfRun({ ...row, [column]: null })).toBeNull();
  });

  test("is none of a new run, which has not run", () => {
    expect(stateOfRun({ ...NEW_RUN, stateData: null })).toBeNull();
    expect(NEW_RUN).toMatchObject({ runCount: 0, totalRunTime: 0, startedAt: null, endedAt: null });
  });
});
