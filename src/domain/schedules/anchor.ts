import { formatTime, MICROS_PER_SECOND, type Micros } from "../time.ts";
import { civilDate, dayNumber, MICROS_PER_DAY, monthLength, weekday, yearLength } from "./calendar.ts";
import { momentText } from "./zone.ts";

/** An anchor date: the instant, and its text with the offset it was given by. */
export interface Anchor {
  readonly at: Micros;
  readonly text: string;
}

/** The anchor of a schedule that names none: now. */
export function anchorAt(now: Micros): Anchor {
  return { at: now, text: formatTime(now) };
}

const BARE_DATE = /^(\d{4})[/:]?(\d{2})[/:]?(\d{2})$/;
const CALENDAR_DATES = [/^(\d{4})-(\d{2})-(\d{2})$/, /^(\d{4})-(\d{2})$/, /^(\d{4})$/, BARE_DATE];
const ORDINAL_DATE = /^(\d{4})-?(\d{3})$/;
const WEEK_DATE = /^(\d{4})(-?)W(\d{2})(?:\2(\d))?$/;
const TIME = /^(\d{2})(?:(:?)(\d{2})(?:\2(\d{2}))?)?(?:[.,](\d*))?(Z|[+-]\d{2}(?::?\d{2})?)?$/;
// Six digits without separators may be a time, as long as they could be a year and month.
const CLOCK_ALONE = /^\d{1,2}:\d{1,2}(?::\d{1,2}(?:[.,]\d+)?)?$|^\d{4}(?:0[1-9]|1[0-2])$/;

/**
 * Reads an anchor date as pendulum 2 does: ISO 8601 (calendar, ordinal and week dates), `YYYY/MM/DD`, a clock time of today,
 * or `now`; naive text is UTC. Gives undefined where pendulum raises, and for offsets that no zone has.
 */
export function parseAnchor(text: string, now: Micros): Anchor | undefined {
  if (text === "now") return anchorAt(now);
  const today = Math.floor(now / MICROS_PER_DAY);
  const [, dateText = "", timeText] = /^([^T ]*)(?:[T ](.*))?$/s.exec(text) ?? [];
  const day = dayOf(dateText);
  if (day !== undefined) return timeText === undefined ? anchorOf(day, 0, 0) : withTime(day, timeText);
  const isClock = timeText === undefined && CLOCK_ALONE.test(text);
  return isClock ? withTime(today, text.replaceAll(/(?<![\d.,])\d(?!\d)/g, "0$&")) : undefined;
}

/** What Python finds wrong with an anchor date without dashes, which pendulum leaves to it; null for all other texts. */
export function whyNoDate(text: string): string | null {
  const [, year, month] = (BARE_DATE.exec(text) ?? []).map(Number);
  if (year === undefined || month === undefined) return null;
  if (year === 0) return "year 0 is out of range";
  return month >= 1 && month <= 12 ? "day is out of range for month" : "month must be in 1..12";
}

function withTime(day: number, text: string): Anchor | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [hour, minute, second] = [Number(match[1]), Number(match[3] ?? 0), Number(match[4] ?? 0)];
  const offset = offsetOf(match[6] ?? "Z");
  if (hour > 23 || minute > 59 || second > 59 || Math.abs(offset) >= MICROS_PER_DAY) return undefined;
  const micros = Number((match[5] ?? "").slice(0, 6).padEnd(6, "0"));
  return anchorOf(day, (hour * 3600 + minute * 60 + second) * MICROS_PER_SECOND + micros, offset);
}

function anchorOf(day: number, timeOfDay: Micros, offset: Micros): Anchor {
  const wall = day * MICROS_PER_DAY + timeOfDay;
  return { at: wall - offset, text: momentText({ at: wall - offset, wall }) };
}

function offsetOf(text: string): Micros {
  if (text === "Z") return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.length > 3 ? text.slice(-2) : 0);
  return (text.startsWith("-") ? -minutes : minutes) * 60 * MICROS_PER_SECOND;
}

function dayOf(text: string): number | undefined {
  for (const form of CALENDAR_DATES) {
    const match = form.exec(text);
    if (match === null) continue;
    const [year, month, day] = [Number(match[1]), Number(match[2] ?? 1), Number(match[3] ?? 1)];
    const isDate = year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= monthLength(year, month);
    return isDate ? dayNumber(year, month, day) : undefined;
  }
  const [, ordinalYear, ordinal] = (ORDINAL_DATE.exec(text) ?? []).map(Number);
  if (ordinalYear !== undefined && ordinal !== undefined)
    return ordinal >= 1 && ordinal <= yearLength(ordinalYear) ? dayNumber(ordinalYear, 1, ordinal) : undefined;
  const week = WEEK_DATE.exec(text);
  return week === null ? undefined : weekDay(Number(week[1]), Number(week[3]), Number(week[4] ?? 1));
}

/** The day of an ISO 8601 week date: week 1 is the one with 4 January, and day 0 the Sunday before, as pendulum takes it. */
function weekDay(year: number, week: number, day: number): number | undefined {
  const fourth = dayNumber(year, 1, 4);
  const monday = fourth - weekday(fourth) + (week - 1) * 7;
  const isWeek = week >= 1 && civilDate(monday + 3).year === year && day <= 7;
  return isWeek ? monday + day - 1 : undefined;
}
