import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson, stringifyJson } from "../../src/domain/json.ts";
import { expand, planOccurrences } from "../../src/domain/schedules/expand.ts";
import { scheduleFields, scheduleFromFields } from "../../src/domain/schedules/fields.ts";
import { parseSchedule } from "../../src/domain/schedules/parse.ts";
import { type ExpansionWindow, type Occurrence, type Schedule, ScheduleExpansionError } from "../../src/domain/schedules/types.ts";
import { isRuleZoneName, isZoneName } from "../../src/domain/schedules/zone-names.ts";
import { type Micros, parseTime } from "../../src/domain/time.ts";

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Chatham", "America/St_Johns", "Asia/Kathmandu"];
const PLAN = { minRuns: 3, maxRuns: 100, minAheadSeconds: 3600, maxAheadDays: 100 };

const time = (text: string): Micros => parseTime(text) ?? Number.NaN;
const cron = (text: string, timezone: string | null = null, dayOr = true): Schedule => ({ kind: "cron", cron: text, timezone, dayOr });
const rrule = (text: string, timezone = "UTC"): Schedule => ({ kind: "rrule", rrule: text, timezone });
const interval = (intervalSeconds: number, anchor: string, timezone = "UTC"): Schedule => ({
  kind: "interval",
  intervalSeconds,
  anchorAt: time(anchor),
  anchorText: anchor,
  timezone,
});
const texts = (occurrences: readonly Occurrence[]) => occurrences.map((occurrence) => occurrence.localText);
const walls = (occurrences: readonly Occurrence[]) => occurrences.map(({ localText }) => localText.replace(/[+-]\d\d:\d\d$/, ""));

const zone = fc.constantFrom(...ZONES);
/** Whole minutes of 2019 to 2031. */
const start = fc
  .integer({ min: time("2019-01-01T00:00:00Z") / MINUTE, max: time("2031-01-01T00:00:00Z") / MINUTE })
  .map((minutes) => minutes * MINUTE);

const clocks = new Map(
  ["Etc/GMT+5", ...ZONES].map((timeZone) => {
    const numeric = "numeric" as const;
    const parts = { year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric };
    return [timeZone, new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", ...parts })] as const;
  }),
);

/** What a clock of the zone shows, as an instant of UTC; asked from the platform and not from the code under test. */
function shown(at: Micros, timeZone: string): Micros {
  const [month = 0, day = 0, year = 0, hour = 0, minute = 0] = (clocks.get(timeZone)?.format(at / 1000) ?? "").split(/\D+/).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute) * 1000;
}

/** Some values of a cron field and its text; null for `*`. */
const field = (min: number, max: number) =>
  fc.option(fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 8 }), { nil: null, freq: 2 }).map((values) => ({
    text: values === null ? "*" : values.join(","),
    has: (value: number) => values === null || values.includes(value),
    isAny: values === null,
  }));

const cronFields = fc.record({
  minute: field(0, 59),
  hour: field(0, 23),
  day: field(1, 31),
  month: field(1, 12),
  weekday: field(0, 6),
  dayOr: fc.boolean(),
});
type CronFields = typeof cronFields extends fc.Arbitrary<infer T> ? T : never;

const cronOf = (fields: CronFields, timezone: string | null) =>
  cron(`${fields.minute.text} ${fields.hour.text} ${fields.day.text} ${fields.month.text} ${fields.weekday.text}`, timezone, fields.dayOr);

/** Whether a wall time, given as an instant of UTC, matches the fields. */
function matches(fields: CronFields, wall: Micros): boolean {
  const date = new Date(wall / 1000);
  const isTime = fields.minute.has(date.getUTCMinutes()) && fields.hour.has(date.getUTCHours());
  const [isDay, isWeekday] = [fields.day.has(date.getUTCDate()), fields.weekday.has(date.getUTCDay())];
  const isUnion = fields.dayOr && !fields.day.isAny && !fields.weekday.isAny;
  return isTime && fields.month.has(date.getUTCMonth() + 1) && (isUnion ? isDay || isWeekday : isDay && isWeekday);
}

/** The occurrences, or none for a schedule whose dates run out. */
function expandOrNone(schedule: Schedule, window: ExpansionWindow): Occurrence[] {
  try {
    return expand(schedule, window);
  } catch (error) {
    if (error instanceof ScheduleExpansionError) return [];
    throw error;
  }
}

