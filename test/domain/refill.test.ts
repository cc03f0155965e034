import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/domain/json.ts";
import { missedOccurrences } from "../../src/domain/schedules/catchup.ts";
import { scheduleFromFields } from "../../src/domain/schedules/fields.ts";
import { planRefill } from "../../src/domain/schedules/refill.ts";

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const at = (...parts: Parameters<typeof Date.UTC>) => Date.UTC(...parts) * 1000;
const NOW = at(2030, 5, 15, 12);

const every = (seconds: number): JsonObject => ({ interval: seconds, anchor_date: "2030-01-01T00:00:00+00:00", timezone: "UTC" });
const cron = (text: string): JsonObject => ({ cron: text, timezone: "UTC", day_or: true });
const refill = (fields: JsonObject, ...rest: [now?: number, catchup?: Parameters<typeof planRefill>[2]]) => {
  const { occurrences, ...when } = planRefill(scheduleFromFields(fields), rest[0] ?? NOW, rest[1]);
  const times = occurrences.map((one) => one.at);
  return { count: times.length, first: times[0], last: times.at(-1), ...when };
};

describe("a schedule is filled up", () => {
  it.each([
    // Until an hour ahead; again once the first has passed.
    ["every ten minutes", every(600), { count: 7, first: NOW, last: NOW + HOUR, nextAt: NOW + 1, plannedUntil: NOW + HOUR }],
    [
      "every twenty-five minutes",
      every(1500),
      { count: 4, first: NOW + 5 * MINUTE, last: NOW + 80 * MINUTE, nextAt: NOW + 20 * MINUTE + 1, plannedUntil: NOW + 80 * MINUTE },
    ],
    // Three runs; again once fewer are to come.
    [
      "every day",
      cron("0 13 * * *"),
      { count: 3, first: NOW + HOUR, last: NOW + HOUR + 2 * DAY, nextAt: NOW + HOUR + 1, plannedUntil: NOW + HOUR + 2 * DAY },
    ],
    // A hundred runs do not reach an hour ahead.
    [
      "every half minute",
      every(30),
      { count: 100, first: NOW, last: NOW + 2970 * SECOND, nextAt: NOW + 1, plannedUntil: NOW + 2970 * SECOND },
    ],
    // Two within a hundred days; the next day's look may find a third.
    [
      "every other month",
      cron("0 0 1 */2 *"),
      { count: 2, first: at(2030, 6, 1), last: at(2030, 8, 1), nextAt: NOW + DAY, plannedUntil: at(2030, 8, 1) },
    ],
    ["every year", cron("0 0 1 1 *"), { count: 0, first: undefined, last: undefined, nextAt: NOW + DAY, plannedUntil: NOW }],
    [
      "every month",
      cron("0 0 1 * *"),
      { count: 3, first: at(2030, 6, 1), last: at(2030, 8, 1), nextAt: at(2030, 6, 1) + 1, plannedUntil: at(2030, 8, 1) },
    ],
  ])("%s", (_name, fields, expected) => expect(refill(fields)).toEqual(expected));

  it("with a hundred missed runs at a time, before those to come, and at once with the rest", () => {
    const since = NOW - 2 * DAY;
    const first = refill(every(600), NOW, { policy: "all", since });
    const hundredth = since + 100 * 10 * MINUTE;
    expect(first).toEqual({ count: 107, first: since + 10 * MINUTE, last: NOW + HOUR, nextAt: NOW, plannedUntil: hundredth });
    const rest = refill(every(600), NOW, { policy: "all", since: NOW - 20 * MINUTE });
    expect(rest).toEqual({ count: 8, first: NOW - 10 * MINUTE, last: NOW + HOUR, nextAt: NOW + 1, plannedUntil: NOW + HOUR });
    expect(refill(every(600), NOW, { policy: "latest", since })).toEqual(rest);
    expect(refill(every(600), NOW, { policy: "none", since })).toEqual({ ...rest, count: 7, first: NOW });
  });
});

describe("missed occurrences lie between two times, neither included", () => {
  const missed = (policy: "all" | "latest", since: number, now: number) =>
    missedOccurrences(scheduleFromFields(every(600)), policy, since, now).occurrences.map((one) => (one.at - NOW) / MINUTE);

  it.each(["all", "latest"] as const)("%s", (policy) => {
    expect(missed(policy, NOW - 1, NOW)).toEqual([]);
    expect(missed(policy, NOW - 1, NOW + 1)).toEqual([0]);
    expect(missed(policy, NOW, NOW + 1)).toEqual([]);
    expect(missed(policy, NOW, NOW)).toEqual([]);
    expect(missed(policy, NOW - 1, NOW + 10 * MINUTE)).toEqual([0]);
    expect(missed(policy, NOW, NOW + 10 * MINUTE + 1)).toEqual([10]);
    expect(missed(policy, NOW - 1, NOW + 10 * MINUTE + 1)).toEqual(policy === "all" ? [0, 10] : [10]);
  });

  it("a full hundred ends at its last, though nothing may be left", () => {
    const schedule = scheduleFromFields(every(600));
    const hundred = missedOccurrences(schedule, "all", NOW - 1010 * MINUTE, NOW);
    expect([hundred.occurrences.length, hundred.until]).toEqual([100, NOW - 10 * MINUTE]);
    const fewer = missedOccurrences(schedule, "all", NOW - 1000 * MINUTE, NOW);
    expect([fewer.occurrences.length, fewer.until]).toEqual([99, NOW]);
  });
});
