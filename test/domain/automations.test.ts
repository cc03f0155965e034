import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Bucket, countEvent, firstBucket, passTime } from "../../src/domain/automations/buckets.ts";
import { isReady } from "../../src/domain/automations/composites.ts";
import { bucketingKey, covers, type EventTrigger } from "../../src/domain/automations/triggers.ts";
import { type Event, matchesValue } from "../../src/domain/events/event.ts";
import { timeSpans } from "../../src/domain/events/time-spans.ts";

const SECOND = 1_000_000;

const trigger = (changes: Partial<EventTrigger> = {}): EventTrigger => ({
  ...{
    type: "event",
    id: "t",
    match: {},
    matchRelated: {},
    after: [],
    expect: [],
    forEach: [],
    posture: "Reactive",
    threshold: 1,
    within: 0,
  },
  ...changes,
});

const eventAt = (seconds: number, name = "x"): Event => ({
  occurredAt: seconds * SECOND,
  ...{ event: name, resource: { "prefect.resource.id": "r", size: "big" }, payload: {}, id: "e", follows: null, receivedAt: 0 },
  related: [{ "prefect.resource.id": "s", "prefect.resource.role": "friend", size: "small" }],
});

/** How often a trigger fires over events at the given seconds. */
function firings(of: EventTrigger, times: readonly number[], name?: string): number {
  let bucket: Bucket | null = null;
  let count = 0;
  for (const time of times) {
    const evaluation = countEvent(of, bucket, eventAt(time, name));
    bucket = evaluation.bucket;
    if (evaluation.fired) count += 1;
  }
  return count;
}

const rising = fc
  .array(fc.nat(100), { maxLength: 50 })
  .map((steps) => steps.map((_, index) => steps.slice(0, index + 1).reduce((a, b) => a + b, 0)));

describe("triggers", () => {
  it("that are immediate fire once for every threshold of events", () =>
    fc.assert(
      fc.property(rising, fc.integer({ min: 1, max: 5 }), (times, threshold) => {
        expect(firings(trigger({ threshold }), times)).toBe(Math.floor(times.length / threshold));
      }),
    ));

  it("fire at most once in their time, and never for fewer events than their threshold", () =>
    fc.assert(
      fc.property(rising, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 200 }), (times, threshold, within) => {
        const count = firings(trigger({ threshold, within }), times);
        const span = (times.at(-1) ?? 0) - (times[0] ?? 0);
        expect(count).toBeLessThanOrEqual(Math.floor(times.length / threshold));
        expect(count).toBeLessThanOrEqual(1 + Math.floor(span / within));
      }),
    ));

  it("that start after an event do not count that event, even if they expect it", () => {
    const same = trigger({ after: ["x"], expect: ["x"], within: 60, threshold: 1 });
    expect(firings(same, [0])).toBe(0);
    expect(firings(same, [0, 1])).toBe(1);
    expect(firings(trigger({ after: ["y"], expect: ["x"], within: 60 }), [0, 1])).toBe(0);
  });

  it("that wait for absence fire just when too few events came", () =>
    fc.assert(
      fc.property(fc.nat(5), fc.integer({ min: 1, max: 5 }), (events, threshold) => {
        const absent = trigger({ posture: "Proactive", within: 60, threshold });
        let bucket: Bucket = firstBucket(absent, 0);
        for (let index = 0; index < events; index += 1) {
          const { bucket: next, fired } = countEvent(absent, bucket, eventAt(index));
          expect(fired).toBeNull();
          bucket = next ?? bucket;
        }
        expect(passTime(absent, bucket, 59 * SECOND).fired).toBeNull();
        expect(passTime(absent, bucket, 60 * SECOND).fired !== null).toBe(events < threshold);
      }),
    ));

  it("cover what matches by name, resource and related resource", () => {
    expect(covers(trigger({ expect: ["a.*"] }), eventAt(0, "a.b"))).toBe(true);
    expect(covers(trigger({ expect: ["a.*"] }), eventAt(0, "b.a.b"))).toBe(false);
    expect(covers(trigger({ expect: ["a"], after: ["b"] }), eventAt(0, "b"))).toBe(true);
    expect(covers(trigger({ match: { size: ["small", "b*"] } }), eventAt(0))).toBe(true);
    expect(covers(trigger({ match: { size: "!big" } }), eventAt(0))).toBe(false);
    expect(covers(trigger({ matchRelated: { size: "small" } }), eventAt(0))).toBe(true);
    expect(covers(trigger({ match: { color: "!red" } }), eventAt(0))).toBe(false);
    expect(bucketingKey(trigger({ forEach: ["size", "related:friend:size", "none"] }), eventAt(0))).toEqual(["", "small", "big"]);
    expect([matchesValue("!a*", "b"), matchesValue("!a*", "ab"), matchesValue("*", "")]).toEqual([true, false, true]);
  });

  it("of a sequence are ready in order, those of a compound once there are enough", () => {
    const triggers = ["a", "b", "c"].map((id) => trigger({ id }));
    const fired = (order: string) => [...order].map((triggerId, index) => ({ triggerId, firedAt: index })).reverse();
    const sequence = { type: "sequence" as const, id: "s", triggers, within: null };
    expect([isReady(sequence, fired("abc")), isReady(sequence, fired("acb")), isReady(sequence, fired("ab"))]).toEqual([
      true,
      false,
      false,
    ]);
    const compound = { type: "compound" as const, id: "s", triggers, within: null, require: 2 };
    expect([isReady(compound, fired("ca")), isReady(compound, fired("c"))]).toEqual([true, false]);
  });

  it("spans of time are seamless and hold what they are for", () =>
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.constantFrom("minute", "hour", "day", "week"), fc.nat(1e9), (hours, unit, start) => {
        const since = (Date.UTC(2025, 0, 1) / 1000 + start) * SECOND;
        const until = since + hours * 3600 * SECOND;
        const spans = timeSpans({ since, until }, unit, 1, until);
        if (typeof spans === "string") {
          expect(hours * (unit === "minute" ? 60 : 1)).toBeGreaterThan(1000);
          return;
        }
        const { starts, length } = spans;
        expect(starts[0]).toBeLessThanOrEqual(since);
        expect((starts[0] ?? 0) + length).toBeGreaterThan(since);
        expect((starts.at(-1) ?? 0) + length).toBeGreaterThanOrEqual(until);
        for (const [index, at] of starts.entries()) expect(at).toBe((starts[0] ?? 0) + index * length);
      }),
    ));
});