describe("every schedule", () => {
  const schedule: fc.Arbitrary<Schedule> = fc.oneof(
    fc.tuple(cronFields, zone).map(([fields, timezone]) => cronOf(fields, timezone)),
    fc
      .tuple(fc.integer({ min: 1, max: 200_000 }), start, zone)
      .map(([seconds, at, timezone]) => ({ ...interval(seconds, "2020-01-01T00:00:00Z", timezone), anchorAt: at }) as Schedule),
    fc
      .tuple(fc.constantFrom("HOURLY", "MINUTELY", "DAILY", "WEEKLY", "MONTHLY"), fc.integer({ min: 1, max: 100 }), zone)
      .map(([freq, step, timezone]) => rrule(`FREQ=${freq};INTERVAL=${step}`, timezone)),
  );

  it("occurs within its window, once each wall time, in the order of the clock and with the zone's offset", () => {
    const minutes = fc.integer({ min: 0, max: 60 * 24 * 40 });
    fc.assert(
      fc.property(schedule, start, minutes, fc.integer({ min: 1, max: 80 }), (schedule, start, minutes, limit) => {
        const end = start + minutes * MINUTE;
        const occurrences = expandOrNone(schedule, { start, end, limit });
        expect(occurrences.length).toBeLessThanOrEqual(limit);
        expect(walls(occurrences)).toEqual([...new Set(walls(occurrences))].sort());
        for (const { at, localText } of occurrences) {
          expect(time(localText)).toBe(at);
          const wall = time(`${localText.slice(0, 19)}Z`);
          expect(wall - (wall % MINUTE)).toBe(shown(at, schedule.timezone ?? "UTC"));
          // The window is compared by wall time: an overlap at its ends may show in instants.
          expect(at).toBeGreaterThanOrEqual(start - HOUR);
          expect(at).toBeLessThanOrEqual(end + HOUR);
        }
      }),
    );
  });

  it("is stored and read back as it was", () => {
    fc.assert(
      fc.property(schedule, (schedule) => {
        const wire = {
          ...schedule,
          ...(schedule.kind === "interval"
            ? { anchorText: new Date(schedule.anchorAt / 1000).toISOString().replace(".000Z", "+00:00") }
            : {}),
        } as Schedule;
        expect(scheduleFromFields(JSON.parse(stringifyJson(scheduleFields(wire))))).toEqual(wire);
      }),
    );
  });
});

describe("cron", () => {
  it("occurs at exactly the matching minutes of a clock without changes", () => {
    fc.assert(
      fc.property(cronFields, start, fc.constantFrom(null, "Asia/Kathmandu", "Etc/GMT+5"), (fields, start, timezone) => {
        const end = start + 2 * DAY;
        const ahead = shown(start, timezone ?? "UTC") - start;
        const expected = [];
        for (let at = start; at <= end && expected.length < 900; at += MINUTE) if (matches(fields, at + ahead)) expected.push(at);
        expect(expandOrNone(cronOf(fields, timezone), { start, end, limit: 900 }).map(({ at }) => at)).toEqual(expected);
      }),
    );
  });

  it("matches the fields in local wall time, or comes late by the gap that its time is in", () => {
    fc.assert(
      fc.property(cronFields, start, zone, (fields, start, timezone) => {
        for (const { at } of expandOrNone(cronOf(fields, timezone), { start, limit: 20 })) {
          const wall = shown(at, timezone);
          const late = [0, 30 * MINUTE, HOUR].find((late) => matches(fields, wall - late)) ?? Number.NaN;
          expect(late === 0 || shown(at - late, timezone) === wall - 2 * late).toBe(true);
        }
      }),
    );
  });

  it.each([
    ["30 2 * * *", "America/New_York", "2024-03-10T05:00:00Z", ["2024-03-10T03:30:00-04:00", "2024-03-11T02:30:00-04:00"]],
    ["0 * * * *", "America/New_York", "2024-03-10T06:00:00Z", ["2024-03-10T01:00:00-05:00", "2024-03-10T03:00:00-04:00"]],
    ["15 2 * * *", "Australia/Lord_Howe", "2024-10-05T13:00:00Z", ["2024-10-06T02:45:00+11:00", "2024-10-07T02:15:00+11:00"]],
    ["30 1 * * *", "America/New_York", "2024-11-03T04:00:00Z", ["2024-11-03T01:30:00-05:00", "2024-11-04T01:30:00-05:00"]],
    ["0 * * * *", "America/New_York", "2024-11-03T04:30:00Z", ["2024-11-03T01:00:00-05:00", "2024-11-03T02:00:00-05:00"]],
  ])("%s in %s moves forward in a gap and takes the second time of an overlap", (text, timezone, from, expected) => {
    expect(texts(expand(cron(text, timezone), { start: time(from), limit: 2 }))).toEqual(expected);
  });

  it.each([
    ["* * * * * 30", ["2024-01-01T00:00:30+00:00", "2024-01-01T00:01:30+00:00"]],
    ["0 0 15W 6 *", ["2024-06-14T00:00:00+00:00", "2025-06-16T00:00:00+00:00"]],
    ["0 0 * * L5", ["2024-01-26T00:00:00+00:00", "2024-02-23T00:00:00+00:00"]],
    ["0 0 29 2 mon", ["2024-02-05T00:00:00+00:00", "2024-02-12T00:00:00+00:00"]],
    ["0 22-2/2 * * *", ["2024-01-01T00:00:00+00:00", "2024-01-01T02:00:00+00:00"]],
    ["0 0 1 1 * 0 2024-2030/3", ["2024-01-01T00:00:00+00:00", "2027-01-01T00:00:00+00:00"]],
  ])("%s", (text, expected) => {
    expect(texts(expand(cron(text), { start: time("2024-01-01T00:00:00Z"), limit: 2 }))).toEqual(expected);
  });

  it.each(["0 0 31 2 *", "0 0 1 1 * 0 2020", "0 0 31 2 1"])("%s has no next date", (text) => {
    expect(() => expand(cron(text), { start: time("2024-01-01T00:00:00Z"), limit: 1 })).toThrow(ScheduleExpansionError);
  });

  it("gives random fields the same values at each expansion", () => {
    const window = { start: time("2024-01-01T00:00:00Z"), limit: 10 };
    const once = expand(cron("R(0-10) * * * *"), window);
    expect(new Set(once.map(({ at }) => at % HOUR)).size).toBe(1);
    expect((once[0]?.at ?? 0) % HOUR).toBeLessThanOrEqual(10 * MINUTE);
    expect(expand(cron("R(0-10) * * * *"), window)).toEqual(once);
  });
});

