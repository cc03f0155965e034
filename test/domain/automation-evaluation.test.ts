import { describe, expect, test } from "vitest";
import type { Action } from "../../src/domain/automations/actions.ts";
import { type Bucket, countEvent, firstBucket, passTime } from "../../src/domain/automations/buckets.ts";
import { expectedFirings, isReady, oldestFiring } from "../../src/domain/automations/composites.ts";
import { loopProblem } from "../../src/domain/automations/loops.ts";
import {
  allTriggers,
  type CompositeTrigger,
  type EventTrigger,
  eventTriggers,
  heedsOrder,
  isStateless,
  parentOf,
  type Trigger,
  withFreshIds,
} from "../../src/domain/automations/triggers.ts";
import type { Event } from "../../src/domain/events/event.ts";

const SECOND = 1_000_000;
const LOOKBACK = 900;

const trigger = (changes: Partial<EventTrigger> = {}): EventTrigger => ({
  ...{ type: "event", id: "t", match: {}, matchRelated: {}, after: [], expect: [], forEach: [], posture: "Reactive" },
  ...{ threshold: 1, within: 0 },
  ...changes,
});

const eventAt = (seconds: number, event = "x"): Event => ({
  ...{ occurredAt: seconds * SECOND, event, resource: {}, related: [], payload: {}, id: `${event}${seconds}`, follows: null },
  receivedAt: 0,
});

/** A bucket in seconds: from, to, count, the id of its last event. */
type Told = [start: number, end: number, count: number, last: string | null] | null;
const told = (bucket: Bucket | null): Told =>
  bucket && [bucket.startAt / SECOND, bucket.endAt / SECOND, bucket.count, bucket.lastEvent?.id ?? null];

/** What a trigger keeps and what made it fire, event after event; `pass` is time without one. */
function steps(of: EventTrigger, start: Bucket | null, inputs: readonly ["pass" | "x" | "y", number][]) {
  let bucket = start;
  return inputs.map(([name, at]) => {
    const passed = name === "pass" && bucket ? passTime(of, bucket, at * SECOND) : countEvent(of, bucket, eventAt(at, name));
    bucket = passed.bucket;
    return [told(passed.bucket), passed.fired && (passed.fired.event?.id ?? "nothing")];
  });
}

