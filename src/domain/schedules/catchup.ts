import type { Micros } from "../time.ts";
import { MICROS_PER_DAY } from "./calendar.ts";
import { expand } from "./expand.ts";
import type { Occurrence, Schedule } from "./types.ts";

/**
 * What becomes of occurrences that passed while nothing made runs: `all` of them get one, or the `latest` alone, or `none`.
 * Prefect's scheduler plans from now on, which is `none`; the others are this service's own.
 */
export const CATCHUP_POLICIES = ["all", "latest", "none"] as const;
export type CatchupPolicy = (typeof CATCHUP_POLICIES)[number];

/** How many missed occurrences of a schedule get their runs at a time; the rest follow at its next look, which is at once. */
export const CATCHUP_AT_ONCE = 100;

/** What passed longer ago than this stays missed. As far back as runs are made ahead. */
const MAX_BACK = 100 * MICROS_PER_DAY;

export interface Missed {
  occurrences: Occurrence[];
  /** The time up to which nothing is missed any more: before `now` when more are left. */
  until: Micros;
}

/**
 * The missed occurrences, after `since` and before `now`, that are to get runs by a policy, the earliest first. `since` is the time
 * up to which every occurrence had its turn; null when that is not known, and then none was missed. Throws ScheduleExpansionError.
 */
export function missedOccurrences(schedule: Schedule, policy: CatchupPolicy, since: Micros | null, now: Micros): Missed {
  const nothing = { occurrences: [], until: now };
  if (policy === "none" || since === null) return nothing;
  const start = Math.max(since + 1, now - MAX_BACK);
  if (start >= now) return nothing;
  if (policy === "latest") return { occurrences: latestBetween(schedule, start, now), until: now };
  const found = expand(schedule, { start, end: now - 1, limit: CATCHUP_AT_ONCE });
  const occurrences = found.filter(({ at }) => at >= start && at < now);
  const last = occurrences.at(-1);
  return { occurrences, until: found.length < CATCHUP_AT_ONCE || last === undefined ? now : last.at };
}

/** The last occurrence in [start, end), found by halving: the time before it may hold more than can be walked. */
function latestBetween(schedule: Schedule, start: Micros, end: Micros): Occurrence[] {
  let latest: Occurrence | undefined;
  let low = start;
  let high = end;
  while (low < high) {
    const middle = latest === undefined ? low : Math.floor((low + high) / 2);
    const [next] = expand(schedule, { start: middle, end: end - 1, limit: 1 });
    if (next && next.at >= middle && next.at < end) {
      latest = next;
      low = next.at + 1;
    } else {
      high = middle;
    }
  }
  return latest ? [latest] : [];
}
