import { MICROS_PER_SECOND, type Micros } from "../time.ts";

/** What a pool does with a run that was claimed and never began, when whoever claimed it is not heard of any more. */
export interface PendingRecovery {
  /** How long a run may be PENDING, counted from its claim or from the last heartbeat of whoever claimed it. */
  timeoutSeconds: number;
  /** crash: it ends as Crashed. reschedule: it waits for another claim, which is safe only where the first launch cannot come up late. */
  action: "crash" | "reschedule";
  /** How often a run is rescheduled before it is crashed after all. */
  maxReschedules: number;
}

/** Heartbeats reach the database once a minute, and image pulls take their time: no run is given up for lost earlier than this. */
export const SHORTEST_TIMEOUT_SECONDS = 120;
export const LONGEST_TIMEOUT_SECONDS = 86_400;
export const MOST_RESCHEDULES = 100;

/** A PENDING run, and what is known of its claim. */
export interface ClaimedRun {
  pendingSince: Micros;
  /** The last heartbeat of a worker of whoever claimed it; null where there was none. */
  heardAt: Micros | null;
}

/** When a run counts as lost. */
export const lostAt = (recovery: PendingRecovery, { pendingSince, heardAt }: ClaimedRun): Micros =>
  Math.max(pendingSince, heardAt ?? 0) + recovery.timeoutSeconds * MICROS_PER_SECOND;

/** What becomes of a lost run that was rescheduled so often already. */
export const fateOf = ({ action, maxReschedules }: PendingRecovery, recoveries: number): "crash" | "reschedule" =>
  action === "reschedule" && recoveries < maxReschedules ? "reschedule" : "crash";
