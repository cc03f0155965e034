import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expand } from "../../src/domain/schedules/expand.ts";
import { type Schedule, ScheduleExpansionError } from "../../src/domain/schedules/types.ts";
import type { Micros } from "../../src/domain/time.ts";
import { basic, DAY, firstReading, HOUR, instants, MINUTE, readWalls, SECOND, shown, time, zones } from "./schedules-clock.ts";

const NAMES = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/** The parts of a rule that the enumeration below knows; lists left out are undefined. */
interface Rule {
  freq: "YEARLY" | "MONTHLY" | "WEEKLY" | "DAILY" | "HOURLY" | "MINUTELY" | "SECONDLY";
  interval: number;
  start: Micros;
  count?: number | undefined;
  until?: Micros | undefined;
  setPos?: number[] | undefined;
  months?: number[] | undefined;
  monthDays?: number[] | undefined;
  yearDays?: number[] | undefined;
  weeks?: number[] | undefined;
  weekdays?: { day: number; nth?: number | undefined }[] | undefined;
  hours?: number[] | undefined;
  minutes?: number[] | undefined;
  seconds?: number[] | undefined;
}

function ruleText(rule: Rule): string {
  const weekdays = rule.weekdays?.map(({ day, nth }) => `${nth === undefined ? "" : nth > 0 ? `+${nth}` : nth}${NAMES[day]}`);
  const parts = {
    FREQ: rule.freq,
    INTERVAL: rule.interval,
    COUNT: rule.count,
    UNTIL: rule.until === undefined ? undefined : basic(rule.until),
    BYSETPOS: rule.setPos,
    BYMONTH: rule.months,
    BYMONTHDAY: rule.monthDays,
    BYYEARDAY: rule.yearDays,
    BYWEEKNO: rule.weeks,
    BYDAY: weekdays,
    BYHOUR: rule.hours,
    BYMINUTE: rule.minutes,
    BYSECOND: rule.seconds,
  };
  return Object.entries(parts)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`)
    .join(";");
}

const year = (date: Date) => date.getUTCFullYear();
const dayOf = (wall: Micros) => Math.floor(wall / DAY);
const dateOf = (day: number) => new Date((day * DAY) / 1000);
const weekdayOf = (day: number) => (dateOf(day).getUTCDay() + 6) % 7;
const firstOf = (year: number, month: number) => Date.UTC(year, month, 1) / 86_400_000;
/** The place of a value among `size`, from its beginning or its end. */
const isListed = (list: readonly number[], place: number, size: number) => list.includes(place) || list.includes(place - size - 1);

/** ISO 8601: the week of a year is that of its Thursday. */
function weekNumber(day: number): number {
  const thursday = day - weekdayOf(day) + 3;
  return Math.floor((thursday - firstOf(year(dateOf(thursday)), 0)) / 7) + 1;
}

function allowsDay(rule: Rule, day: number): boolean {
  const date = dateOf(day);
  const month = date.getUTCMonth();
  const [monthStart, monthEnd] = [firstOf(year(date), month), firstOf(year(date), month + 1)];
  const [yearStart, yearEnd] = [firstOf(year(date), 0), firstOf(year(date) + 1, 0)];
  if (rule.months && !rule.months.includes(month + 1)) return false;
  if (rule.monthDays && !isListed(rule.monthDays, day - monthStart + 1, monthEnd - monthStart)) return false;
  if (rule.yearDays && !isListed(rule.yearDays, day - yearStart + 1, yearEnd - yearStart)) return false;
  if (rule.weeks && !rule.weeks.includes(weekNumber(day))) return false;
  if (!rule.weekdays) return true;
  const isMonthly = rule.freq === "MONTHLY" || rule.months !== undefined;
  const [from, to] = isMonthly ? [monthStart, monthEnd] : [yearStart, yearEnd];
  return rule.weekdays.some(({ day: name, nth }) => {
    if (name !== weekdayOf(day)) return false;
    const place = nth !== undefined && nth < 0 ? -Math.floor((to - 1 - day) / 7) - 1 : Math.floor((day - from) / 7) + 1;
    return nth === undefined || nth === place;
  });
}

/** The rule with what it leaves out and its start says (RFC 5545, 3.3.10). */
function complete(rule: Rule): Rule {
  const date = new Date(rule.start / 1000);
  const isFree = !(rule.weeks ?? rule.yearDays ?? rule.monthDays ?? rule.weekdays);
  const finest = ["SECONDLY", "MINUTELY", "HOURLY"].indexOf(rule.freq);
  return {
    ...rule,
    months: rule.months ?? (isFree && rule.freq === "YEARLY" ? [date.getUTCMonth() + 1] : undefined),
    monthDays: rule.monthDays ?? (isFree && /^(YEAR|MONTH)LY$/.test(rule.freq) ? [date.getUTCDate()] : undefined),
    weekdays: rule.weekdays ?? (isFree && rule.freq === "WEEKLY" ? [{ day: weekdayOf(dayOf(rule.start)) }] : undefined),
    seconds: rule.seconds ?? (finest === 0 ? undefined : [date.getUTCSeconds()]),
    minutes: rule.minutes ?? (finest === 0 || finest === 1 ? undefined : [date.getUTCMinutes()]),
    hours: rule.hours ?? (finest >= 0 ? undefined : [date.getUTCHours()]),
  };
}

const all = (count: number) => Array.from({ length: count }, (_, index) => index);
const UNITS = { HOURLY: HOUR, MINUTELY: MINUTE, SECONDLY: SECOND };

/** The number of the period that a wall time is in. */
function periodOf({ freq }: Rule, wall: Micros): number {
  const date = new Date(wall / 1000);
  switch (freq) {
    case "YEARLY":
      return year(date);
    case "MONTHLY":
      return year(date) * 12 + date.getUTCMonth();
    case "WEEKLY":
      return Math.floor((dayOf(wall) + 3) / 7);
    case "DAILY":
      return dayOf(wall);
    default:
      return Math.floor(wall / UNITS[freq]);
  }
}

/** All wall times of a rule up to a time, by looking at every day, and at every second of it that the lists allow. */
function enumerate(given: Rule, until: Micros): Micros[] {
  const rule = complete(given);
  const first = periodOf(rule, rule.start);
  const periods = new Map<number, Micros[]>();
  // The period of the start is looked at as a whole: positions count from its beginning, but for weeks.
  const firstDay =
    rule.freq === "YEARLY" ? firstOf(year(new Date(rule.start / 1000)), 0) : dayOf(rule.start) - (rule.freq === "MONTHLY" ? 31 : 0);
  for (let day = firstDay; day * DAY <= until; day++) {
    if (!allowsDay(rule, day)) continue;
    for (const hour of rule.hours ?? all(24))
      for (const minute of rule.minutes ?? all(60))
        for (const second of rule.seconds ?? all(60)) {
          const wall = day * DAY + hour * HOUR + minute * MINUTE + second * SECOND;
          const period = periodOf(rule, wall);
          if (period < first || (period - first) % rule.interval !== 0) continue;
          const known = periods.get(period);
          if (known === undefined) periods.set(period, [wall]);
          else known.push(wall);
        }
  }
  const found = [...periods.values()].flatMap((walls) => {
    const sorted = walls.sort((a, b) => a - b);
    return rule.setPos === undefined ? sorted : sorted.filter((_, index) => isListed(rule.setPos ?? [], index + 1, sorted.length));
  });
  const ascending = found.sort((a, b) => a - b).filter((wall) => wall >= rule.start && wall <= (rule.until ?? until));
  return ascending.slice(0, rule.count);
}

const rrule = (text: string, timezone: string): Schedule => ({ kind: "rrule", rrule: text, timezone });
const LIMIT = 400;

function expected(walls: readonly Micros[], zone: string, start: Micros, end: Micros): Micros[] {
  const coming = walls.filter((wall) => firstReading(wall, zone) >= start);
  return readWalls(coming, zone, end, firstReading).slice(0, LIMIT);
}

/** The occurrences, or null for a rule that reaches no time of day. */
function found(text: string, zone: string, start: Micros, end: Micros): Micros[] | null {
  try {
    return instants(expand(rrule(text, zone), { start, end, limit: LIMIT }));
  } catch (error) {
    if (error instanceof ScheduleExpansionError && /empty/.test(error.message)) return null;
    throw error;
  }
}

const some = (min: number, max: number, most = 4) => fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: most });
const signed = (max: number, most?: number) =>
  some(-max, max, most)
    .map((list) => list.map((value) => value || 1))
    .map((list) => [...new Set(list)]);
const maybe = <T>(arbitrary: fc.Arbitrary<T>, freq = 1) => fc.option(arbitrary, { nil: undefined, freq });
const plain = fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 5 }).map((days) => days.map((day) => ({ day })));
const ordinal = (most: number) =>
  fc.array(fc.record({ day: fc.integer({ min: 0, max: 6 }), nth: signed(most, 1).map(([nth]) => nth) }), { minLength: 1, maxLength: 3 });
/** A second of 2023 or 2024, and how long after it the window begins. */
const startIn = fc.integer({ min: time("2023-01-01") / SECOND, max: time("2024-12-31") / SECOND }).map((second) => second * SECOND);
const ends = (longest: number) => ({
  count: maybe(fc.integer({ min: 1, max: 200 })),
  after: maybe(fc.integer({ min: 0, max: longest })),
});

const dayRules = fc.constantFrom("YEARLY" as const, "MONTHLY" as const, "WEEKLY" as const, "DAILY" as const).chain((freq) =>
  fc.record({
    freq: fc.constant(freq),
    interval: fc.integer({ min: 1, max: freq === "YEARLY" ? 2 : 5 }),
    start: startIn,
    setPos: maybe(signed(6, 3)),
    months: maybe(some(1, 12)),
    monthDays: maybe(signed(31, 8)),
    yearDays: maybe(signed(366, 20)),
    weeks: freq === "YEARLY" ? maybe(some(2, 51, 8)) : fc.constant(undefined),
    weekdays: maybe(freq === "YEARLY" ? fc.oneof(plain, ordinal(53)) : freq === "MONTHLY" ? fc.oneof(plain, ordinal(5)) : plain),
    hours: maybe(some(0, 23, 2)),
    minutes: maybe(some(0, 59, 2)),
    seconds: maybe(some(0, 59, 2)),
    ...ends(1000),
  }),
);

const clockRules = fc.constantFrom("HOURLY" as const, "MINUTELY" as const, "SECONDLY" as const).chain((freq) =>
  fc.record({
    freq: fc.constant(freq),
    interval: freq === "SECONDLY" ? fc.integer({ min: 1, max: 1000 }) : fc.integer({ min: 1, max: 100 }),
    start: fc
      .constantFrom(time("2024-03-09"), time("2024-11-02"), time("2024-02-28"))
      .chain((day) => fc.integer({ min: 0, max: 86_399 }).map((s) => day + s * SECOND)),
    setPos: freq === "SECONDLY" ? fc.constant(undefined) : maybe(signed(4, 2)),
    months: maybe(some(1, 12, 8)),
    monthDays: maybe(signed(31, 25)),
    weekdays: maybe(plain),
    // Every second of some days would take long to look at.
    hours: freq === "SECONDLY" ? some(0, 23, 3) : maybe(some(0, 23, 8)),
    minutes: maybe(some(0, 59, 6)),
    seconds: maybe(some(0, 59, 3)),
    ...ends(2),
  }),
);

function checkRule(zone: string, { after, ...parts }: Rule & { after?: number | undefined }, into: number, length: number): void {
  const rule: Rule = { ...parts, until: after === undefined ? undefined : parts.start + after * DAY };
  const start = parts.start + into;
  const end = start + length;
  const text = `DTSTART:${basic(rule.start)}\nRRULE:${ruleText(rule)}`;
  const got = found(text, zone, start, end);
  const walls = enumerate(rule, shown(end, zone) + 2 * DAY);
  if (got === null) expect(walls).toEqual([]);
  else expect(got).toEqual(expected(walls, zone, start, end));
}

describe("a recurrence rule, against looking at every day", () => {
  it("by years, months, weeks and days", () => {
    const days = fc.integer({ min: 0, max: 900 });
    fc.assert(
      fc.property(zones, dayRules, days, days, (zone, rule, into, length) => checkRule(zone, rule, into * DAY, length * DAY)),
      { numRuns: 300 },
    );
  });

  it("by hours, minutes and seconds", () => {
    const minutes = fc.integer({ min: -600, max: 2000 });
    fc.assert(
      fc.property(zones, clockRules, minutes, fc.integer({ min: 0, max: 600 }), (zone, rule, into, length) =>
        checkRule(zone, rule, into * MINUTE, length * MINUTE),
      ),
      { numRuns: 60 },
    );
  });

  it("in sets of rules and dates, less the excluded ones", () => {
    const start = time("2024-01-15T10:30:00");
    const simple = fc.record({
      freq: fc.constantFrom("DAILY" as const, "WEEKLY" as const),
      interval: fc.integer({ min: 1, max: 4 }),
      weekdays: maybe(plain),
      count: maybe(fc.integer({ min: 1, max: 60 })),
    });
    const rules = (minLength: number) =>
      fc.array(
        simple.map((parts): Rule => ({ ...parts, start })),
        { minLength, maxLength: 2 },
      );
    const dates = fc.array(
      fc.integer({ min: -5, max: 100 }).chain((day) => fc.constantFrom(0, 2 * HOUR).map((more) => start + day * DAY + more)),
      { maxLength: 8 },
    );
    const span = fc.tuple(fc.integer({ min: -10, max: 60 }), fc.integer({ min: 0, max: 60 }));
    fc.assert(
      fc.property(zones, rules(0), rules(0), dates, dates, span, (zone, included, excluded, added, left, [into, length]) => {
        fc.pre(included.length + added.length > 0 && excluded.length + left.length + added.length > 0);
        const lines = [
          `DTSTART:${basic(start)}`,
          ...included.map((rule) => `RRULE:${ruleText(rule)}`),
          ...excluded.map((rule) => `EXRULE:${ruleText(rule)}`),
          ...(added.length > 0 ? [`RDATE:${added.map(basic).join(",")}`] : []),
          ...(left.length > 0 ? [`EXDATE:${left.map(basic).join(",")}`] : []),
        ];
        const until = start + 200 * DAY;
        const wallsOf = (rules: Rule[], dates: Micros[]) => new Set([...rules.flatMap((rule) => enumerate(rule, until)), ...dates]);
        const without = wallsOf(excluded, left);
        const walls = [...wallsOf(included, added)].filter((wall) => !without.has(wall)).sort((a, b) => a - b);
        const from = start + into * DAY;
        const end = from + length * DAY;
        expect(found(lines.join("\n"), zone, from, end)).toEqual(expected(walls, zone, from, end));
      }),
      { numRuns: 300 },
    );
  });
});
