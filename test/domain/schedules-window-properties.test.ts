import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distinctMoments, expand } from "../../src/domain/schedules/expand.ts";
import type { Schedule } from "../../src/domain/schedules/types.ts";
import { DAY, HOUR, instantIn, instants, isQuiet, MINUTE, SECOND, time, ZONES, zones } from "./schedules-clock.ts";

const CRONS = [
  "*/17 * * * *",
  "5,35 */3 * * *",
  "0 9 * * mon-fri",
  "30 2 * * *",
  "0 0 13 * fri",
  "0 12 L * *",
  "15 1 * * 7#1",
  "0 0 1 */2 *",
];
const RULES = [
  "FREQ=MINUTELY;INTERVAL=11",
  "FREQ=HOURLY;BYMINUTE=0,30",
  "FREQ=DAILY;BYHOUR=2;BYMINUTE=30",
  "FREQ=WEEKLY;BYDAY=MO,WE,SU",
  "FREQ=MONTHLY;BYDAY=-1FR",
  "FREQ=MONTHLY;BYSETPOS=-2;BYDAY=MO,TU",
  "FREQ=DAILY;COUNT=1500",
  "FREQ=DAILY\nEXDATE:20240601T000000,20240602T000000\nRDATE:20240615T123456",
];

const cron = (zone: string) => fc.constantFrom(...CRONS).map((cron): Schedule => ({ kind: "cron", cron, timezone: zone, dayOr: true }));
const rrule = (zone: string) => fc.constantFrom(...RULES).map((rrule): Schedule => ({ kind: "rrule", rrule, timezone: zone }));
const interval = (zone: string, most: number) =>
  fc
    .tuple(fc.integer({ min: 300, max: most }), instantIn(zone))
    .map(([seconds, anchorAt]): Schedule => ({ kind: "interval", intervalSeconds: seconds, anchorAt, anchorText: "", timezone: zone }));

/** Long intervals take their phase from the start of an expansion where clocks change: shorter ones, and long ones in UTC. */
const schedules = zones.chain((zone) => fc.oneof(cron(zone), rrule(zone), interval(zone, 86_399), interval("UTC", 5_000_000)));
const zoneOf = (schedule: Schedule) => schedule.timezone ?? "UTC";
const at = fc.constantFrom(...ZONES).chain(instantIn);
const MANY = 2000;

describe("a window", () => {
  it("is what its parts are together", () => {
    const length = fc.integer({ min: 0, max: 20 * 24 * 60 });
    fc.assert(
      fc.property(schedules, at, length, fc.nat(1000), (schedule, start, minutes, part) => {
        const end = start + minutes * MINUTE;
        const middle = start + Math.floor((minutes * part) / 1000) * MINUTE;
        fc.pre([start, middle, end].every((at) => isQuiet(at, zoneOf(schedule))));
        const whole = instants(expand(schedule, { start, end: end - 1, limit: MANY }));
        fc.pre(whole.length < 1000);
        const before = instants(expand(schedule, { start, end: middle - 1, limit: MANY }));
        const after = instants(expand(schedule, { start: middle, end: end - 1, limit: MANY }));
        expect([...before, ...after]).toEqual(whole);
      }),
      { numRuns: 300 },
    );
  });

  it("gives with a limit the first that are found without, and a thousand and two at most", () => {
    fc.assert(
      fc.property(schedules, at, fc.integer({ min: 1, max: 150 }), (schedule, start, limit) => {
        const end = start + 365 * DAY;
        const found = [...distinctMoments(schedule, { start, end, limit: 200 })];
        expect([...distinctMoments(schedule, { start, end, limit })]).toEqual(found.slice(0, limit));
      }),
    );
    const daily: Schedule = { kind: "interval", intervalSeconds: 60, anchorAt: 0, anchorText: "", timezone: "UTC" };
    expect(expand(daily, { start: 0, limit: 5000 })).toHaveLength(1002);
    expect(expand({ kind: "cron", cron: "* * * * *", timezone: null, dayOr: true }, { start: 0, limit: 1001 })).toHaveLength(1001);
  });

  it("goes on from any occurrence as if walked to", () => {
    fc.assert(
      fc.property(schedules, at, fc.nat(30), (schedule, start, skipped) => {
        const end = start + 30 * DAY;
        const found = expand(schedule, { start, end, limit: 60 });
        const from = found[skipped];
        fc.pre(from !== undefined && [start, from.at].every((at) => isQuiet(at, zoneOf(schedule))));
        const walked = found.slice(skipped);
        const sought = expand(schedule, { start: from?.at ?? 0, end, limit: 60 });
        expect(sought.slice(0, walked.length)).toEqual(walked);
      }),
      { numRuns: 300 },
    );
  });
});

it("gives the occurrences of a gap by the clock, whatever the order they are found in", () => {
  const start = time("2024-03-10T06:30Z");
  const half: Schedule = { kind: "cron", cron: "*/20 * * * *", timezone: "America/New_York", dayOr: true };
  const hours = expand(half, { start, end: start + 2 * HOUR, limit: 10 });
  expect(hours.map(({ localText }) => localText.slice(11, 16))).toEqual(["01:40", "03:00", "03:20", "03:40", "04:00", "04:20"]);
  const rule: Schedule = { kind: "rrule", rrule: "FREQ=DAILY;BYHOUR=1,2;BYMINUTE=45,15", timezone: "America/New_York" };
  const backward = expand(rule, { start: start - 30 * MINUTE, limit: 3 });
  expect(backward.map(({ localText }) => localText.slice(5, 16))).toEqual(["03-10T01:15", "03-10T01:45", "03-11T01:15"]);
  const odd: Schedule = { kind: "cron", cron: "30 1 * * * 0,30", timezone: "UTC", dayOr: true };
  expect(expand(odd, { start: 1, limit: 2 }).map(({ at }) => at)).toEqual([90 * MINUTE, 90 * MINUTE + 30 * SECOND]);
  const moved: Schedule = { kind: "cron", cron: "30 2,3 10 3 *", timezone: "America/New_York", dayOr: true };
  expect(expand(moved, { start, limit: 2 }).map(({ localText }) => localText)).toEqual([
    "2024-03-10T03:30:00-04:00",
    "2025-03-10T02:30:00-04:00",
  ]);
  const crossed: Schedule = { kind: "cron", cron: "45,10 2,3 10 3 *", timezone: "America/New_York", dayOr: true };
  expect(expand(crossed, { start, limit: 2 }).map(({ localText }) => localText.slice(11, 16))).toEqual(["03:10", "03:45"]);
  const sorted: Schedule = { kind: "rrule", rrule: "RDATE:20240310T015000,20240310T021000", timezone: "America/New_York" };
  expect(expand(sorted, { start: start - HOUR, limit: 2 }).map(({ localText }) => localText.slice(11, 16))).toEqual(["01:10", "01:50"]);
});