describe("interval", () => {
  it("is evenly spaced from its anchor where clocks do not change", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400_000_000_000 }), start, start, (micros, anchorAt, start) => {
        const schedule = { ...interval(micros / SECOND, "2020-01-01T00:00:00Z"), anchorAt } as Schedule;
        const found = expand(schedule, { start, limit: 5 }).map(({ at }) => at);
        // The reference divides in floating point and may miss the start by a hair.
        expect(found[0]).toBeLessThanOrEqual(start + micros);
        for (const [index, at] of found.entries()) expect(at).toBe((found[0] ?? 0) + index * micros);
        expect(Math.abs(((found[0] ?? 0) - anchorAt) % micros)).toBe(0);
      }),
    );
  });

  it("keeps to elapsed time below a day and to the wall clock from a day on", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 23 }), start, zone, (days, hours, start, timezone) => {
        const daily = expand(interval(days * 86_400, "2020-01-01T12:34:00Z", timezone), { start, limit: 40 });
        expect(new Set(daily.slice(1).map(({ localText }) => localText.slice(11, 16))).size).toBeLessThanOrEqual(1);
        const hourly = expand(interval(hours * 3600, "2020-01-01T12:34:00Z", timezone), { start, limit: 40 });
        for (const { at } of hourly) expect(Math.abs(at - time("2020-01-01T12:34:00Z")) % (hours * HOUR)).toBe(0);
      }),
    );
  });

  it("leaves out the repeated hour of an overlap", () => {
    expect(
      texts(expand(interval(3600, "2024-01-01T00:30:00Z", "America/New_York"), { start: time("2024-11-03T05:30:00Z"), limit: 2 })),
    ).toEqual(["2024-11-03T01:30:00-04:00", "2024-11-03T02:30:00-05:00"]);
  });

  it("ends with an error where Python's calendar ends", () => {
    expect(() => expand(interval(86_399_999_999_999, "2020-01-01T00:00:00Z"), { start: time("2024-01-01T00:00:00Z"), limit: 1 })).toThrow(
      ScheduleExpansionError,
    );
  });
});