describe("the bucket of a trigger", () => {
  test("that counts within a time begins long before its first event, and anew once it fired", () => {
    expect(
      steps(trigger({ threshold: 2, within: 60 }), null, [
        ["x", 1000],
        ["x", 1000 - LOOKBACK],
        ["x", 1010],
        ["x", 1065],
        ["x", 1130],
        ["x", 1190],
      ]),
    ).toEqual([
      [[100, 1060, 1, "x1000"], null],
      [[1060, 1120, 0, "x100"], "x100"],
      [[1060, 1120, 0, "x1010"], null],
      [[1060, 1120, 1, "x1065"], null],
      [[1130, 1190, 1, "x1130"], null],
      [[1190, 1250, 1, "x1190"], null],
    ]);
    expect(
      steps(trigger({ threshold: 2, within: 60 }), null, [
        ["x", 1000],
        ["x", 99],
      ])[1],
    ).toEqual([[100, 1060, 1, "x99"], null]);
  });

  test("that fires at once keeps nothing, or counts on", () => {
    expect(
      steps(trigger(), null, [
        ["x", 5],
        ["x", 6],
      ]),
    ).toEqual([
      [null, "x5"],
      [null, "x6"],
    ]);
    const two = trigger({ threshold: 2 });
    expect(
      steps(two, null, [
        ["x", 5],
        ["x", 4],
      ]),
    ).toEqual([
      [[5 - LOOKBACK, 5, 1, "x5"], null],
      [null, "x4"],
    ]);
    expect(steps({ ...two, posture: "Proactive" }, null, [["x", 5]])).toEqual([[null, "x5"]]);
  });

  test("that starts after an event begins with it, and is gone once it fired or is over", () => {
    const after = trigger({ after: ["y"], expect: ["x"], within: 10, threshold: 2 });
    expect(
      steps(after, null, [
        ["x", 0],
        ["y", 1],
        ["y", 2],
        ["x", 3],
        ["x", 4],
        ["y", 5],
        ["x", 15],
        ["y", 20],
        ["pass", 29],
        ["pass", 30],
      ]),
    ).toEqual([
      [null, null],
      [[1, 11, 0, "y1"], null],
      [[1, 11, 0, "y2"], null],
      [[1, 11, 1, "x3"], null],
      [null, "x4"],
      [[5, 15, 0, "y5"], null],
      [null, null],
      [[20, 30, 0, "y20"], null],
      [[20, 30, 0, "y20"], null],
      [null, null],
    ]);
    const same = trigger({ after: ["x"], expect: ["x"], within: 10 });
    expect(
      steps(same, null, [
        ["x", 1],
        ["x", 2],
      ]),
    ).toEqual([
      [[1, 11, 0, "x1"], null],
      [null, "x2"],
    ]);
    expect(
      steps(trigger({ after: ["y"], within: 10 }), null, [
        ["y", 1],
        ["x", 2],
      ]),
    ).toEqual([
      [[1, 11, 0, "y1"], null],
      [null, "x2"],
    ]);
  });

  test("that waits for absence fires when its time is over with too few events", () => {
    const absent = trigger({ posture: "Proactive", within: 60 });
    const first = firstBucket(absent, 100 * SECOND);
    expect(told(first)).toEqual([100, 160, 0, null]);
    expect(
      steps(absent, first, [
        ["pass", 99],
        ["pass", 159],
        ["pass", 160],
        ["x", 170],
        ["pass", 220],
        ["pass", 300],
        ["x", 400],
      ]),
    ).toEqual([
      [[100, 160, 0, null], null],
      [[100, 160, 0, null], null],
      [[160, 220, 0, null], "nothing"],
      [[160, 220, 1, "x170"], null],
      [[220, 280, 0, "x170"], null],
      [[300, 360, 0, "x170"], "x170"],
      [[400, 460, 1, "x400"], "x400"],
    ]);
    expect(
      steps(trigger({ within: 60, threshold: 2 }), first, [
        ["pass", 159],
        ["pass", 161],
      ]),
    ).toEqual([
      [[100, 160, 0, null], null],
      [[161, 221, 0, null], null],
    ]);
  });

  test("that does not expect an event stays as it is", () => {
    expect(
      steps(trigger({ expect: ["y"], within: 10 }), null, [
        ["y", 1],
        ["x", 2],
      ]),
    ).toEqual([
      [[1 + 10, 21, 0, "y1"], "y1"],
      [[11, 21, 0, "y1"], null],
    ]);
  });

  test("may be a fraction of a second", () => {
    expect(firstBucket(trigger({ within: 0.0000015 }), 0).endAt).toBe(2);
  });
});

