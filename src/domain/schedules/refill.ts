import { MICROS_PER_SECOND, type Micros } from "../time.ts";
import { MICROS_PER_DAY } from "./calendar.ts";
import { type PlanRule, planOccurrences } from "./expand.ts";
import type { Occurrence, Schedule } from "./types.ts";

/** How far ahead runs are made (Prefect's PREFECT_API_SERVICES_SCHEDULER_* defaults), for each schedule. */
export const REFILL_RULE: PlanRule = { minRuns: 3, maxRuns: 100, minAheadSeconds: 3600, maxAheadDays: 100 };

const MIN_AHEAD = REFILL_RULE.minAheadSeconds * MICROS_PER_SECOND;

export interface Refill {
  occurrences: Occurrence[];
  /** When the schedule wants more: always after `now`. */
  nextAt: Micros;
}

/**
 * What a schedule is to be filled up with at `now`, and when it is to be filled up again: as soon as fewer than three runs are
 * to come, or the last is less than an hour away. Throws ScheduleExpansionError.
 */
export function planRefill(schedule: Schedule, now: Micros): Refill {
  const occurrences = planOccurrences(schedule, now, REFILL_RULE);
  return {
    occurrences,
    nextAt: nextRefill(
      occurrences.map(({ at }) => at).sort((a, b) => a - b),
      now,
    ),
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
