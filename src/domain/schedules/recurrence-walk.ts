import { MICROS_PER_SECOND } from "../time.ts";
import { civilDate, dayNumber, greatestCommonDivisor, MICROS_PER_DAY, modulo, monthLength, weekday, yearLength } from "./calendar.ts";
import { DAILY, HOURLY, MINUTELY, MONTHLY, type Recurrence, SECONDLY, WEEKLY, YEARLY } from "./recurrence.ts";
import { DayFilter, type Period } from "./recurrence-days.ts";
import { ScheduleExpansionError, type WallMicros } from "./types.ts";

const DAY = 86_400;
/** The last second that an instant can hold; dateutil goes on to the year 9999. */
const LAST_SECOND = Math.floor(Number.MAX_SAFE_INTEGER / MICROS_PER_SECOND);

/** A span of wall time, both ends included. */
export interface WallSpan {
  readonly from: WallMicros;
  readonly to: WallMicros;
}

/** Occurrences that are found together, all before those of the next block. Wall times are in seconds here. */
interface Block {
  readonly from: number;
  readonly until: number;
  /** How many it holds. */
  size(): number;
  /** Its occurrences, ascending; those before `from` may be left out. */
  seconds(from: number): Iterable<number>;
}

/**
 * The wall times of a rule in a span, ascending; some outside may come too. It does not walk from the rule's start but finds
 * its place by arithmetic, whatever the phase; a COUNT is settled by counting whole days. Throws ScheduleExpansionError when
 * the rule cannot go on (an interval below 1, no reachable time of day).
 */
export function* recurrenceTimes(rule: Recurrence, { from, to }: WallSpan): Generator<WallMicros> {
  if (rule.count !== null && rule.count < 1) return;
  if (rule.interval < 0) throw new ScheduleExpansionError("day is out of range for month");
  const start = rule.start / MICROS_PER_SECOND;
  const sought = Math.max(start, Math.floor(from / MICROS_PER_SECOND));
  const isCounted = rule.count !== null;
  const origin = isCounted ? start : sought;
  const last = Math.min(LAST_SECOND, to / MICROS_PER_SECOND);
  let left = rule.count ?? Number.POSITIVE_INFINITY;
  let hasReached = false;
  for (const block of rule.frequency < HOURLY ? dayBlocks(rule, origin, last) : clockBlocks(rule, origin, last)) {
    if (isCounted && block.from >= start && block.until <= sought) {
      left -= block.size();
      if (left < 1) return;
      continue;
    }
    for (const second of block.seconds(origin)) {
      if (second < start) continue;
      const wall = second * MICROS_PER_SECOND;
      if (left < 1 || (rule.until !== null && wall > rule.until)) return;
      left--;
      hasReached ||= second >= sought;
      yield wall;
    }
  }
  // The reference would repeat its first dates for ever.
  if (rule.interval === 0 && !hasReached && start <= last) throw new ScheduleExpansionError("INTERVAL=0 does not reach the start");
}

/** Blocks of rules by day and coarser: one a period. */
function* dayBlocks(rule: Recurrence, from: number, last: number): Generator<Block> {
  const filter = new DayFilter(rule);
  const times = timesOfDay(rule);
  for (const period of periods(rule, Math.floor(from / DAY))) {
    if (period.firstDay * DAY > last) return;
    const days = filter.days(period);
    const [periodStart, periodEnd] = [period.firstDay * DAY, (period.lastDay + 1) * DAY];
    if (rule.setPositions === null) {
      const size = () => days.length * times.length;
      yield { from: periodStart, until: periodEnd, size, seconds: (start) => timesOfDays(days, times, start) };
    } else {
      const seconds = atPositions(rule.setPositions, days, times);
      yield { from: periodStart, until: periodEnd, size: () => seconds.length, seconds: () => seconds };
    }
    if (rule.interval === 0) return;
  }
}

function* timesOfDays(days: readonly number[], times: readonly number[], from: number): Generator<number> {
  for (const day of days) if ((day + 1) * DAY > from) for (const time of times) yield day * DAY + time;
}

/** The rule's periods from the one that holds `fromDay` or the next after it. */
function* periods(rule: Recurrence, fromDay: number): Generator<Period> {
  const startDay = Math.floor(rule.start / MICROS_PER_DAY);
  const { interval } = rule;
  const start = civilDate(startDay);
  const from = civilDate(fromDay);
  const passed = (units: number) => (interval === 0 ? 0 : Math.max(0, Math.floor(units / interval)));
  switch (rule.frequency) {
    case YEARLY:
      for (let year = start.year + passed(from.year - start.year) * interval; ; year += interval)
        yield { firstDay: dayNumber(year, 1, 1), lastDay: dayNumber(year, 1, 1) + yearLength(year) - 1 };
    case MONTHLY: {
      const startMonth = start.year * 12 + start.month - 1;
      for (let index = startMonth + passed(from.year * 12 + from.month - 1 - startMonth) * interval; ; index += interval) {
        const [year, month] = [Math.floor(index / 12), (index % 12) + 1];
        const firstDay = dayNumber(year, month, 1);
        yield { firstDay, lastDay: firstDay + monthLength(year, month) - 1 };
      }
    }
    case WEEKLY: {
      // The first week has only its days from the start on: set positions count from there.
      const firstWeek = startDay - modulo(weekday(startDay) - rule.weekStart, 7);
      for (let day = firstWeek + passed((fromDay - firstWeek) / 7) * 7 * interval; ; day += 7 * interval)
        yield { firstDay: Math.max(day, startDay), lastDay: day + 6 };
    }
    case DAILY:
      for (let day = startDay + passed(fromDay - startDay) * interval; ; day += interval) yield { firstDay: day, lastDay: day };
  }
}