describe("composite triggers", () => {
  const children = ["a", "b", "c"].map((id) => trigger({ id }));
  const compound = (more: Partial<CompositeTrigger>): CompositeTrigger => ({
    ...{ type: "compound", id: "s", triggers: children, within: null },
    ...more,
  });
  const fired = (order: string) => [...order].map((triggerId, firedAt) => ({ triggerId, firedAt }));

  test.each<[Partial<CompositeTrigger>, number]>([
    [{ require: "all" }, 3],
    [{ require: "any" }, 1],
    [{ require: 2 }, 2],
    [{}, 3],
    [{ type: "sequence", require: 1 }, 3],
  ])("%j waits for %i", (more, count) => expect(expectedFirings(compound(more))).toBe(count));

  test.each<[Partial<CompositeTrigger>, string, boolean]>([
    [{ require: "any" }, "b", true],
    [{ require: "any" }, "", false],
    [{ require: 2 }, "cb", true],
    [{ require: 2 }, "abc", true],
    [{ require: 2 }, "a", false],
    [{ type: "sequence" }, "abc", true],
    [{ type: "sequence" }, "abca", false],
    [{ type: "sequence" }, "bac", false],
    [{ type: "sequence" }, "ab", false],
  ])("%j after %s: %s", (more, order, ready) => expect(isReady(compound(more), fired(order).reverse())).toBe(ready));

  test("forget what is too old", () => {
    expect(oldestFiring(compound({ within: 1.5 }), 10 * SECOND)).toBe(8.5 * SECOND);
    expect(oldestFiring(compound({}), 10)).toBe(Number.NEGATIVE_INFINITY);
  });

  test("are walked from the top", () => {
    const inner = compound({ id: "i", triggers: children.slice(1) });
    const root = compound({ id: "r", triggers: [...children.slice(0, 1), inner] });
    expect(allTriggers(root).map(({ id }) => id)).toEqual(["r", "a", "i", "b", "c"]);
    expect(eventTriggers(root).map(({ id }) => id)).toEqual(["a", "b", "c"]);
    expect(["r", "a", "i", "c", "z"].map((id) => parentOf(root, id)?.id ?? null)).toEqual([null, "r", "r", "i", null]);
    let count = 0;
    const fresh = withFreshIds(root, () => `${++count}`);
    expect(allTriggers(fresh).map(({ id }) => id)).toEqual(["1", "2", "3", "4", "5"]);
    expect(allTriggers(fresh).map(({ type }) => type)).toEqual(["compound", "event", "compound", "event", "event"]);
  });

  test.each<[Trigger, boolean, boolean]>([
    [trigger(), true, false],
    [trigger({ threshold: 0 }), true, false],
    [trigger({ threshold: 2 }), false, true],
    [trigger({ within: 1 }), false, true],
    [trigger({ after: ["x"] }), false, true],
    [trigger({ posture: "Proactive" }), false, true],
    [compound({}), false, true],
  ])("%j: nothing to remember %s, heeds the order %s", (one, stateless, heeds) => {
    if (one.type === "event") expect(isStateless(one)).toBe(stateless);
    expect(heedsOrder(one)).toBe(heeds);
  });
});

describe("a loop of runs", () => {
  const INFERRED =
    "Running an inferred deployment from a flow run state change event will lead to an infinite loop of flow runs.  Please choose a specific deployment and add additional filtering labels to the match or match_related for this automation's trigger.";
  const SELECTED =
    "Running a selected deployment from a flow run state change event may lead to an infinite loop of flow runs.  Please include additional filtering labels on either match or match_related to narrow down which flow runs will trigger this automation to exclude flow runs from the deployment you've selected.";
  const run = (source: "selected" | "inferred"): Action => ({
    ...{ type: "run-deployment", source, deploymentId: null, parameters: null, jobVariables: null },
  });
  const every = { "prefect.resource.id": "prefect.flow-run.*" };

  test.each<[string, Partial<EventTrigger>, Action[], string | undefined]>([
    ["Scheduled", {}, [run("inferred")], INFERRED],
    ["Pending", {}, [run("selected")], SELECTED],
    ["Running", { match: every }, [{ type: "do-nothing" }, run("selected")], SELECTED],
    ["*", { match: every, matchRelated: every }, [run("selected")], SELECTED],
    ["*", { match: { "prefect.resource.id": ["x", "prefect.flow-run.*"] } }, [run("selected")], SELECTED],
    ["*", { match: { "prefect.resource.id": "prefect.flow-run.1" } }, [run("selected")], undefined],
    ["*", { match: { "prefect.resource.name": "prefect.flow-run.*" } }, [run("selected")], undefined],
    ["*", { match: { ...every, a: "b" } }, [run("selected")], undefined],
    ["*", { matchRelated: { a: "b" } }, [run("selected")], undefined],
    ["*", { matchRelated: { a: "b" } }, [run("inferred")], INFERRED],
    ["*", { matchRelated: { a: "b" } }, [run("selected"), run("inferred")], INFERRED],
    ["Completed", {}, [run("inferred")], undefined],
    ["*", {}, [{ type: "do-nothing" }], undefined],
    ["*", {}, [{ type: "pause-deployment", source: "inferred", deploymentId: null }], undefined],
    ["*", { posture: "Proactive" }, [run("inferred")], undefined],
  ])("of those that enter %s, %j", (state, changes, actions, problem) => {
    const of = trigger({ expect: ["other", `prefect.flow-run.${state}`], ...changes });
    expect(loopProblem(true, of, actions)).toBe(problem);
    expect(loopProblem(false, of, actions)).toBeUndefined();
    expect(loopProblem(true, { type: "compound", id: "c", triggers: [of], within: null }, actions)).toBeUndefined();
  });
});
