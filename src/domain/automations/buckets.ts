import type { Event } from "../events/event.ts";
import { MICROS_PER_SECOND, type Micros } from "../time.ts";
import { type EventTrigger, expects, startsAfter } from "./triggers.ts";

/** How far back an event that arrives out of order may lie when a trigger sees its first. */
const LOOKBACK: Micros = 15 * 60 * MICROS_PER_SECOND;

/** The one open time window of a trigger and key, and what it has counted. */
export interface Bucket {
  startAt: Micros;
  endAt: Micros;
  count: number;
  lastEvent: Event | null;
}

export interface Evaluation {
  /** What is to be kept; null for nothing. */
  bucket: Bucket | null;
  /** What made the trigger fire; null when it did not, undefined inside when there was no event. */
  fired: { event: Event | null } | null;
}

const span = (trigger: EventTrigger): Micros => Math.round(trigger.within * MICROS_PER_SECOND);

/** An event that the trigger covers comes in (Prefect `reactive_evaluation`). */
export function countEvent(trigger: EventTrigger, before: Bucket | null, event: Event): Evaluation {
  const at = event.occurredAt;
  let bucket = before;
  if (startsAfter(trigger, event.event)) {
    // An event that both starts and is expected must not count for itself.
    const count = expects(trigger, event.event) ? -1 : 0;
    bucket = ensured(bucket, { startAt: at, endAt: at + span(trigger), count, lastEvent: event });
  }
  if (!expects(trigger, event.event)) return { bucket, fired: null };
  if (trigger.after.length === 0) {
    bucket = ensured(bucket, { startAt: at - LOOKBACK, endAt: at + span(trigger), count: 0, lastEvent: event });
  }
  return bucket === null ? { bucket, fired: null } : evaluate(trigger, bucket, at, event);
}

/** Time passes (Prefect `proactive_evaluation` of one bucket). */
export const passTime = (trigger: EventTrigger, bucket: Bucket, now: Micros): Evaluation => evaluate(trigger, bucket, now, null);

/** The bucket a proactive trigger without `forEach` begins with. */
export const firstBucket = (trigger: EventTrigger, now: Micros): Bucket => ({
  startAt: now,
  endAt: now + span(trigger),
  count: 0,
  lastEvent: null,
});

const ensured = (bucket: Bucket | null, fresh: Bucket): Bucket => (bucket ? { ...bucket, lastEvent: fresh.lastEvent } : fresh);

function evaluate(trigger: EventTrigger, before: Bucket, now: Micros, event: Event | null): Evaluation {
  if (now < before.startAt) return { bucket: before, fired: null };
  const isReactive = trigger.posture === "Reactive";
  const isImmediate = isReactive && trigger.within === 0;
  let bucket = before;
  let unspent = event ? 1 : 0;
  if (event && (isImmediate || now < bucket.endAt)) {
    bucket = { ...bucket, count: bucket.count + 1, lastEvent: event };
    unspent = 0;
  }
  const meetsThreshold = isReactive ? bucket.count >= trigger.threshold : bucket.count < trigger.threshold;
  const fires = (isReactive || bucket.endAt <= now) && meetsThreshold;
  if (!fires && now < bucket.endAt) return { bucket, fired: null };
  const fired = fires ? { event: event ?? bucket.lastEvent } : null;
  if (trigger.after.length > 0) return { bucket: null, fired };
  // As by the real server, a bucket without length that did not fire goes on counting.
  if (trigger.within === 0) return { bucket: fires ? null : bucket, fired };
  const startAt = Math.max(bucket.endAt, now);
  return { bucket: { startAt, endAt: startAt + span(trigger), count: unspent, lastEvent: bucket.lastEvent }, fired };
}
