import { MAX_MICROS, MICROS_PER_SECOND, MIN_MICROS, type Micros } from "../time.ts";

export type TimeUnit = "week" | "day" | "hour" | "minute" | "second";

const SECONDS: Record<TimeUnit, number> = { week: 604_800, day: 86_400, hour: 3600, minute: 60, second: 1 };
const MAX_SPANS = 1000;
/** Spans are counted from here: 2024-04-01, a Monday (Prefect's PIVOT_DATETIME). */
const PIVOT: Micros = Date.UTC(2024, 3, 1) * 1000;

export interface TimeSpans {
  pivot: Micros;
  length: Micros;
  /** The number of the first span, counted from the pivot. */
  first: number;
  starts: Micros[];
}

/**
 * Cuts a time into spans of `interval` units; the last one reaches the end of the time, or of the unit that is now. Gives a text for
 * what would be too many, and for spans that begin or end outside the calendar.
 */
export function timeSpans(
  { since, until }: { since: Micros; until: Micros },
  unit: TimeUnit,
  interval: number,
  now: Micros,
): TimeSpans | string {
  const length = Math.round(SECONDS[unit] * interval * MICROS_PER_SECOND);
  const wanted = Math.ceil((until - since) / length);
  if (wanted > MAX_SPANS) {
    return `The given interval would create ${wanted} buckets, which is too many. Please increase the interval or reduce the time range to produce ${MAX_SPANS} buckets or fewer.`;
  }
  const end = until > now ? endOf(unit, now) : until;
  const first = Math.floor((since - PIVOT) / length);
  if (PIVOT + first * length < MIN_MICROS || end + length > MAX_MICROS) {
    return "The given interval reaches beyond the times there are. Please reduce the interval.";
  }
  const starts: Micros[] = [];
  for (let start = PIVOT + first * length; start < end; start += length) starts.push(start);
  return { pivot: PIVOT, length, first, starts };
}

/** The last instant of the unit that a time lies in; a week begins on Monday, as the pivot does. */
function endOf(unit: TimeUnit, at: Micros): Micros {
  const length = SECONDS[unit] * MICROS_PER_SECOND;
  return PIVOT + (Math.floor((at - PIVOT) / length) + 1) * length - 1;
}
