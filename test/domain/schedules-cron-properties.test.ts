import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawRandomField } from "../../src/domain/schedules/cron-random.ts";
import { expand } from "../../src/domain/schedules/expand.ts";
import { type Schedule, ScheduleExpansionError } from "../../src/domain/schedules/types.ts";
import type { Micros } from "../../src/domain/time.ts";
import { DAY, HOUR, instantIn, instants, lastReading, MINUTE, readWalls, SECOND, shown, zones } from "./schedules-clock.ts";

interface Field {
  text: string;
  /** Whether a value of the field matches; days and weekdays are asked with the whole date. */
  has: (value: number, date: Date) => boolean;
}

const cron = (text: string, timezone: string | null, dayOr = true): Schedule => ({ kind: "cron", cron: text, timezone, dayOr });

const list = (parts: Field[]): Field => ({
  text: parts.map(({ text }) => text).join(","),
  has: (value, date) => parts.some((part) => part.has(value, date)),
});

/** The forms of one field whose values go from `min` to `max`; `names` stand for the values from `min` on. */
function field(min: number, max: number, names: readonly string[] = []): fc.Arbitrary<Field> {
  const value = fc.integer({ min, max });
  const spelled = (one: number) =>
    fc.constantFrom(String(one), names[one - min] ?? String(one), (names[one - min] ?? String(one)).toUpperCase());
  const single = value.chain((one) => spelled(one).map((text): Field => ({ text, has: (value) => value === one })));
  const range = fc
    .tuple(value, value)
    .filter(([low, high]) => low !== high)
    .chain(([low, high]) =>
      fc.tuple(spelled(low), spelled(high)).map(([from, to]): Field => {
        const has = (value: number) => (low < high ? value >= low && value <= high : value >= low || value <= high);
        return { text: `${from}-${to}`, has };
      }),
    );
  const step = fc.integer({ min: 1, max: Math.ceil((max - min) / 2) });
  const stepped = fc.oneof(
    step.map((step): Field => ({ text: `*/${step}`, has: (value) => (value - min) % step === 0 })),
    fc
      .tuple(fc.integer({ min, max: max - 1 }), step)
      .map(([from, step]): Field => ({ text: `${from}/${step}`, has: (value) => value >= from && (value - from) % step === 0 })),
    fc
      .tuple(value, value, step)
      .filter(([a, b]) => a !== b)
      .map(([a, b, step]): Field => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        return { text: `${low}-${high}/${step}`, has: (value) => value >= low && value <= high && (value - low) % step === 0 };
      }),
  );
  const part = fc.oneof({ weight: 3, arbitrary: single }, range, stepped);
  return fc.array(part, { minLength: 1, maxLength: 4 }).map(list);
}

const every: Field = { text: "*", has: () => true };
const any = fc.constantFrom(every, { ...every, text: "?" });
const orEvery = (some: fc.Arbitrary<Field>, all: fc.Arbitrary<Field> = fc.constant(every)) => fc.oneof(some, all);

const daysIn = (date: Date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
const lastDay: Field = { text: "L", has: (value, date) => value === daysIn(date) };
const days = fc.oneof(
  { weight: 4, arbitrary: field(1, 31) },
  fc.constant(lastDay),
  field(1, 20).map((some) => list([some, lastDay])),
);

const WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const nth = fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 5 }), fc.boolean()).map(
  ([weekday, nth, isNamed]): Field => ({
    text: `${isNamed ? WEEKDAYS[weekday] : weekday}#${nth}`,
    has: (value, date) => value === weekday && Math.floor((date.getUTCDate() - 1) / 7) + 1 === nth,
  }),
);
const last = fc
  .integer({ min: 0, max: 6 })
  .map((weekday): Field => ({ text: `L${weekday}`, has: (value, date) => value === weekday && date.getUTCDate() + 7 > daysIn(date) }));
const special = fc.array(fc.oneof(nth, last), { minLength: 1, maxLength: 3 }).map(list);
const weekdays = fc.oneof({ weight: 4, arbitrary: field(0, 6, WEEKDAYS) }, special);

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const drawn = fc.record({
  minute: orEvery(field(0, 59)),
  hour: orEvery(field(0, 23)),
  day: orEvery(days, any),
  month: orEvery(field(1, 12, MONTHS)),
  weekday: orEvery(weekdays, any),
  dayOr: fc.boolean(),
});
type Fields = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

