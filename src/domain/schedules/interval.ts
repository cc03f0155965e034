import { MICROS_PER_SECOND, type Micros } from "../time.ts";
import { MICROS_PER_DAY } from "./calendar.ts";
import { type IntervalSchedule, type Moment, ScheduleExpansionError } from "./types.ts";
import type { WallReading, Zone } from "./zone.ts";

/** The end of Python's calendar, 9999-12-31. */
const LAST_MOMENT = 253_402_300_800 * MICROS_PER_SECOND;

const READING: WallReading = { gap: "forward", overlap: "second" };

/**
 * The moments of an interval schedule from `start` on, without end. The first is a whole number of intervals of elapsed time
 * from the anchor; from it on, intervals of a day or more keep to the wall clock and shorter ones to elapsed time
 * (`IntervalSchedule.get_dates`). In an overlap a repeated wall time comes twice: the reader drops it.
 * Throws ScheduleExpansionError past the year 9999.
 */
export function* intervalMoments(schedule: IntervalSchedule, zone: Zone, start: Micros): Generator<Moment> {
  const interval = Math.round(schedule.intervalSeconds * MICROS_PER_SECOND);
  const startWall = zone.moment(start).wall;
  const passed = Math.trunc((start - schedule.anchorAt) / MICROS_PER_SECOND / schedule.intervalSeconds);
  let moment = zone.moment(schedule.anchorAt + passed * interval);
  const following = ({ at, wall }: Moment) => {
    if (wall + interval >= LAST_MOMENT) throw new ScheduleExpansionError("date value out of range");
    return interval < MICROS_PER_DAY ? zone.moment(at + interval) : zone.momentOfWall(wall + interval, READING);
  };
  while (moment.wall < startWall) {
    // Short intervals are skipped many at a time: the clocks may have been set back by an hour of them.
    const skipped = Math.floor((startWall - moment.wall) / interval);
    moment = skipped > 1 && interval < MICROS_PER_DAY ? zone.moment(moment.at + skipped * interval) : following(moment);
  }
  while (true) {
    yield moment;
    moment = following(moment);
  }
}
