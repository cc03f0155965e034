import { MICROS_PER_SECOND, type Micros } from "../time.ts";
import { MICROS_PER_DAY } from "./calendar.ts";
import { cronMoments } from "./cron.ts";
import { intervalMoments } from "./interval.ts";
import { rruleMoments } from "./rrule.ts";
import { type ExpansionWindow, type Moment, type Occurrence, type Schedule, ScheduleExpansionError } from "./types.ts";
import { momentText, type Zone, zoneNamed } from "./zone.ts";

/** The reference gives up after this many dates, dropped ones included. */
const MAX_ITERATIONS = 1000;

export interface PlanRule {
  readonly minRuns: number;
  readonly maxRuns: number;
  readonly minAheadSeconds: number;
  readonly maxAheadDays: number;
}

/**
 * The occurrences of a schedule within a window, ascending by wall time. Each wall time occurs once: where clocks are set back
 * the repeated hour is left out, as in the reference. Throws ScheduleExpansionError where the reference raises.
 */
export function expand(schedule: Schedule, window: ExpansionWindow): Occurrence[] {
  return [...distinctMoments(schedule, window)].sort((a, b) => a.wall - b.wall).map(occurrence);
}

/**
 * The occurrences that the scheduler makes runs of: from now on, until there are `minRuns` and the last is at least
 * `minAheadSeconds` ahead, never more than `maxRuns` or later than `maxAheadDays` (`models.deployments._generate_scheduled_flow_runs`).
 * Throws ScheduleExpansionError: the scheduler then skips the deployment.
 */
export function planOccurrences(schedule: Schedule, now: Micros, rule: PlanRule): Occurrence[] {
  const planned: Occurrence[] = [];
  const enough = now + rule.minAheadSeconds * MICROS_PER_SECOND;
  for (const moment of distinctMoments(schedule, { start: now, end: now + rule.maxAheadDays * MICROS_PER_DAY, limit: rule.maxRuns })) {
    planned.push(occurrence(moment));
    if (planned.length >= rule.minRuns && moment.at >= enough) break;
  }
  return planned;
}

/** A moment as it is told of. */
export const occurrence = (moment: Moment): Occurrence => ({ at: moment.at, localText: momentText(moment) });

/**
 * The moments in the order in which the reference finds them, which near a gap is not always that of the clock. `drop` is told of
 * those whose wall time came before.
 */
export function* distinctMoments(schedule: Schedule, window: ExpansionWindow, drop?: (moment: Moment) => void): Generator<Moment> {
  const zone = zoneOf(schedule);
  const endWall = window.end === undefined ? Number.POSITIVE_INFINITY : zone.moment(window.end).wall;
  const seen = new Set<number>();
  let iterations = 0;
  for (const moment of moments(schedule, zone, window)) {
    if (moment.wall > endWall) return;
    if (seen.has(moment.wall)) {
      drop?.(moment);
    } else {
      seen.add(moment.wall);
      yield moment;
    }
    if (seen.size >= window.limit || iterations > MAX_ITERATIONS) return;
    iterations++;
  }
}

function moments(schedule: Schedule, zone: Zone, window: ExpansionWindow): Iterable<Moment> {
  switch (schedule.kind) {
    case "interval":
      return intervalMoments(schedule, zone, window.start);
    case "cron":
      return cronMoments(schedule, zone, window.start);
    case "rrule":
      return rruleMoments(schedule, zone, window);
  }
}

/** The zone that a schedule is read in. Throws ScheduleExpansionError for an empty name, which only cron takes for UTC. */
export function zoneOf(schedule: Schedule): Zone {
  const name = schedule.kind === "cron" ? schedule.timezone || "UTC" : schedule.timezone;
  if (name === "") throw new ScheduleExpansionError("Invalid timezone");
  return zoneNamed(name);
}