describe("recurrence rule", () => {
  const UNITS = { MINUTELY: MINUTE, HOURLY: HOUR, DAILY: DAY, WEEKLY: 7 * DAY } as const;
  const someRule = fc.record({
    frequency: fc.constantFrom("MINUTELY" as const, "HOURLY" as const, "DAILY" as const, "WEEKLY" as const),
    interval: fc.integer({ min: 1, max: 100 }),
    weekdays: fc.option(fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1 }), { nil: null }),
    count: fc.option(fc.integer({ min: 1, max: 30_000 }), { nil: null }),
    phase: fc.integer({ min: 0, max: 60 * 24 * 7 }),
  });

  it("seeks to where walking from its start would come", () => {
    fc.assert(
      fc.property(someRule, start, ({ frequency, interval, weekdays, count, phase }, start) => {
        const from = start - 60 * DAY - phase * MINUTE;
        const isFiltered = weekdays !== null && frequency !== "WEEKLY";
        const walked = [];
        let left = count ?? Number.POSITIVE_INFINITY;
        for (let at = from; walked.length < 20 && at < start + 400 * DAY && left > 0; at += interval * UNITS[frequency]) {
          if (isFiltered && !weekdays.includes((Math.floor(at / DAY) + 4) % 7)) continue;
          left--;
          if (at >= start) walked.push(at);
        }
        const names = (weekdays ?? []).map((name) => ["SU", "MO", "TU", "WE", "TH", "FR", "SA"][name]);
        const parts = [`FREQ=${frequency}`, `INTERVAL=${interval}`];
        if (isFiltered) parts.push(`BYDAY=${names.join(",")}`);
        if (count !== null) parts.push(`COUNT=${count}`);
        const text = `DTSTART:${new Date(from / 1000).toISOString().replace(/[-:]|\.000Z/g, "")}\nRRULE:${parts.join(";")}`;
        expect(expand(rrule(text), { start, end: start + 400 * DAY - 1, limit: 20 }).map(({ at }) => at)).toEqual(walked);
      }),
    );
  });

  it("finds its place at once, however long ago it began", () => {
    const start = time("2026-03-20T11:17:23Z");
    const began = performance.now();
    for (const text of [
      "DTSTART:20160101T000030\nRRULE:FREQ=MINUTELY;INTERVAL=7",
      "DTSTART:19700101T000000\nRRULE:FREQ=SECONDLY;COUNT=99999999999",
    ]) {
      const [first] = expand(rrule(text), { start, limit: 1 });
      expect(first?.at).toBeLessThan(start + 7 * MINUTE);
    }
    expect(expand(rrule("DTSTART:20160101T000030\nRRULE:FREQ=MINUTELY;INTERVAL=7"), { start, limit: 1 })[0]?.at).toBe(
      time("2016-01-01T00:00:30Z") + Math.ceil((start - time("2016-01-01T00:00:30Z")) / (7 * MINUTE)) * 7 * MINUTE,
    );
    expect(performance.now() - began).toBeLessThan(1000);
  });

  it.each([
    ["FREQ=DAILY;INTERVAL=0", "never reaches the start"],
    ["FREQ=MINUTELY;INTERVAL=0", "never reaches the start"],
    ["FREQ=DAILY;INTERVAL=-1", "runs backwards"],
    ["FREQ=MINUTELY;INTERVAL=120;BYHOUR=1", "never meets its hour"],
    ["FREQ=HOURLY;BYMINUTE=70", "has no such minute"],
    ["FREQ=DAILY;UNTIL=20300101T000000Z", "mixes an aware end with a naive start"],
    ["FREQ=SECONDLY\nEXRULE:FREQ=SECONDLY", "excludes itself"],
  ])("%s throws: it %s", (text) => {
    expect(() => expand(rrule(text), { start: time("2024-01-01T00:00:00Z"), limit: 3 })).toThrow(ScheduleExpansionError);
  });

  it.each([
    "FREQ=MONTHLY;BYMONTHDAY=32",
    "FREQ=DAILY;COUNT=0",
    "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
    "FREQ=SECONDLY;BYSETPOS=2",
    "FREQ=DAILY\nEXRULE:FREQ=DAILY",
    "EXRULE:FREQ=DAILY",
  ])("%s gives no dates and comes to an end", (text) => {
    expect(expand(rrule(text), { start: time("2024-01-01T00:00:00Z"), limit: 3 })).toEqual([]);
  });

  it("takes a rule that stands still for its first period", () => {
    expect(
      texts(
        expand(rrule("DTSTART:20250101T080000\nRRULE:FREQ=DAILY;INTERVAL=0;BYHOUR=8,9"), { start: time("2024-01-01T00:00:00Z"), limit: 5 }),
      ),
    ).toEqual(["2025-01-01T08:00:00+00:00", "2025-01-01T09:00:00+00:00"]);
  });

  it("moves backward in a gap and takes the first time of an overlap", () => {
    const gap = expand(rrule("FREQ=DAILY;BYHOUR=2;BYMINUTE=30", "America/New_York"), { start: time("2024-03-10T05:00:00Z"), limit: 1 });
    const overlap = expand(rrule("FREQ=DAILY;BYHOUR=1;BYMINUTE=30", "America/New_York"), { start: time("2024-11-03T04:00:00Z"), limit: 1 });
    expect(texts([...gap, ...overlap])).toEqual(["2024-03-10T01:30:00-05:00", "2024-11-03T01:30:00-04:00"]);
  });
});

