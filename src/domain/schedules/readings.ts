import type { Micros } from "../time.ts";
import { savingAt } from "./daylight.ts";
import type { Moment, WallMicros } from "./types.ts";
import type { OffsetChange, Zone } from "./zone.ts";

// What a wall time near a change of clocks means to each of the reference's libraries. Elsewhere they agree.

/** The instant of a wall time as `pendulum.datetime` has it: a time in a gap moves forward by the gap, a repeated one is the second. */
export function wallMoment(zone: Zone, wall: WallMicros): Moment {
  const change = zone.changeNearWall(wall);
  if (change === null) return { at: wall - zone.offsetAt(wall), wall };
  const { before, after } = change;
  if (wall < change.at + Math.min(before, after)) return { at: wall - before, wall };
  if (wall < change.at + after) return { at: wall - before, wall: wall - before + after, wanted: wall };
  return { at: wall - after, wall };
}

/**
 * What pendulum makes of an instant when it converts it to a zone (`DateTime.in_tz`). In an overlap it takes standard time for the
 * second of the two, and so swaps them, as an hour's difference, where the first is standard time.
 */
export function convertedMoment(zone: Zone, at: Micros): Moment {
  const moment = zone.moment(at);
  const change = zone.changeNear(at);
  if (change === null || !isRepeated(change, moment.wall)) return moment;
  return { at: moment.wall - (savingAt(zone, at) === 0 ? change.after : change.before), wall: moment.wall };
}

/**
 * The instant of a wall time as dateutil's `tzfile` has it. It places a change of clocks by the standard time of the span before it
 * when the change is between standard and daylight time. So a time in a gap reads by the offset after it and a repeated one is
 * the first; where daylight-saving time is behind standard time the repeated hour is sought an hour late.
 */
export function ruleInstant(zone: Zone, wall: WallMicros): Micros {
  const change = zone.changeNearWall(wall);
  if (change === null) return wall - zone.offsetAt(wall);
  const { at, before, after } = change;
  const [savedBefore, savedAfter] = [savingAt(zone, at - 1), savingAt(zone, at)];
  const isOfSeason = (savedBefore === 0) !== (savedAfter === 0);
  const placedAt = at + (isOfSeason ? before - savedBefore : after - savedBefore);
  return wall - (wall < placedAt + Math.max(0, before - after) ? before : after);
}

/** Whether the clocks never show a wall time around a change. */
export function isSkipped({ at, before, after }: OffsetChange, wall: WallMicros): boolean {
  return wall >= at + before && wall < at + after;
}

/** Whether the clocks show a wall time twice around a change. */
export function isRepeated({ at, before, after }: OffsetChange, wall: WallMicros): boolean {
  return wall >= at + after && wall < at + before;
}
