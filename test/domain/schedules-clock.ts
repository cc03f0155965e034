import fc from "fast-check";
import type { Occurrence } from "../../src/domain/schedules/types.ts";
import { type Micros, parseTime } from "../../src/domain/time.ts";

// A second clock for the tests of schedules: it asks the platform at every question and shares nothing with the code under test.

export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Zones whose clocks change by an hour, by half an hour, at odd offsets, and never. */
export const ZONES = [
  "America/New_York",
  "Europe/Berlin",
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "America/St_Johns",
  "America/Santiago",
  "Asia/Kathmandu",
  "UTC",
];
export const zones = fc.constantFrom(...ZONES);

export const time = (text: string): Micros => parseTime(text) ?? Number.NaN;

/** A wall time or an instant of UTC in the basic form of recurrence rules. */
export const basic = (wall: Micros) => new Date(wall / 1000).toISOString().replace(/[-:]|\.\d{3}Z/g, "");

export const instants = (occurrences: readonly Occurrence[]) => occurrences.map(({ at }) => at);

const clocks = new Map<string, Intl.DateTimeFormat>();

/** What a clock of the zone shows at an instant, as an instant of UTC. */
export function shown(at: Micros, timeZone: string): Micros {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", dateStyle: "short", timeStyle: "medium" });
    clocks.set(timeZone, clock);
  }
  const parts = Object.fromEntries(clock.formatToParts(Math.floor(at / 1000)).map(({ type, value }) => [type, Number(value)]));
  const { month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0 } = parts;
  const whole = Date.UTC(2000 + year, month - 1, day, hour, minute, second) * 1000;
  return whole + (((at % SECOND) + SECOND) % SECOND);
}

/** The offset from UTC at an instant. */
export const offset = (at: Micros, zone: string) => shown(at, zone) - at;

/** The offsets that are in force a day before and a day after a wall time. */
const offsetsAround = (wall: Micros, zone: string) => [offset(wall - DAY, zone), offset(wall + DAY, zone)] as const;

/** The instants at which a clock of the zone shows a wall time: two in an overlap, none in a gap. */
export function instantsOf(wall: Micros, zone: string): Micros[] {
  const found = new Set(offsetsAround(wall, zone).map((ahead) => wall - ahead));
  return [...found].filter((at) => shown(at, zone) === wall).sort((a, b) => a - b);
}

/** The instant of a wall time by its last reading; one that is skipped is read by the offset before the gap. */
export const lastReading = (wall: Micros, zone: string): Micros => instantsOf(wall, zone).at(-1) ?? wall - offsetsAround(wall, zone)[0];

/** The instant of a wall time by its first reading; one that is skipped is read by the offset after the gap. */
export const firstReading = (wall: Micros, zone: string): Micros => instantsOf(wall, zone)[0] ?? wall - offsetsAround(wall, zone)[1];

/** Whether the zone's clocks keep their offset from a day before an instant to a day after it. */
export const isQuiet = (at: Micros, zone: string) => new Set([at - DAY, at, at + DAY].map((near) => offset(near, zone))).size === 1;

/** The changes of a zone's clocks in 2023 to 2026, to the hour; empty for a zone without. */
const changes = new Map(
  ZONES.map((zone) => {
    const found: Micros[] = [];
    for (let at = time("2023-01-01"); at < time("2027-01-01"); at += DAY)
      if (offset(at, zone) !== offset(at + DAY, zone))
        for (let hour = at; hour < at + DAY; hour += HOUR) if (offset(hour, zone) !== offset(hour + HOUR, zone)) found.push(hour + HOUR);
    return [zone, found] as const;
  }),
);

/** An instant of 2023 to 2026, in whole seconds; every other one close before or after a change of the zone's clocks. */
export function instantIn(zone: string): fc.Arbitrary<Micros> {
  const anywhere = fc.integer({ min: time("2023-01-01") / SECOND, max: time("2027-01-01") / SECOND }).map((seconds) => seconds * SECOND);
  const known = changes.get(zone) ?? [];
  if (known.length === 0) return anywhere;
  const near = fc
    .tuple(fc.constantFrom(...known), fc.integer({ min: -6 * 60, max: 3 * 60 }))
    .map(([change, minutes]) => change + minutes * MINUTE);
  return fc.oneof(near, anywhere);
}

/**
 * What an expansion gives of the wall times that a schedule names, in order: those up to the window's end, by a reading of them,
 * each shown time once, ascending.
 */
export function readWalls(wanted: Iterable<Micros>, zone: string, end: Micros, reading: (wall: Micros, zone: string) => Micros): Micros[] {
  const found = new Map<Micros, Micros>();
  const last = shown(end, zone);
  for (const wall of wanted) {
    const at = reading(wall, zone);
    const seen = shown(at, zone);
    if (seen > last) break;
    if (!found.has(seen)) found.set(seen, at);
  }
  return [...found].sort(([a], [b]) => a - b).map(([, at]) => at);
}
