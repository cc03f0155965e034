import { civilDate, greatestCommonDivisor, MICROS_PER_DAY, modulo, weekday } from "./calendar.ts";
import type { RuleDate } from "./rrule-date.ts";
import type { WallMicros } from "./types.ts";

/** A recurrence that dateutil refuses, with Python's message; `kind` is the kind of exception. */
export class RRuleError extends Error {
  readonly kind: "value_error" | "type_error";
  constructor(message: string, kind: "value_error" | "type_error" = "value_error") {
    super(message);
    this.kind = kind;
  }
}

/** Ordered from coarse to fine: rules compare frequencies. */
export const FREQUENCIES = ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"] as const;
export const [YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY, MINUTELY, SECONDLY] = [0, 1, 2, 3, 4, 5, 6] as const;

/** A weekday, Monday 0; `nth` counts from the month's or year's start, or its end when negative. */
export interface RuleWeekday {
  readonly weekday: number;
  readonly nth: number | null;
}

/** The parts of one RRULE or EXRULE line as written. */
export interface RuleParts {
  frequency?: number;
  interval?: number;
  count?: number;
  until?: RuleDate;
  weekStart?: number;
  setPositions?: number[];
  months?: number[];
  monthDays?: number[];
  yearDays?: number[];
  easterOffsets?: number[];
  weekNumbers?: number[];
  weekdays?: RuleWeekday[];
  hours?: number[];
  minutes?: number[];
  seconds?: number[];
}

/** A recurrence rule with its start and what follows from it. Null and empty lists restrict nothing. */
export interface Recurrence {
  readonly frequency: number;
  readonly interval: number;
  readonly count: number | null;
  readonly until: WallMicros | null;
  readonly start: WallMicros;
  readonly weekStart: number;
  readonly setPositions: readonly number[] | null;
  readonly months: readonly number[] | null;
  /** Days of the month; negative ones count from its end. */
  readonly monthDays: readonly number[];
  readonly yearDays: readonly number[] | null;
  readonly easterOffsets: readonly number[] | null;
  readonly weekNumbers: readonly number[] | null;
  readonly weekdays: readonly number[] | null;
  readonly nthWeekdays: readonly { readonly weekday: number; readonly nth: number }[] | null;
  readonly hours: readonly number[] | null;
  readonly minutes: readonly number[] | null;
  readonly seconds: readonly number[] | null;
}

/** The start of rules that name none: it gives them their phase. */
export const DEFAULT_START: RuleDate = { wall: 18_262 * MICROS_PER_DAY, isAware: false };

/**
 * Makes a rule of its parts as dateutil's `rrule(…)` does: what is left out follows from the start. Throws RRuleError.
 * `start` null stands for a rule yet without start, which agrees with any UNTIL.
 */
export function makeRecurrence(parts: RuleParts, start: RuleDate | null): Recurrence {
  const { frequency } = parts;
  if (frequency === undefined) throw new RRuleError("rrule.__init__() missing 1 required positional argument: 'freq'", "type_error");
  if (start !== null && parts.until !== undefined && start.isAware !== parts.until.isAware)
    throw new RRuleError("RRULE UNTIL values must be specified in UTC when DTSTART is timezone-aware");
  if (parts.setPositions?.some((position) => position === 0 || Math.abs(position) > 366))
    throw new RRuleError("bysetpos must be between 1 and 366, or between -366 and -1");
  const startSecond = Math.floor((start ?? DEFAULT_START).wall / 1_000_000);
  const startDay = Math.floor(startSecond / 86_400);
  const date = civilDate(startDay);
  const isDayFree = !(parts.weekNumbers ?? parts.yearDays ?? parts.monthDays ?? parts.weekdays ?? parts.easterOffsets);
  const startMonths = isDayFree && frequency === YEARLY ? [date.month] : null;
  const startMonthDays = isDayFree && frequency <= MONTHLY ? [date.day] : [];
  const weekdays = isDayFree && frequency === WEEKLY ? [{ weekday: weekday(startDay), nth: null }] : parts.weekdays;
  const interval = parts.interval ?? 1;
  const recurrence: Recurrence = {
    frequency,
    interval,
    count: parts.count ?? null,
    until: parts.until?.wall ?? null,
    start: startSecond * 1_000_000,
    weekStart: parts.weekStart ?? 0,
    setPositions: parts.setPositions ?? null,
    months: parts.months ?? startMonths,
    monthDays: parts.monthDays ?? startMonthDays,
    yearDays: parts.yearDays ?? null,
    easterOffsets: parts.easterOffsets ?? null,
    weekNumbers: parts.weekNumbers ?? null,
    ...splitWeekdays(weekdays, frequency),
    hours: clockValues(parts.hours, Math.floor(startSecond / 3600), 24, HOURLY, frequency, interval),
    minutes: clockValues(parts.minutes, Math.floor(startSecond / 60), 60, MINUTELY, frequency, interval),
    seconds: clockValues(parts.seconds, startSecond, 60, SECONDLY, frequency, interval),
  };
  if (frequency < HOURLY) checkTimes(recurrence);
  return recurrence;
}

/** Ordinals count only in months and years; a rule with plain and ordinal weekdays needs days that are both. */
function splitWeekdays(weekdays: readonly RuleWeekday[] | undefined, frequency: number): Pick<Recurrence, "weekdays" | "nthWeekdays"> {
  const plain: number[] = [];
  const ordinal: { weekday: number; nth: number }[] = [];
  for (const { weekday, nth } of weekdays ?? []) {
    if (nth === null || frequency > MONTHLY) plain.push(weekday);
    else ordinal.push({ weekday, nth });
  }
  return { weekdays: plain.length > 0 ? plain : null, nthWeekdays: ordinal.length > 0 ? ordinal : null };
}

/**
 * The allowed hours, minutes or seconds. A coarser rule takes the start's when none are given; a rule of this very frequency
 * keeps those that its interval can reach from the start (`startCount`, in units), and must reach one.
 */
function clockValues(
  given: readonly number[] | undefined,
  startCount: number,
  base: number,
  own: number,
  frequency: number,
  interval: number,
): number[] | null {
  if (given === undefined) return frequency < own ? [modulo(startCount, base)] : null;
  const distinct = [...new Set(given)].sort((a, b) => a - b);
  if (frequency !== own) return distinct;
  const divisor = greatestCommonDivisor(interval, base);
  const reachable = distinct.filter((value) => modulo(value - modulo(startCount, base), divisor) === 0);
  if (reachable.length === 0) throw new RRuleError("Invalid rrule byxxx generates an empty set.");
  return reachable;
}

/** Throws RRuleError for the first time of day that Python's `time(hour, minute, second)` refuses. */
function checkTimes({ hours, minutes, seconds }: Recurrence): void {
  for (const hour of hours ?? [])
    for (const minute of minutes ?? [])
      for (const second of seconds ?? []) {
        if (hour < 0 || hour > 23) throw new RRuleError("hour must be in 0..23");
        if (minute < 0 || minute > 59) throw new RRuleError("minute must be in 0..59");
        if (second < 0 || second > 59) throw new RRuleError("second must be in 0..59");
      }
}
