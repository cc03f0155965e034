import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/domain/json.ts";
import { CATCHUP_AT_ONCE, missedOccurrences } from "../../src/domain/schedules/catchup.ts";
import { expand } from "../../src/domain/schedules/expand.ts";
import { scheduleFromFields } from "../../src/domain/schedules/fields.ts";

const NOW = Date.UTC(2030, 5, 15, 12, 0, 30) * 1000;
const MINUTE = 60_000_000;
const DAY = 1440 * MINUTE;

const SCHEDULES: JsonObject[] = [
  { interval: 600, anchor_date: "2030-01-01T00:00:00+00:00", timezone: "UTC" },
  { interval: 45, anchor_date: "2030-01-01T00:00:00+00:00", timezone: "UTC" },
  { cron: "* 0-5 * * *", timezone: "Asia/Tokyo", day_or: true },
  { cron: "0 6 1 * *", timezone: "UTC", day_or: true },
  { rrule: "FREQ=MINUTELY;INTERVAL=7", timezone: "UTC" },
];

/** All that occurs in [from, to), in pieces that no limit cuts. */
function allBetween(fields: JsonObject, from: number, to: number): number[] {
  const times: number[] = [];
  const schedule = scheduleFromFields(fields);
  for (let start = from; start < to; start += 360 * MINUTE) {
    const end = Math.min(to, start + 360 * MINUTE) - 1;
    times.push(...expand(schedule, { start, end, limit: 1000 }).map(({ at }) => at));
  }
  return times;
}

describe("missed occurrences", () => {
  it("are all there are, in bounded steps, or the latest of them", () => {
    fc.assert(
      fc.property(fc.constantFrom(...SCHEDULES), fc.integer({ min: 1, max: 4 * DAY }), (fields, back) => {
        const schedule = scheduleFromFields(fields);
        const since = NOW - back;
        const all = allBetween(fields, since + 1, NOW);
        const found: number[] = [];
        for (let from = since; from < NOW; ) {
          const { occurrences, until } = missedOccurrences(schedule, "all", from, NOW);
          expect(occurrences.length).toBeLessThanOrEqual(CATCHUP_AT_ONCE);
          expect(until).toBeGreaterThan(from);
          found.push(...occurrences.map(({ at }) => at));
          from = until;
        }
        expect(found).toEqual(all);
        const latest = missedOccurrences(schedule, "latest", since, NOW);
        expect(latest).toEqual({ occurrences: latest.occurrences, until: NOW });
        expect(latest.occurrences.map(({ at }) => at)).toEqual(all.slice(-1));
        expect(missedOccurrences(schedule, "none", since, NOW)).toEqual({ occurrences: [], until: NOW });
      }),
      { numRuns: 60 },
    );
  });

  it("are none before anything was planned, and none of more than a hundred days ago", () => {
    const schedule = scheduleFromFields(SCHEDULES[0] as JsonObject);
    for (const policy of ["all", "latest", "none"] as const) {
      expect(missedOccurrences(schedule, policy, null, NOW)).toEqual({ occurrences: [], until: NOW });
      expect(missedOccurrences(schedule, policy, NOW + DAY, NOW)).toEqual({ occurrences: [], until: NOW });
    }
    const [first] = missedOccurrences(schedule, "all", NOW - 300 * DAY, NOW).occurrences;
    expect((NOW - (first?.at ?? 0)) / DAY).toBeGreaterThan(99.9);
    expect((NOW - (first?.at ?? 0)) / DAY).toBeLessThanOrEqual(100);
    expect(missedOccurrences(schedule, "latest", NOW - 300 * DAY, NOW).occurrences.length).toBe(1);
  });
});