describe("plan", () => {
  it("stops as soon as there are enough runs far enough ahead", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 * 86_400 }), start, (seconds, now) => {
        const planned = planOccurrences({ ...interval(seconds, "2020-01-01T00:00:00Z"), anchorAt: now } as Schedule, now, PLAN).map(
          ({ at }) => at - now,
        );
        const untilHour = Math.max(3, Math.ceil(3600 / seconds) + 1);
        const untilEnd = Math.floor((100 * 86_400) / seconds) + 1;
        expect(planned).toEqual(Array.from({ length: Math.min(untilHour, untilEnd, 100) }, (_, index) => index * seconds * SECOND));
      }),
    );
  });

  it("fails when the dates run out before there are enough", () => {
    const now = time("2024-12-31T22:30:00Z");
    expect(() => planOccurrences(cron("0 * * * * 0 2024"), now, PLAN)).toThrow(ScheduleExpansionError);
    expect(planOccurrences(cron("*/10 * * * * 0 2024"), now, PLAN)).toHaveLength(7);
  });
});

describe("parsing", () => {
  const now = time("2024-05-06T07:08:09.123456Z");

  it("takes now for the anchor that is missing", () => {
    expect(parseSchedule(parseJson('{"interval": 90}'), now)).toEqual({
      ok: true,
      schedule: { kind: "interval", intervalSeconds: 90, anchorAt: now, anchorText: "2024-05-06T07:08:09.123456+00:00", timezone: "UTC" },
    });
  });

  it.each([
    ["2024-W05-5", "2024-02-02T00:00:00+00:00"],
    ["2024-060T1030", "2024-02-29T10:30:00+00:00"],
    ["2024/02/03 04:05", "2024-02-03T04:05:00+00:00"],
    ["10:30", "2024-05-06T10:30:00+00:00"],
    ["2024-02-03T04:05:06,7-0330", "2024-02-03T04:05:06.700000-03:30"],
  ])("reads the anchor %s", (anchor, text) => {
    const result = parseSchedule({ interval: 60, anchor_date: anchor }, now);
    expect(result).toMatchObject({ ok: true, schedule: { anchorText: text, anchorAt: time(text) } });
  });

  it.each(["2024-02-30", "2024-13-01", "2024-01-01T24:00", "2024-01-01T10:30+24:00", "tomorrow", "P1D", ""])(
    "refuses the anchor %j",
    (anchor) => {
      const result = parseSchedule({ interval: 60, anchor_date: anchor }, now);
      expect(result.ok ? [] : result.errors[0]?.loc).toEqual(["anchor_date"]);
    },
  );

  it.each([
    ["1 day, 1:00:00", 90_000],
    ["PT0.000001S", 0.000001],
    ["P1.5W", 907_200],
    ["100:00", 360_000],
  ])("reads the interval %s", (text, seconds) => {
    expect(parseSchedule({ interval: text }, now)).toMatchObject({ ok: true, schedule: { intervalSeconds: seconds } });
  });

  it("keeps an empty zone, which only cron can expand", () => {
    const window = { start: now, limit: 1 };
    expect(expand(cron("0 * * * *", ""), window)).toHaveLength(1);
    expect(() => expand(rrule("FREQ=DAILY", ""), window)).toThrow(ScheduleExpansionError);
  });

  it("knows the zones of both lists by their exact names", () => {
    expect(["Europe/Kiev", "US/Pacific", "UTC", "EST5EDT"].every(isZoneName)).toBe(true);
    expect(["Europe/Kyiv", "europe/kiev", "Factory", "+02:00"].some(isZoneName)).toBe(false);
    expect(isRuleZoneName("Europe/Kyiv")).toBe(true);
  });
});
