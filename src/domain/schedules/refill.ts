import { MICROS_PER_SECOND, type Micros } from "../time.ts";
import { MICROS_PER_DAY } from "./calendar.ts";
import { type CatchupPolicy, missedOccurrences } from "./catchup.ts";
import { type PlanRule, planOccurrences } from "./expand.ts";
import type { Occurrence, Schedule } from "./types.ts";

/** How far ahead runs are made (Prefect's PREFECT_API_SERVICES_SCHEDULER_* defaults), for each schedule. */
export const REFILL_RULE: PlanRule = { minRuns: 3, maxRuns: 100, minAheadSeconds: 3600, maxAheadDays: 100 };

const MIN_AHEAD = REFILL_RULE.minAheadSeconds * MICROS_PER_SECOND;

export interface Refill {
  /** The missed ones first. */
  occurrences: Occurrence[];
  /** When the schedule wants more: after `now`, or `now` when there is more to catch up with. */
  nextAt: Micros;
  /** The time up to which every occurrence has had its turn. */
  plannedUntil: Micros;
}

/** What is to become of occurrences that were missed since a time: see `missedOccurrences`. */
export interface Catchup {
  policy: CatchupPolicy;
  since: Micros | null;
}

/**
 * What a schedule is to be filled up with at `now`, and when it is to be filled up again: as soon as fewer than three runs are
 * to come, or the last is less than an hour away. Throws ScheduleExpansionError.
 */
export function planRefill(schedule: Schedule, now: Micros, { policy, since }: Catchup = { policy: "none", since: null }): Refill {
  const missed = missedOccurrences(schedule, policy, since, now);
  const coming = planOccurrences(schedule, now, REFILL_RULE);
  const times = coming.map(({ at }) => at).sort((a, b) => a - b);
  const isCaughtUp = missed.until >= now;
  return {
    occurrences: [...missed.occurrences, ...coming],
    nextAt: isCaughtUp ? nextRefill(times, now) : now,
    plannedUntil: isCaughtUp ? Math.max(now, times.at(-1) ?? now) : missed.until,
  };
}

function nextRefill(times: readonly Micros[], now: Micros): Micros {
  const [last, third] = [times.at(-1), times.at(-REFILL_RULE.minRuns)];
  const [first = now] = times;
  const isFilled = last !== undefined && third !== undefined && last >= now + MIN_AHEAD;
  if (isFilled) return Math.min(third, last - MIN_AHEAD) + 1;
  // A schedule too dense for an hour gets another run with each that is over.
  if (times.length >= REFILL_RULE.maxRuns) return first + 1;
  // Nothing more within 100 days, or ever: a daily look is early enough for what comes into sight.
  return now + MICROS_PER_DAY;
}