const textOf = ({ minute, hour, day, month, weekday }: Fields) => [minute, hour, day, month, weekday].map(({ text }) => text).join(" ");

/** Whether a field of days says nothing: `*`, or all of its values beside a field that begins with `*`. */
function isFree({ text, has }: Field, lowest: number, highest: number, other: Field): boolean {
  if (text === "*" || text === "?") return true;
  const isPlain = !/[L#]/.test(text);
  const isFull = isPlain && Array.from({ length: highest - lowest + 1 }, (_, index) => has(index + lowest, new Date(0))).every(Boolean);
  return isFull && other.text.includes("*");
}

const isUnion = ({ day, weekday, dayOr }: Fields) => dayOr && !isFree(day, 1, 31, weekday) && !isFree(weekday, 0, 6, day);

function matchesDay(fields: Fields, date: Date): boolean {
  const { day, month, weekday } = fields;
  if (!month.has(date.getUTCMonth() + 1, date)) return false;
  const [isDay, isWeekday] = [day.has(date.getUTCDate(), date), weekday.has(date.getUTCDay(), date)];
  return isUnion(fields) ? isDay || isWeekday : isDay && isWeekday;
}

const LEAP_YEAR = Array.from({ length: 366 }, (_, day) => new Date(Date.UTC(2024, 0, 1 + day)));

/** Croniter searches by days and by weekdays apart and needs both to find something, nth weekdays in either. */
const isWhole = (fields: Fields) =>
  !isUnion(fields) ||
  (!/[L#]/.test(fields.weekday.text) &&
    LEAP_YEAR.some((date) => fields.month.has(date.getUTCMonth() + 1, date) && fields.day.has(date.getUTCDate(), date)));
const fields = drawn.filter(isWhole);

/** Every wall time after `after` and up to `until` that matches, by looking at all of them. */
function* wallsOf(fields: Fields, seconds: Field | null, after: Micros, until: Micros): Generator<Micros> {
  for (let day = after - (after % DAY); day <= until; day += DAY) {
    const date = new Date(day / 1000);
    if (!matchesDay(fields, date)) continue;
    for (let hour = 0; hour < 24; hour++) {
      if (!fields.hour.has(hour, date)) continue;
      for (let minute = 0; minute < 60; minute++) {
        if (!fields.minute.has(minute, date)) continue;
        for (let second = 0; second < 60; second++) {
          if (seconds === null ? second > 0 : !seconds.has(second, date)) continue;
          const wall = day + hour * HOUR + minute * MINUTE + second * SECOND;
          if (wall > after && wall <= until) yield wall;
        }
      }
    }
  }
}

const LIMIT = 900;
function expected(fields: Fields, seconds: Field | null, zone: string, start: Micros, end: Micros): Micros[] {
  // The start is taken by its wall time, and a second before it begins the search.
  const after = shown(lastReading(shown(start, zone), zone) - SECOND, zone);
  return readWalls(wallsOf(fields, seconds, after, shown(end, zone) + DAY), zone, end, lastReading).slice(0, LIMIT);
}

/** The occurrences; none for a schedule whose dates run out. */
function found(schedule: Schedule, start: Micros, end: Micros): Micros[] {
  try {
    return instants(expand(schedule, { start, end, limit: LIMIT }));
  } catch (error) {
    if (error instanceof ScheduleExpansionError) return [];
    throw error;
  }
}

const windows = (longest: number) =>
  zones.chain((zone) => fc.tuple(fc.constant(zone), instantIn(zone), fc.integer({ min: 0, max: longest })));

describe("cron, against looking at every minute", () => {
  it("misses none and adds none within half a day", () => {
    fc.assert(
      fc.property(fields, windows(12 * 60), (fields, [zone, start, minutes]) => {
        const end = start + minutes * MINUTE;
        expect(found(cron(textOf(fields), zone, fields.dayOr), start, end)).toEqual(expected(fields, null, zone, start, end));
      }),
      { numRuns: 300 },
    );
  });

  it("misses no day within two years", () => {
    const times = fc.record({ minute: fc.integer({ min: 0, max: 59 }), hour: fc.integer({ min: 0, max: 23 }) });
    fc.assert(
      fc.property(fields, times, windows(730), (fields, { minute, hour }, [zone, start, days]) => {
        const at = (one: number): Field => ({ text: String(one), has: (value) => value === one });
        const daily = { ...fields, minute: at(minute), hour: at(hour) };
        const end = start + days * DAY;
        expect(found(cron(textOf(daily), zone, daily.dayOr), start, end)).toEqual(expected(daily, null, zone, start, end));
      }),
    );
  });

  it("misses no second with six fields", () => {
    fc.assert(
      fc.property(fields, orEvery(field(0, 59)), windows(14), (fields, seconds, [zone, start, minutes]) => {
        const end = start + minutes * MINUTE;
        const text = `${textOf(fields)} ${seconds.text}`;
        expect(found(cron(text, zone, fields.dayOr), start, end)).toEqual(expected(fields, seconds, zone, start, end));
      }),
      { numRuns: 300 },
    );
  });
});

it.each([
  ["@hourly", "0 * * * *"],
  ["@daily", "0 0 * * *"],
  ["@midnight", "0 0 * * *"],
  ["@weekly", "0 0 * * 7"],
  ["@monthly", "0 0 1 * *"],
  ["@yearly", "0 0 1 jan *"],
  ["@ANNUALLY", "0 0 1 1 *"],
])("cron %s stands for %s", (alias, text) => {
  fc.assert(
    fc.property(windows(5000), ([zone, start, days]) => {
      const end = start + days * DAY;
      expect(found(cron(alias, zone), start, end)).toEqual(found(cron(text, zone), start, end));
    }),
    { numRuns: 20 },
  );
  expect(found(cron(alias, "UTC"), 0, 800 * DAY)).not.toEqual([]);
});

it.each([
  ["0 0 1-7 * 0#1", ["2024-01-07", "2024-02-04"]],
  ["0 0 31 * 0#1", []],
  ["0 0 1 * L0", []],
])("cron %s counts its nth weekdays beside days too", (text, days) => {
  const at = (day: string) => Date.UTC(2024, Number(day.slice(5, 7)) - 1, Number(day.slice(8))) * 1000;
  expect(found(cron(text, null), at("2024-01-01"), at("2024-03-01"))).toEqual(days.map(at));
});

describe("random fields", () => {
  const LOWEST = [0, 0, 1];
  const HIGHEST = [59, 23, 31];
  const draw = (text: string, index = 0) => drawRandomField(text, index, LOWEST, HIGHEST);

  it("lie between their bounds and reach them, begin a step within the first one, and stay what they are", () => {
    const seen = { range: new Set<number>(), step: new Set<number>(), whole: new Set<number>() };
    for (let end = 10; end < 40; end += 1) {
      const value = Number(draw(`r(7-${end})`));
      expect(value).toBeGreaterThanOrEqual(7);
      expect(value).toBeLessThanOrEqual(end);
      const [begin, ...rest] = draw(`r(7-${end})/4`).split(/[-/]/).map(Number);
      expect([begin === undefined || begin < 7 || begin > 10, rest]).toEqual([false, [end, 4]]);
      seen.range.add(value - 7).add(value - end);
      seen.step.add(begin ?? 0);
    }
    for (let step = 30; step < 60; step += 1) {
      const [begin = -1, ...rest] = draw(`r/${step}`).split(/[-/]/).map(Number);
      expect([begin >= 0 && begin < step, rest]).toEqual([true, [59, step]]);
      seen.whole.add(begin);
    }
    expect([...seen.step].sort((a, b) => a - b)).toEqual([7, 8, 9, 10]);
    expect([seen.range.has(0), seen.whole.size > 10]).toEqual([true, true]);
    expect([draw("r"), draw("r", 1), draw("r", 2)]).toEqual([draw("r"), draw("r", 1), draw("r", 2)]);
    for (const text of ["*", "5", "rr", "r(1-2", "r(1-2)x", "r/5x", "xr", "r(1)"]) expect(draw(text)).toBe(text);
  });

  it.each(["r(5-5)", "r(9-5)", "r/0", "r(1-5)/0", "h", "h(1-5)", "h/5"])("%s is refused", (text) => {
    expect(() => draw(text)).toThrow(text.startsWith("h") ? "Hashed definitions must include hash_id" : `Bad expression: ${text}`);
  });
});
