import { MICROS_PER_SECOND, type Micros } from "../time.ts";
import { MICROS_PER_DAY } from "./calendar.ts";
import { convertedMoment, wallMoment } from "./readings.ts";
import { type IntervalSchedule, type Moment, ScheduleExpansionError } from "./types.ts";
import type { Zone } from "./zone.ts";

/** The end of Python's calendar, 9999-12-31. */
const LAST_MOMENT = 253_402_300_800 * MICROS_PER_SECOND;

/**
 * The moments of an interval schedule from `start` on, without end. The first is a whole number of intervals of elapsed time
 * from the anchor; from it on, intervals of a day or more keep to the wall clock and shorter ones to elapsed time
 * (`IntervalSchedule.get_dates`). In an overlap a repeated wall time comes twice: the reader drops it.
 * Throws ScheduleExpansionError past the year 9999.
 */
export function* intervalMoments(schedule: IntervalSchedule, zone: Zone, start: Micros): Generator<Moment> {
  const interval = Math.round(schedule.intervalSeconds * MICROS_PER_SECOND);
  const [from, anchor] = [convertedMoment(zone, start), convertedMoment(zone, schedule.anchorAt)];
  const passed = Math.trunc((from.at - anchor.at) / MICROS_PER_SECOND / schedule.intervalSeconds);
  let moment = convertedMoment(zone, anchor.at + passed * interval);
  const following = ({ at, wall }: Moment) => {
    if (wall + interval >= LAST_MOMENT) throw new ScheduleExpansionError("date value out of range");
    return interval < MICROS_PER_DAY ? convertedMoment(zone, at + interval) : wallMoment(zone, wall + interval);
  };
  while (moment.wall < from.wall) {
    // Clocks may have been set back by an hour of intervals: tiny ones are skipped at once.
    const skipped = moment.at > start ? Math.floor((from.wall - moment.wall) / interval) : 0;
    moment = skipped > 0 ? convertedMoment(zone, moment.at + skipped * interval) : following(moment);
  }
  while (true) {
    yield moment;
    moment = following(moment);
  }
}
