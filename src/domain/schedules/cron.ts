import { MICROS_PER_SECOND, type Micros } from "../time.ts";
import { civilDate, dayNumber, MICROS_PER_DAY, modulo, monthLength, weekday } from "./calendar.ts";
import { type CronFields, parseCron } from "./cron-expression.ts";
import { convertedMoment, wallMoment } from "./readings.ts";
import { type CronSchedule, CronSyntaxError, type Moment, ScheduleExpansionError, type WallMicros } from "./types.ts";
import type { Zone } from "./zone.ts";

/** Croniter looks this far ahead for a match. */
const YEARS_AHEAD = 50;

/**
 * The moments of a cron schedule from `start` on, in wall-clock order and without end; a time in a gap comes as the later
 * one it is moved to. Throws ScheduleExpansionError when there is no further date (`CronSchedule.get_dates`).
 */
export function* cronMoments(schedule: CronSchedule, zone: Zone, start: Micros): Generator<Moment> {
  const fields = readExpression(schedule.cron);
  // Croniter gives times after its start; a start within a second counts as the next second.
  let { at, wall } = convertedMoment(zone, wallMoment(zone, zone.moment(start).wall).at - MICROS_PER_SECOND);
  if (modulo(wall, MICROS_PER_SECOND) !== 0) ({ wall } = convertedMoment(zone, at + MICROS_PER_SECOND));
  const isUnion = schedule.dayOr && fields.days !== null && fields.weekdays !== null;
  const searches = isUnion
    ? [new WallSearch({ ...fields, weekdays: null }), new WallSearch({ ...fields, days: null })]
    : [new WallSearch(fields)];
  while (true) {
    wall = Math.min(...searches.map((search) => search.next(wall)));
    yield wallMoment(zone, wall);
  }
}

function readExpression(cron: string): CronFields {
  try {
    return parseCron(cron);
  } catch (error) {
    if (error instanceof CronSyntaxError) throw new ScheduleExpansionError(error.message);
    throw error;
  }
}

/** Finds the wall times that match all fields of an expression. Its questions must ascend for it to be fast. */
class WallSearch {
  private readonly fields: CronFields;
  private readonly timesOfDay: { hours: readonly number[]; minutes: readonly number[]; seconds: readonly number[] };
  private found: WallMicros = Number.NEGATIVE_INFINITY;
  private month = Number.NaN;
  private daysOfMonth: readonly number[] = [];

  constructor(fields: CronFields) {
    this.fields = fields;
    const all = (count: number) => Array.from({ length: count }, (_, index) => index);
    const seconds = fields.seconds === "any" ? all(60) : (fields.seconds ?? [0]);
    this.timesOfDay = { hours: fields.hours ?? all(24), minutes: fields.minutes ?? all(60), seconds };
  }

  /** The first match after `after`; throws ScheduleExpansionError when none comes within fifty years. */
  next(after: WallMicros): WallMicros {
    if (this.found > after) return this.found;
    const unit = this.fields.seconds === null ? 60 * MICROS_PER_SECOND : MICROS_PER_SECOND;
    const from = (Math.floor(after / unit) + 1) * unit;
    const startDay = Math.floor(from / MICROS_PER_DAY);
    const lastYear = civilDate(startDay).year + YEARS_AHEAD;
    let day = this.matchingDay(startDay, lastYear);
    let second = day === startDay ? this.timeOfDay((from - startDay * MICROS_PER_DAY) / MICROS_PER_SECOND) : this.timeOfDay(0);
    if (second === null) {
      day = this.matchingDay(startDay + 1, lastYear);
      second = this.timeOfDay(0);
    }
    this.found = day * MICROS_PER_DAY + (second ?? 0) * MICROS_PER_SECOND;
    return this.found;
  }

  private matchingDay(from: number, lastYear: number): number {
    const { months, years } = this.fields;
    let { year, month, day } = civilDate(from);
    while (year <= lastYear) {
      if (years !== null && !years.includes(year)) {
        const next = years.find((candidate) => candidate > year);
        if (next === undefined) break;
        [year, month, day] = [next, 1, 1];
        continue;
      }
      if (months === null || months.includes(month)) {
        const match = this.matchingDays(year, month).find((candidate) => candidate >= day);
        if (match !== undefined) return dayNumber(year, month, match);
      }
      [year, month, day] = month === 12 ? [year + 1, 1, 1] : [year, month + 1, 1];
    }
    throw new ScheduleExpansionError("failed to find next date");
  }

  private matchingDays(year: number, month: number): readonly number[] {
    const index = year * 12 + month;
    if (index !== this.month) {
      this.month = index;
      this.daysOfMonth = daysOfMonth(this.fields, year, month);
    }
    return this.daysOfMonth;
  }

  /** The first matching second of the day at or after `from` (seconds), or null when the day has no more. */
  private timeOfDay(from: number): number | null {
    const { hours, minutes, seconds } = this.timesOfDay;
    const [hour, minute, second] = [Math.floor(from / 3600), Math.floor(from / 60) % 60, from % 60];
    const [firstMinute = 0, firstSecond = 0] = [minutes[0], seconds[0]];
    if (hours.includes(hour)) {
      if (minutes.includes(minute)) {
        const match = seconds.find((candidate) => candidate >= second);
        if (match !== undefined) return hour * 3600 + minute * 60 + match;
      }
      const match = minutes.find((candidate) => candidate > minute);
      if (match !== undefined) return hour * 3600 + match * 60 + firstSecond;
    }
    const match = hours.find((candidate) => candidate > hour);
    return match === undefined ? null : match * 3600 + firstMinute * 60 + firstSecond;
  }
}

function daysOfMonth(fields: CronFields, year: number, month: number): number[] {
  const length = monthLength(year, month);
  const firstDay = dayNumber(year, month, 1);
  const workday = fields.nearestWorkday === null ? null : nearestWorkday(firstDay, Math.min(fields.nearestWorkday, length), length);
  const days = [];
  for (let day = 1; day <= length; day++) {
    if (workday !== null ? day !== workday : !matchesDay(fields, day, length)) continue;
    // Croniter counts weekdays from Sunday.
    if (matchesWeekday(fields, (weekday(firstDay + day - 1) + 1) % 7, day, length)) days.push(day);
  }
  return days;
}

function matchesDay(fields: CronFields, day: number, length: number): boolean {
  return fields.days === null || fields.days.includes(day) || (fields.lastDay && day === length);
}

function matchesWeekday(fields: CronFields, weekday: number, day: number, length: number): boolean {
  if (fields.nthWeekdays.length === 0) return fields.weekdays === null || fields.weekdays.includes(weekday);
  return fields.nthWeekdays.some(
    (wanted) => wanted.weekday === weekday && (wanted.nth === "last" ? day + 7 > length : Math.ceil(day / 7) === wanted.nth),
  );
}

/** The working day nearest to a day of the month that begins with `firstDay`, within that month. */
function nearestWorkday(firstDay: number, day: number, length: number): number {
  const name = weekday(firstDay + day - 1);
  if (name < 5) return day;
  if (name === 5) return day > 1 ? day - 1 : day + 2;
  return day < length ? day + 1 : day - 2;
}
