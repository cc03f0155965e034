/** An instant: whole microseconds since the Unix epoch, UTC. Past the year 2255, where doubles hold no single ones, whole seconds. */
export type Micros = number;

export const MICROS_PER_SECOND = 1_000_000;

/** The last second of Python's datetime, the end of year 9999. */
export const MAX_MICROS = 253_402_300_799 * MICROS_PER_SECOND;

const pad = (value: number, width: number) => String(value).padStart(width, "0");

/**
 * An instant as Prefect writes it: `2026-01-02T03:04:05.678901+00:00`, without the fraction when it is zero
 * (Python's `datetime.isoformat`).
 */
export function formatTime(at: Micros): string {
  const seconds = Math.floor(at / MICROS_PER_SECOND);
  const fraction = at - seconds * MICROS_PER_SECOND;
  const text = new Date(seconds * 1000).toISOString().slice(0, 19);
  return fraction === 0 ? `${text}+00:00` : `${text}.${pad(fraction, 6)}+00:00`;
}

const DATE = /(?<year>\d{4})(?:-?W(?<week>\d\d)(?:-?(?<weekday>[1-7]))?|-?(?<ordinal>\d{3})|[-/]?(?<month>\d\d)(?:[-/]?(?<day>\d\d))?)?/;
const CLOCK = /(?<hour>\d\d)(?::(?<minute>\d\d)(?::(?<second>\d\d))?|(?<minutes>\d\d)(?<seconds>\d\d)?)?(?:[.,](?<fraction>\d*))?/;
const OFFSET = /(?<offset>Z|[+-]\d\d(?::?\d\d)?)/;
const DATE_TIME = new RegExp(`^${DATE.source}(?:[T ]${CLOCK.source}${OFFSET.source}?)?$`);

/** The first instant of Python's datetime, the start of year 1. */
export const MIN_MICROS = -62_135_596_800 * MICROS_PER_SECOND;

/**
 * Reads an ISO 8601 time as Prefect does (`pendulum.parse`): a date (by month, week or day of the year) and a time of day, in
 * the basic or the extended form, UTC when it has no offset. Gives undefined for what is none; a time of day alone is none here.
 * Times past 2255 lose the fraction of their second.
 */
export function parseTime(text: string): Micros | undefined {
  const parts = DATE_TIME.exec(text)?.groups;
  if (!parts) return undefined;
  const day = dayOf(parts, text);
  const number = (name: string) => Number(parts[name] ?? 0);
  const [hour, minute, second] = [number("hour"), number("minute") + number("minutes"), number("second") + number("seconds")];
  const offset = offsetMinutes(parts.offset);
  if (day === undefined || offset === undefined || hour > 23 || minute > 59 || second > 59) return undefined;
  const seconds = day * 86_400 + hour * 3600 + (minute - offset) * 60 + second;
  const micros = seconds * MICROS_PER_SECOND + Number((parts.fraction ?? "").slice(0, 6).padEnd(6, "0"));
  if (micros < MIN_MICROS || micros > MAX_MICROS + MICROS_PER_SECOND) return undefined;
  return Number.isSafeInteger(micros) ? micros : seconds * MICROS_PER_SECOND;
}

/** Days since the epoch of a date; undefined for one that no calendar has. */
function dayOf(parts: Record<string, string | undefined>, text: string): number | undefined {
  const year = Number(parts.year);
  if (year < 1) return undefined;
  const first = epochDay(year, 1, 1);
  if (parts.week !== undefined) {
    // Week 1 is the one with January 4; the year of a week is that of its Thursday.
    const fourth = first + 3;
    const monday = fourth - ((((fourth + 3) % 7) + 7) % 7) + (Number(parts.week) - 1) * 7;
    const thursdays = epochDay(year + 1, 1, 1);
    return monday + 3 >= first && monday + 3 < thursdays ? monday + Number(parts.weekday ?? 1) - 1 : undefined;
  }
  if (parts.ordinal !== undefined) {
    const day = first + Number(parts.ordinal) - 1;
    return day >= first && day < epochDay(year + 1, 1, 1) ? day : undefined;
  }
  const month = Number(parts.month ?? 1);
  const day = Number(parts.day ?? 1);
  // Six digits alone are a time of day.
  if (parts.month !== undefined && parts.day === undefined && /^\d{6}/.test(text)) return undefined;
  const result = epochDay(year, month, day);
  return month >= 1 && month <= 12 && day >= 1 && result < epochDay(year, month + 1, 1) ? result : undefined;
}

function epochDay(year: number, month: number, day: number): number {
  return new Date(0).setUTCFullYear(year, month - 1, day) / 86_400_000;
}

/** Minutes east of UTC of `Z`, `+hh`, `+hhmm` or `+hh:mm`, 0 for none; undefined for an impossible one. */
function offsetMinutes(text: string | undefined): number | undefined {
  if (text === undefined || text === "Z") return 0;
  const minutes = text.length > 3 ? Number(text.slice(-2)) : 0;
  const total = Number(text.slice(1, 3)) * 60 + minutes;
  if (total >= 24 * 60) return undefined;
  return text.startsWith("-") ? -total : total;
}
