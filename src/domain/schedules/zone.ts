import { MICROS_PER_SECOND, type Micros } from "../time.ts";
import { dayNumber, MICROS_PER_DAY } from "./calendar.ts";
import type { Moment, WallMicros } from "./types.ts";

/** The span over which a zone's offset does not change, as far as it is known. */
interface Steady {
  readonly from: Micros;
  readonly until: Micros;
  readonly offset: Micros;
}

/** How a wall time that does not exist, or exists twice, becomes an instant. */
export interface WallReading {
  /** A time in a gap moves `forward` (reads by the offset before the gap) or `backward` (by the offset after it). */
  readonly gap: "forward" | "backward";
  readonly overlap: "first" | "second";
}

const CHUNK = 512 * MICROS_PER_DAY;
/** Offsets of a zone never change twice within this time. */
const PROBE = 8 * MICROS_PER_DAY;

/** A time zone of the IANA database, on `Intl`. What was asked of `Intl` is kept: it is a thousand times slower than arithmetic. */
export class Zone {
  private readonly clock: Intl.DateTimeFormat;
  private readonly chunks = new Map<number, Steady[]>();
  private last: Steady = { from: 0, until: 0, offset: 0 };

  /** Takes a zone name that `Intl` knows; throws RangeError for others. */
  constructor(name: string) {
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
    if (at >= this.last.from && at < this.last.until) return this.last.offset;
    const index = Math.floor(at / CHUNK);
    let chunk = this.chunks.get(index);
    if (chunk === undefined) {
      chunk = this.survey(index * CHUNK, (index + 1) * CHUNK);
      this.chunks.set(index, chunk);
    }
    const steady = chunk.find(({ until }) => at < until);
    if (steady !== undefined) this.last = steady;
    return this.last.offset;
  }

  /** The instant with its wall time in this zone. */
  moment(at: Micros): Moment {
    return { at, wall: at + this.offsetAt(at) };
  }

  /** The instant of a wall time. The moment's own wall time differs from `wall` when that is in a gap. */
  momentOfWall(wall: WallMicros, reading: WallReading): Moment {
    const { from, until, offset } = this.last;
    // A day away from any change the wall time can mean one instant only.
    if (wall - offset >= from + MICROS_PER_DAY && wall - offset < until - MICROS_PER_DAY) return { at: wall - offset, wall };
    const before = this.offsetAt(wall - MICROS_PER_DAY);
    const after = this.offsetAt(wall + MICROS_PER_DAY);
    if (before === after) return { at: wall - before, wall };
    const isBefore = this.offsetAt(wall - before) === before;
    const isAfter = this.offsetAt(wall - after) === after;
    if (isBefore && isAfter) return { at: wall - (reading.overlap === "first" ? before : after), wall };
    if (isBefore) return { at: wall - before, wall };
    if (isAfter) return { at: wall - after, wall };
    return this.moment(wall - (reading.gap === "forward" ? before : after));
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

function wallText(wall: WallMicros): string {
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
