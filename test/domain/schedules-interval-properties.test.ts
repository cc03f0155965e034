import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expand } from "../../src/domain/schedules/expand.ts";
import type { Schedule } from "../../src/domain/schedules/types.ts";
import type { Micros } from "../../src/domain/time.ts";
import { DAY, instantIn, instants, lastReading, SECOND, shown, zones } from "./schedules-clock.ts";

const interval = (seconds: number, anchorAt: Micros, timezone: string): Schedule => ({
  kind: "interval",
  intervalSeconds: seconds,
  anchorAt,
  anchorText: "",
  timezone,
});

/**
 * What the instants of a schedule, in order, become: from the first that is not before the start by the wall clock to the last that
 * is not after the end by it, none shown twice. An overlap may so bring times of day before the start's.
 */
function distinct(following: (index: number) => Micros, zone: string, start: Micros, end: Micros, limit: number): Micros[] {
  const found = new Map<Micros, Micros>();
  const [first, last] = [shown(start, zone), shown(end, zone)];
  let index = 0;
  while (shown(following(index), zone) < first) index++;
  for (; found.size < limit; index++) {
    const at = following(index);
    const wall = shown(at, zone);
    if (wall > last) break;
    if (!found.has(wall)) found.set(wall, at);
  }
  return [...found].sort(([a], [b]) => a - b).map(([, at]) => at);
}

const setting = zones.chain((zone) => fc.tuple(fc.constant(zone), instantIn(zone), instantIn(zone)));

describe("interval, against counting from the anchor", () => {
  it("keeps to elapsed time below a day", () => {
    const seconds = fc.oneof(fc.integer({ min: 600, max: 86_399 }), fc.constantFrom(600, 900, 1800, 3600, 5400, 7200, 43_200));
    fc.assert(
      fc.property(setting, seconds, fc.integer({ min: 0, max: 3 * 86_400 }), ([zone, anchor, start], seconds, length) => {
        const end = start + length * SECOND;
        const passed = Math.trunc((start - anchor) / (seconds * SECOND));
        const at = (index: number) => anchor + (passed + index) * seconds * SECOND;
        const window = { start, end, limit: 400 };
        expect(instants(expand(interval(seconds, anchor, zone), window))).toEqual(distinct(at, zone, start, end, 400));
      }),
      { numRuns: 300 },
    );
  });

  it("takes its first time by elapsed time and goes on by the wall clock from a day on", () => {
    const seconds = fc.oneof(
      fc.integer({ min: 1, max: 40 }).map((days) => days * 86_400),
      fc.integer({ min: 86_400, max: 40 * 86_400 }),
    );
    fc.assert(
      fc.property(setting, seconds, fc.integer({ min: 0, max: 700 }), ([zone, anchor, start], seconds, length) => {
        const end = start + length * DAY;
        const times = [anchor + Math.trunc((start - anchor) / (seconds * SECOND)) * seconds * SECOND];
        const at = (index: number) => {
          while (times.length <= index) times.push(lastReading(shown(times.at(-1) ?? 0, zone) + seconds * SECOND, zone));
          return times[index] ?? 0;
        };
        const window = { start, end, limit: 400 };
        expect(instants(expand(interval(seconds, anchor, zone), window))).toEqual(distinct(at, zone, start, end, 400));
      }),
      { numRuns: 300 },
    );
  });

  it("skips tiny intervals of the hour that comes again", () => {
    // The second 01:00 of New York, by microseconds of an anchor in the first.
    const start = Date.UTC(2024, 10, 3, 5, 59, 59) * 1000 + 999_999;
    const anchorAt = start - 7;
    const [first] = expand(interval(0.000003, anchorAt, "America/New_York"), { start, limit: 1 });
    expect(first?.at).toBe(start + 2 + 3600 * SECOND);
    const [later] = expand(interval(0.5, start - 250_000 - 3600 * SECOND, "America/New_York"), { start: start + 1800 * SECOND, limit: 1 });
    expect(later?.localText).toBe("2024-11-03T01:30:00.249999-05:00");
  });
});
