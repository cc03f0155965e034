import type { Micros } from "../time.ts";

/** Every `intervalSeconds` (exact to the microsecond), counted from `anchorAt`; `anchorText` is the anchor as the wire shows it. */
export interface IntervalSchedule {
  readonly kind: "interval";
  readonly intervalSeconds: number;
  readonly anchorAt: Micros;
  readonly anchorText: string;
  readonly timezone: string;
}

/** A cron expression in croniter's dialect, read in local wall time. */
export interface CronSchedule {
  readonly kind: "cron";
  readonly cron: string;
  readonly timezone: string | null;
  /** Whether a day needs to match only one of day-of-month and day-of-week when both are restricted. */
  readonly dayOr: boolean;
}

/** An iCalendar recurrence as python-dateutil reads it, in local wall time. */
export interface RRuleSchedule {
  readonly kind: "rrule";
  readonly rrule: string;
  readonly timezone: string;
}

export type Schedule = IntervalSchedule | CronSchedule | RRuleSchedule;

/** A moment on the schedule. `localText` (`2024-03-10T09:00:00-04:00`) is part of a scheduled run's idempotency key. */
export interface Occurrence {
  readonly at: Micros;
  readonly localText: string;
}

/** What part of a schedule is wanted. */
export interface ExpansionWindow {
  /** The first instant that may occur. */
  readonly start: Micros;
  /** The last instant that may occur; without it only `limit` ends the expansion. */
  readonly end?: Micros;
  /** How many occurrences are wanted; at most 1,002 are given. */
  readonly limit: number;
}

/** One refusal of a schedule, as pydantic v1 reports it; `loc` is relative to the schedule. */
export interface ScheduleError {
  loc: (string | number)[];
  type: string;
  msg: string;
  ctx?: Record<string, unknown>;
}

/** A cron expression that the reference refuses (croniter's `CroniterBadCronError`). */
export class CronSyntaxError extends Error {
  override readonly name = "CronSyntaxError";
}

/** A schedule that validates but has no dates to give, such as 31 February. */
export class ScheduleExpansionError extends Error {
  override readonly name = "ScheduleExpansionError";
}

/** A wall-clock time: microseconds since 1970-01-01T00:00 on a clock that knows no zone. */
export type WallMicros = number;

/** An instant with the wall-clock time that its zone shows. */
export interface Moment {
  readonly at: Micros;
  readonly wall: WallMicros;
  /** The wall time that the schedule names, where that does not exist and `wall` takes its place. */
  readonly wanted?: WallMicros;
}
