import { civilDate, dayNumber, modulo, monthLength, weekday, yearLength } from "./calendar.ts";
import { MONTHLY, type Recurrence, YEARLY } from "./recurrence.ts";

/** The days over which a rule looks at once, in day numbers: a year, month, week or day. */
export interface Period {
  readonly firstDay: number;
  readonly lastDay: number;
}

/** What a rule needs to know of a year; weeks that cross its end belong to it with all their days. */
interface RuleYear {
  readonly year: number;
  readonly firstDay: number;
  /** Allowed days by day of the year from 0 on; null where the rule does not restrict them. */
  readonly weekNumbers: readonly boolean[] | null;
  readonly easter: readonly boolean[] | null;
}

/** Tells which days a rule allows (the BY… parts on days). Remembers the last year: ask for neighbours together. */
export class DayFilter {
  private readonly rule: Recurrence;
  private year: RuleYear | null = null;

  constructor(rule: Recurrence) {
    this.rule = rule;
  }

  /** The allowed days of a period, ascending. */
  days(period: Period): number[] {
    const { rule } = this;
    const year = this.yearOf(period.firstDay);
    const ordinal = rule.nthWeekdays !== null && rule.frequency <= MONTHLY ? ordinalWeekdays(rule, rule.nthWeekdays, period) : null;
    const days = [];
    for (let day = period.firstDay; day <= period.lastDay; day++)
      if ((ordinal === null || ordinal.has(day)) && this.isAllowed(day, year)) days.push(day);
    return days;
  }

  private isAllowed(day: number, { firstDay, weekNumbers, easter }: RuleYear): boolean {
    const { months, monthDays, yearDays, weekdays } = this.rule;
    if (weekdays !== null && !weekdays.includes(weekday(day))) return false;
    if (weekNumbers !== null && !weekNumbers[day - firstDay]) return false;
    if (easter !== null && !easter[day - firstDay]) return false;
    if (months === null && monthDays.length === 0 && yearDays === null) return true;
    const date = civilDate(day);
    if (months !== null && !months.includes(date.month)) return false;
    // BYMONTHDAY=0 is no day and restricts nothing.
    if (
      monthDays.some((wanted) => wanted !== 0) &&
      !monthDays.includes(date.day) &&
      !monthDays.includes(date.day - monthLength(date.year, date.month) - 1)
    )
      return false;
    if (yearDays === null) return true;
    const yearDay = day - dayNumber(date.year, 1, 1) + 1;
    return yearDays.includes(yearDay) || yearDays.includes(yearDay - yearLength(date.year) - 1);
  }

  private yearOf(day: number): RuleYear {
    if (this.year === null || day < this.year.firstDay || day >= this.year.firstDay + yearLength(this.year.year)) {
      const { year } = civilDate(day);
      const { weekNumbers, easterOffsets, weekStart } = this.rule;
      this.year = {
        year,
        firstDay: dayNumber(year, 1, 1),
        weekNumbers: weekNumbers === null ? null : weekNumberDays(year, weekNumbers, weekStart),
        easter: easterOffsets === null ? null : easterDays(year, easterOffsets),
      };
    }
    return this.year;
  }
}

/** The nth weekdays of a period; in a yearly rule with months, those of each month. */
function ordinalWeekdays(rule: Recurrence, wanted: NonNullable<Recurrence["nthWeekdays"]>, period: Period): Set<number> {
  let ranges = [period];
  if (rule.frequency === YEARLY && rule.months !== null) {
    const { year } = civilDate(period.firstDay);
    ranges = rule.months.map((month) => {
      const firstDay = dayNumber(year, month, 1);
      return { firstDay, lastDay: firstDay + monthLength(year, month) - 1 };
    });
  }
  const days = new Set<number>();
  for (const { firstDay, lastDay } of ranges)
    for (const { weekday: name, nth } of wanted) {
      const day =
        nth < 0
          ? lastDay - modulo(weekday(lastDay) - name, 7) + (nth + 1) * 7
          : firstDay + modulo(name - weekday(firstDay), 7) + (nth - 1) * 7;
      if (day >= firstDay && day <= lastDay) days.add(day);
    }
  return days;
}

/**
 * The days of the numbered weeks of a year, and the week that runs over its end, by ISO 8601 but for the start of the week.
 * Follows dateutil's `_iterinfo.rebuild`, odd ends included: a last week of the year before is told by its own rule.
 */
function weekNumberDays(year: number, wanted: readonly number[], weekStart: number): boolean[] {
  const length = yearLength(year);
  const days: boolean[] = new Array(length + 7).fill(false);
  const firstWeekday = weekday(dayNumber(year, 1, 1));
  const firstStart = modulo(7 - firstWeekday + weekStart, 7);
  const firstWeek = firstStart >= 4 ? 0 : firstStart;
  const weekDays = firstStart >= 4 ? length + modulo(firstWeekday - weekStart, 7) : length - firstStart;
  const weekCount = Math.floor(weekDays / 7) + Math.floor(modulo(weekDays, 7) / 4);
  const startOf = (week: number) => (week > 1 ? firstWeek + (week - 1) * 7 - (firstWeek !== firstStart ? 7 - firstStart : 0) : firstWeek);
  const mark = (from: number) => {
    for (let index = from, left = 7; left > 0; left--) {
      if (index >= 0 && index < days.length) days[index] = true;
      index++;
      if (modulo(firstWeekday + index - weekStart, 7) === 0) break;
    }
  };
  for (const number of wanted) {
    const week = number < 0 ? number + weekCount + 1 : number;
    if (week > 0 && week <= weekCount) mark(startOf(week));
  }
  const nextFirst = startOf(weekCount + 1);
  if (wanted.includes(1) && nextFirst < length) mark(nextFirst);
  if (firstWeek > 0 && wanted.includes(lastWeekBefore(year, wanted, weekStart, firstWeek))) days.fill(true, 0, firstWeek);
  return days;
}

/** The number of the week that runs into a year from the year before; -1 when that is wanted as such. */
function lastWeekBefore(year: number, wanted: readonly number[], weekStart: number, firstWeek: number): number {
  if (wanted.includes(-1)) return -1;
  const firstWeekday = weekday(dayNumber(year - 1, 1, 1));
  if (modulo(7 - firstWeekday + weekStart, 7) >= 4)
    return 52 + Math.floor(modulo(yearLength(year - 1) + modulo(firstWeekday - weekStart, 7), 7) / 4);
  return 52 + Math.floor(modulo(yearLength(year) - firstWeek, 7) / 4);
}

/** The days at these distances from Easter Sunday (Gregorian), as far as the year and the week after it hold them. */
function easterDays(year: number, offsets: readonly number[]): boolean[] {
  const days: boolean[] = new Array(yearLength(year) + 7).fill(false);
  const easter = easterSunday(year) - dayNumber(year, 1, 1);
  for (const offset of offsets) if (easter + offset >= 0 && easter + offset < days.length) days[easter + offset] = true;
  return days;
}

/** The anonymous Gregorian computus (Meeus, "Astronomical Algorithms", chapter 8). */
function easterSunday(year: number): number {
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const moon = (19 * golden + century - Math.floor(century / 4) - Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3) + 15) % 30;
  const sunday = (32 + 2 * (century % 4) + 2 * Math.floor((year % 100) / 4) - moon - ((year % 100) % 4)) % 7;
  const late = Math.floor((golden + 11 * moon + 22 * sunday) / 451);
  const days = moon + sunday - 7 * late + 114;
  return dayNumber(year, Math.floor(days / 31), (days % 31) + 1);
}
