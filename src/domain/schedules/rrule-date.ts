import { MICROS_PER_SECOND } from "../time.ts";
import { dayNumber, MICROS_PER_DAY, monthLength } from "./calendar.ts";
import { RRuleError } from "./recurrence.ts";
import type { WallMicros } from "./types.ts";

/** A date of a recurrence text: its wall time, and whether it named an offset. The offset itself never counts. */
export interface RuleDate {
  readonly wall: WallMicros;
  readonly isAware: boolean;
}

const DAY = String.raw`(?:(\d{4})(\d{2})(\d{2})|(\d{4})(?:[-/](\d{1,2})[-/]|\.(\d{1,2})\.)(\d{1,2}))`;
const CLOCK = String.raw`(\d{2})(?::?(\d{2})(?::?(\d{2})(?:[.,](\d+))?)?)?`;
const OFFSET = String.raw`(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)`;
const DATE = new RegExp(`^${DAY}(?:T|T?${CLOCK}${OFFSET}?)?$`);

/**
 * Reads the dates of recurrence texts, such as `20240115T090000Z`: the ISO-like forms of those that dateutil's parser takes.
 * Throws RRuleError with the parser's message.
 */
export function parseRuleDate(text: string): RuleDate {
  if (text === "") throw new RRuleError("String does not contain a date: ");
  const match = DATE.exec(text);
  if (match === null) throw new RRuleError(`Unknown string format: ${text}`);
  const number = (index: number) => Number(match[index] ?? 0);
  // The month between points has a place of its own: one of the two is there.
  const [year, month, day] = match[1] === undefined ? [number(4), number(5) + number(6), number(7)] : [number(1), number(2), number(3)];
  const [hour, minute, second] = [number(8), number(9), number(10)];
  if (year < 1) throw new RRuleError(`year ${year} is out of range: ${text}`);
  if (month < 1 || month > 12) throw new RRuleError(`month must be in 1..12: ${text}`);
  if (day < 1 || day > monthLength(year, month)) throw new RRuleError(`day is out of range for month: ${text}`);
  if (hour > 23) throw new RRuleError(`hour must be in 0..23: ${text}`);
  if (minute > 59) throw new RRuleError(`minute must be in 0..59: ${text}`);
  if (second > 59) throw new RRuleError(`second must be in 0..59: ${text}`);
  const seconds = hour * 3600 + minute * 60 + second;
  const micros = Number((match[11] ?? "").slice(0, 6).padEnd(6, "0"));
  return {
    wall: dayNumber(year, month, day) * MICROS_PER_DAY + seconds * MICROS_PER_SECOND + micros,
    isAware: match[12] !== undefined,
  };
}
