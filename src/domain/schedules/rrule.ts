import { MICROS_PER_DAY } from "./calendar.ts";
import { convertedMoment, ruleInstant } from "./readings.ts";
import { DEFAULT_START, type Recurrence, RRuleError } from "./recurrence.ts";
import { recurrenceTimes, type WallSpan } from "./recurrence-walk.ts";
import { parseRRule, type RecurrenceSet } from "./rrule-text.ts";
import { type ExpansionWindow, type Moment, type RRuleSchedule, ScheduleExpansionError, type WallMicros } from "./types.ts";
import type { Zone } from "./zone.ts";

/** How many excluded dates an expansion looks at: rules may exclude each other's dates for ever. */
const MAX_EXCLUDED = 100_000;

/**
 * The moments of a recurrence schedule from the window's start to some time past its end, in the order of its rules' wall
 * times; a time in a gap comes as the earlier one it is moved to. Throws ScheduleExpansionError when the rules cannot be
 * expanded (`RRuleSchedule.get_dates`).
 */
export function* rruleMoments(schedule: RRuleSchedule, zone: Zone, { start, end }: ExpansionWindow): Generator<Moment> {
  const set = readText(schedule.rrule);
  // The earliest wall time that can mean the start, also when a transition is near.
  const offsets = [start - MICROS_PER_DAY, start, start + MICROS_PER_DAY].map((at) => zone.offsetAt(at));
  const span = { from: start + Math.min(...offsets), to: (end ?? Number.MAX_SAFE_INTEGER) + 2 * MICROS_PER_DAY };
  const first = convertedMoment(zone, start).at;
  for (const wall of setTimes(set, span)) {
    const at = ruleInstant(zone, wall);
    if (at < first) continue;
    const moment = convertedMoment(zone, at);
    yield moment.wall === wall ? moment : { ...moment, wanted: wall };
  }
}

function readText(rrule: string): RecurrenceSet {
  try {
    return parseRRule(rrule, DEFAULT_START);
  } catch (error) {
    if (error instanceof RRuleError) throw new ScheduleExpansionError(error.message);
    throw error;
  }
}

/** The distinct wall times of a set, ascending, less the excluded ones. */
function* setTimes(set: RecurrenceSet, span: WallSpan): Generator<WallMicros> {
  const included = merged(set.dates, set.rules, span);
  const excluded = merged(set.excludedDates, set.excludedRules, span);
  let exclusion = excluded.next();
  let looked = 0;
  for (const wall of included) {
    while (!exclusion.done && exclusion.value < wall) {
      if (++looked > MAX_EXCLUDED) throw new ScheduleExpansionError("too many excluded dates");
      exclusion = excluded.next();
    }
    if (exclusion.done || exclusion.value !== wall) yield wall;
  }
}

/** The distinct wall times of single dates and rules, ascending. */
function* merged(dates: readonly WallMicros[], rules: readonly Recurrence[], span: WallSpan): Generator<WallMicros> {
  const single = [...new Set(dates)].sort((a, b) => a - b);
  const sources = [single.values(), ...rules.map((rule) => recurrenceTimes(rule, span))];
  const heads = sources.map((source) => source.next());
  while (true) {
    let least = Number.POSITIVE_INFINITY;
    for (const head of heads) if (!head.done && head.value < least) least = head.value;
    if (least === Number.POSITIVE_INFINITY) return;
    yield least;
    for (const [index, source] of sources.entries()) {
      const head = heads[index];
      if (head !== undefined && !head.done && head.value === least) heads[index] = source.next();
    }
  }
}
