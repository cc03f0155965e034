import type { Micros } from "../time.ts";
import { dayNumber, MICROS_PER_DAY, modulo } from "./calendar.ts";
import type { Steady, Zone } from "./zone.ts";

/** Daylight-saving time comes with a season; longer spans are a new standard time. */
const LONGEST_SEASON = 310 * MICROS_PER_DAY;

const ALWAYS = Number.NEGATIVE_INFINITY;

/**
 * The zones whose daylight-saving time is behind their standard time, and since when: Irish winters, Ramadan in Morocco. The
 * zone database says so (its column SAVE is negative); `Intl` has no such knowledge.
 */
const NEGATIVE_SAVING: ReadonlyMap<string, Micros> = new Map([
  ["Europe/Dublin", ALWAYS],
  ["Eire", ALWAYS],
  ["Africa/Windhoek", ALWAYS],
  ["Africa/Casablanca", dayNumber(2018, 10, 28) * MICROS_PER_DAY],
  ["Africa/El_Aaiun", dayNumber(2018, 10, 28) * MICROS_PER_DAY],
]);

/**
 * What is saved at an instant, in microseconds: 0 in standard time, negative where daylight-saving time is behind it. Told from
 * the offsets: a season between two spans that are both behind it (or both ahead, in zones of negative saving) is daylight time.
 */
export function savingAt(zone: Zone, at: Micros): Micros {
  const span = zone.spanAt(at);
  if (span.until - span.from >= LONGEST_SEASON) return 0;
  const earlier = aheadOf(span.offset, zone, span.from - 1, (other) => other.from - 1);
  const later = aheadOf(span.offset, zone, span.until, (other) => other.until);
  const isNegative = at >= (NEGATIVE_SAVING.get(zone.name) ?? Number.POSITIVE_INFINITY);
  const isSeason = isNegative ? earlier < 0 && later < 0 : earlier > 0 && later > 0;
  return isSeason ? earlier : 0;
}

/** How far an offset is ahead of that at another instant; a zone that only changes sides of the date line keeps its season. */
function aheadOf(offset: Micros, zone: Zone, at: Micros, beyond: (span: Steady) => Micros): Micros {
  const ahead = clockDistance(offset, zone.offsetAt(at));
  return ahead === 0 ? clockDistance(offset, zone.offsetAt(beyond(zone.spanAt(at)))) : ahead;
}

/** The difference of two offsets on a clock's face. */
function clockDistance(a: Micros, b: Micros): Micros {
  return modulo(a - b + MICROS_PER_DAY / 2, MICROS_PER_DAY) - MICROS_PER_DAY / 2;
}
