import { MICROS_PER_SECOND, type Micros } from "../time.ts";

/** True while a worker counts as online: three of its intervals (30 s when it named none) after its last heartbeat. */
export const isOnline = (worker: { lastHeartbeatAt: Micros; heartbeatIntervalSeconds: number | null }, now: Micros): boolean =>
  worker.lastHeartbeatAt + 3 * (worker.heartbeatIntervalSeconds ?? 30) * MICROS_PER_SECOND >= now;

/** The reference's 60 s, and the minute in which a poll may not have reached the database yet. */
const POLLED_SECONDS = 120;

/** Polls before this are too old to call anything ready. */
export const polledBefore = (now: Micros): Micros => now - POLLED_SECONDS * MICROS_PER_SECOND;

/** True while the last poll is recent enough to call a queue, and the deployments on it, ready. */
export const isPolled = (lastPolledAt: Micros | null, now: Micros): boolean => lastPolledAt !== null && lastPolledAt >= polledBefore(now);
