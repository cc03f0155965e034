import { MICROS_PER_SECOND, type Micros } from "../time.ts";
import { dayNumber, MICROS_PER_DAY } from "./calendar.ts";
import type { Moment, WallMicros } from "./types.ts";

/** A span over which a zone's offset does not change, as far as it is known. */
export interface Steady {
  readonly from: Micros;
  readonly until: Micros;
  readonly offset: Micros;
}

/** A change of a zone's offset: clocks are set forward (a gap in wall time) or back (an overlap). */
export interface OffsetChange {
  readonly at: Micros;
  readonly before: Micros;
  readonly after: Micros;
}

const CHUNK = 512 * MICROS_PER_DAY;
/** Offsets of a zone never change twice within this time. */
const PROBE = 8 * MICROS_PER_DAY;

/** A time zone of the IANA database, on `Intl`. What was asked of `Intl` is kept: it is a thousand times slower than arithmetic. */
export class Zone {
  readonly name: string;
  private readonly clock: Intl.DateTimeFormat;
  private readonly chunks = new Map<number, Steady[]>();
  private last: Steady = { from: 0, until: 0, offset: 0 };

  /** Takes a zone name that `Intl` knows; throws RangeError for others. */
  constructor(name: string) {
    this.name = name;
    this.clock = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  }

  /** The offset from UTC at an instant, in microseconds, positive east of Greenwich. */
  offsetAt(at: Micros): Micros {
    return at >= this.last.from && at < this.last.until ? this.last.offset : this.steadyAt(at).offset;
  }

  /** The instant with its wall time in this zone. */
  moment(at: Micros): Moment {
    return { at, wall: at + this.offsetAt(at) };
  }

  /** The change of offset less than a day away from an instant, or null. */
  changeNear(at: Micros): OffsetChange | null {
    const { from, until } = this.last;
    if (at >= from + MICROS_PER_DAY && at <= until - MICROS_PER_DAY) return null;
    return this.changeBetween(at - MICROS_PER_DAY, at + MICROS_PER_DAY);
  }

  /** The change of offset that decides what a wall time means, or null when it means one instant whatever the reading. */
  changeNearWall(wall: WallMicros): OffsetChange | null {
    const { from, until, offset } = this.last;
    if (wall - offset >= from + MICROS_PER_DAY && wall - offset <= until - MICROS_PER_DAY) return null;
    return this.changeBetween(wall - MICROS_PER_DAY, wall + MICROS_PER_DAY);
  }

  /** The steady span around an instant; it may be cut where more than 512 days are known. */
  spanAt(at: Micros): Steady {
    let { from, until, offset } = this.steadyAt(at);
    const earlier = this.steadyAt(from - 1);
    if (earlier.offset === offset) from = earlier.from;
    const later = this.steadyAt(until);
    if (later.offset === offset) until = later.until;
    return { from, until, offset };
  }

  /** The first change of offset in [from, to], or null. */
  private changeBetween(from: Micros, to: Micros): OffsetChange | null {
    let { until, offset } = this.steadyAt(from);
    while (until <= to) {
      const next = this.steadyAt(until);
      if (next.offset !== offset) return { at: until, before: offset, after: next.offset };
      until = next.until;
    }
    return null;
  }

  private steadyAt(at: Micros): Steady {
    if (at >= this.last.from && at < this.last.until) return this.last;
    const index = Math.floor(at / CHUNK);
    let chunk = this.chunks.get(index);
    if (chunk === undefined) {
      chunk = this.survey(index * CHUNK, (index + 1) * CHUNK);
      this.chunks.set(index, chunk);
    }
    this.last = chunk.find(({ until }) => at < until) ?? this.last;
    return this.last;
  }

  private survey(from: Micros, until: Micros): Steady[] {
    const found: Steady[] = [];
    let start = from;
    let offset = this.ask(from);
    for (let low = from; low < until; low += PROBE) {
      const high = Math.min(low + PROBE, until);
      if (this.ask(high) === offset) continue;
      const change = this.findChange(low, high, offset);
      found.push({ from: start, until: change, offset });
      start = change;
      offset = this.ask(change);
    }
    if (start < until) found.push({ from: start, until, offset });
    return found;
  }

  /** The first whole second after `low` with another offset, knowing that `high` has one. */
  private findChange(low: Micros, high: Micros, offset: Micros): Micros {
    let same = low / MICROS_PER_SECOND;
    let other = high / MICROS_PER_SECOND;
    while (other - same > 1) {
      const middle = Math.floor((same + other) / 2);
      if (this.ask(middle * MICROS_PER_SECOND) === offset) same = middle;
      else other = middle;
    }
    return other * MICROS_PER_SECOND;
  }

  private ask(at: Micros): Micros {
    const seconds = Math.floor(at / MICROS_PER_SECOND);
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = this.clock
      .format(seconds * 1000)
      .split(/\D+/)
      .map(Number);
    return (dayNumber(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - seconds) * MICROS_PER_SECOND;
  }
}

const zones = new Map<string, Zone>();

/** The zone of a name, made once. Throws RangeError for a name that `Intl` does not know. */
export function zoneNamed(name: string): Zone {
  let zone = zones.get(name);
  if (zone === undefined) {
    zone = new Zone(name);
    zones.set(name, zone);
  }
  return zone;
}

/** A moment as Python's `datetime.isoformat` writes it, with the zone's offset: `2024-03-10T09:00:00-04:00`. */
export function momentText({ at, wall }: Moment): string {
  return wallText(wall) + offsetText(wall - at);
}

/** A wall time in ISO 8601, without an offset. */
export function wallText(wall: WallMicros): string {
  const text = new Date(Math.floor(wall / 1000)).toISOString();
  const micros = wall - Math.floor(wall / MICROS_PER_SECOND) * MICROS_PER_SECOND;
  return micros === 0 ? text.slice(0, 19) : `${text.slice(0, 19)}.${String(micros).padStart(6, "0")}`;
}

function offsetText(offset: Micros): string {
  const seconds = Math.abs(offset) / MICROS_PER_SECOND;
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (seconds % 60 !== 0) parts.push(seconds % 60);
  return (offset < 0 ? "-" : "+") + parts.map((part) => String(part).padStart(2, "0")).join(":");
}
