/** An instant: whole microseconds since the Unix epoch, UTC. Exact up to the year 2255. */
export type Micros = number;

export const MICROS_PER_SECOND = 1_000_000;

/** The last instant a `Micros` can hold, and a time Python's datetime can hold too. */
const MAX_MICROS = Number.MAX_SAFE_INTEGER;

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

const DATE_TIME = /^(\d{4})-(\d{1,2})-(\d{1,2})[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,6})\d{0,6})?)?(Z|[+-]\d{2}(?::?\d{2})?)?$/i;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** Numbers above this are read as milliseconds, then microseconds, then nanoseconds (pydantic's watershed). */
const WATERSHED = 2e10;

/**
 * Reads a time as pydantic v1's `parse_datetime` does: ISO 8601 text (naive text is UTC) or a Unix number.
 * Gives undefined where that raises. Times past 2255 are held to the microsecond nearest.
 */
export function parseTime(value: string | number): Micros | undefined {
  if (typeof value === "number" || NUMBER.test(value)) {
    let seconds = Number(value);
    if (!Number.isFinite(seconds)) return undefined;
    while (Math.abs(seconds) > WATERSHED) seconds /= 1000;
    return Math.round(seconds * MICROS_PER_SECOND);
  }
  const match = DATE_TIME.exec(value);
  if (!match) return undefined;
  const [year, month, day, hour, minute] = match.slice(1, 6).map(Number) as [number, number, number, number, number];
  const second = Number(match[6] ?? 0);
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59 || year < 1) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (day < 1 || date.getUTCDate() !== day) return undefined;
  date.setUTCHours(hour, minute, second);
  const offset = offsetMinutes(match[8]);
  if (offset === undefined) return undefined;
  const micros = (date.getTime() / 1000 - offset * 60) * MICROS_PER_SECOND + Number((match[7] ?? "").padEnd(6, "0"));
  return Math.min(micros, MAX_MICROS);
}

/** Minutes east of UTC of `Z`, `+hh`, `+hhmm` or `+hh:mm`; undefined for an impossible one. */
function offsetMinutes(text: string | undefined): number | undefined {
  if (text === undefined || text.toUpperCase() === "Z") return 0;
  const minutes = text.length > 3 ? Number(text.slice(-2)) : 0;
  const total = Number(text.slice(1, 3)) * 60 + minutes;
  if (total >= 24 * 60) return undefined;
  return text.startsWith("-") ? -total : total;
}