function timesOfDay({ hours, minutes, seconds }: Recurrence): number[] {
  return (hours ?? []).flatMap((hour) =>
    (minutes ?? []).flatMap((minute) => (seconds ?? []).map((second) => hour * 3600 + minute * 60 + second)),
  );
}

/** The occurrences at BYSETPOS among all times of all days; positions outside are skipped. */
function atPositions(positions: readonly number[], days: readonly number[], times: readonly number[]): number[] {
  const found = new Set<number>();
  for (const position of positions) {
    const index = position > 0 ? position - 1 : days.length * times.length + position;
    const [day, time] = [days[Math.floor(index / times.length)], times[modulo(index, times.length)]];
    if (day !== undefined && time !== undefined) found.add(day * DAY + time);
  }
  return [...found].sort((a, b) => a - b);
}

/** Blocks of rules by hour, minute or second: one a day that has any. */
function* clockBlocks(rule: Recurrence, from: number, last: number): Generator<Block> {
  const clock = new RuleClock(rule);
  const filter = new DayFilter(rule);
  const sizes = new Map<number, number>();
  let next = clock.isEmpty ? Number.POSITIVE_INFINITY : clock.unitAtOrAfter(from);
  while (next <= last) {
    const day = Math.floor(next / DAY);
    const [firstSecond, endSecond] = [day * DAY, (day + 1) * DAY];
    if (filter.days({ firstDay: day, lastDay: day }).length > 0) {
      const size = () => {
        const phase = clock.unitAtOrAfter(firstSecond) - firstSecond;
        const known = sizes.get(phase) ?? [...clock.occurrences(firstSecond, endSecond)].length;
        sizes.set(phase, known);
        return known;
      };
      yield { from: firstSecond, until: endSecond, size, seconds: (start) => clock.occurrences(Math.max(firstSecond, start), endSecond) };
    }
    next = clock.unitAtOrAfter(endSecond);
  }
}

/** The hours, minutes or seconds that a rule's interval reaches, and the occurrences within them. */
class RuleClock {
  private readonly rule: Recurrence;
  private readonly unit: number;
  private readonly step: number;
  private readonly firstUnit: number;
  /** The occurrences within a unit, in seconds from its beginning. */
  private readonly offsets: readonly number[];

  constructor(rule: Recurrence) {
    this.rule = rule;
    this.unit = rule.frequency === HOURLY ? 3600 : rule.frequency === MINUTELY ? 60 : 1;
    this.step = rule.interval * this.unit;
    this.firstUnit = Math.floor(rule.start / MICROS_PER_SECOND / this.unit) * this.unit;
    const seconds = rule.frequency < SECONDLY ? (rule.seconds ?? []) : [0];
    const minutes = rule.frequency < MINUTELY ? (rule.minutes ?? []) : [0];
    if ([...minutes, ...seconds].some((value) => value < 0 || value > 59))
      throw new ScheduleExpansionError("minute and second must be in 0..59");
    const offsets = timesOfDay({ ...rule, hours: [0], minutes, seconds });
    this.offsets = rule.setPositions === null ? offsets : atPositions(rule.setPositions, [0], offsets);
    if (!this.reachesAllowedTime()) throw new ScheduleExpansionError("Invalid combination of interval and byhour resulting in empty rule.");
  }

  /** Whether BYSETPOS leaves nothing. */
  get isEmpty(): boolean {
    return this.offsets.length === 0;
  }

  /** The first of the rule's units whose end is after `second`, infinity when there is none. */
  unitAtOrAfter(second: number): number {
    const distance = second - this.unit + 1 - this.firstUnit;
    if (distance <= 0) return this.firstUnit;
    return this.step === 0 ? Number.POSITIVE_INFINITY : this.firstUnit + Math.ceil(distance / this.step) * this.step;
  }

  /** The occurrences in [from, until), where `until` begins a day. Whether the day is allowed is not asked here. */
  *occurrences(from: number, until: number): Generator<number> {
    let unit = this.unitAtOrAfter(from);
    while (unit < until) {
      const resume = this.resumeAfter(modulo(unit, DAY));
      if (resume > 0) {
        unit = this.unitAtOrAfter(unit + resume);
        continue;
      }
      for (const offset of this.offsets) if (unit + offset >= from) yield unit + offset;
      unit = this.unitAtOrAfter(unit + this.unit);
    }
  }

  /** How many seconds to go on from a second of the day that BYHOUR, BYMINUTE or BYSECOND refuse; 0 when they allow it. */
  private resumeAfter(second: number): number {
    const { hours, minutes, seconds, frequency } = this.rule;
    if (hours !== null && !hours.includes(Math.floor(second / 3600))) return 3600 - (second % 3600);
    if (frequency >= MINUTELY && minutes !== null && !minutes.includes(Math.floor(second / 60) % 60)) return 60 - (second % 60);
    if (frequency >= SECONDLY && seconds !== null && !seconds.includes(second % 60)) return 1;
    return 0;
  }

  private reachesAllowedTime(): boolean {
    const stride = greatestCommonDivisor(this.step, DAY);
    for (let second = modulo(this.firstUnit, stride); second < DAY; second += stride) if (this.resumeAfter(second) === 0) return true;
    return false;
  }
}
