import { MICROS_PER_SECOND, type Micros } from "../time.ts";
import { distinctMoments, occurrence, zoneOf } from "./expand.ts";
import { isRepeated, isSkipped } from "./readings.ts";
import type { ExpansionWindow, Moment, Occurrence, Schedule, WallMicros } from "./types.ts";
import { wallText, type Zone } from "./zone.ts";

/**
 * What a change of clocks does to an occurrence. `gap`: the schedule names a local time that the clocks skip, and the occurrence is
 * `shiftSeconds` later (earlier when negative). `overlap`: the clocks show its local time twice; it occurs at the one, not at `otherAt`.
 */
export type ClockNote =
  | { readonly kind: "gap"; readonly localTime: string; readonly shiftSeconds: number }
  | { readonly kind: "overlap"; readonly localTime: string; readonly taken: "first" | "second"; readonly otherAt: Micros };

export interface NotedOccurrence extends Occurrence {
  readonly note: ClockNote | null;
}

/** The occurrences that `expand` gives, each with what a change of clocks does to it. Throws ScheduleExpansionError. */
export function previewOccurrences(schedule: Schedule, window: ExpansionWindow): NotedOccurrence[] {
  const zone = zoneOf(schedule);
  // A skipped local time may be moved to one that occurs anyhow.
  const merged = new Map<WallMicros, Moment>();
  const moments = [...distinctMoments(schedule, window, (moment) => merged.set(moment.wall, moment))];
  return moments
    .sort((a, b) => a.wall - b.wall)
    .map((moment) => ({
      ...occurrence(moment),
      note: gapNote(zone, moment) ?? gapNote(zone, merged.get(moment.wall)) ?? overlapNote(zone, moment),
    }));
}

function gapNote(zone: Zone, moment: Moment | undefined): ClockNote | null {
  if (moment?.wanted === undefined) return null;
  const change = zone.changeNearWall(moment.wanted);
  if (change === null || !isSkipped(change, moment.wanted)) return null;
  return { kind: "gap", localTime: wallText(moment.wanted), shiftSeconds: (moment.wall - moment.wanted) / MICROS_PER_SECOND };
}

function overlapNote(zone: Zone, { at, wall }: Moment): ClockNote | null {
  const change = zone.changeNearWall(wall);
  if (change === null || !isRepeated(change, wall)) return null;
  const [first, second] = [wall - change.before, wall - change.after];
  const [taken, otherAt] = at === first ? (["first", second] as const) : (["second", first] as const);
  return { kind: "overlap", localTime: wallText(wall), taken, otherAt };
}
