import type { Micros } from "../time.ts";
import { isPolled } from "./readiness.ts";

/** Why a run that is due is not handed out to whoever asks next. */
export type HeldBack = "queue_paused" | "pool_paused" | "queue_limit" | "pool_limit" | "leased" | "not_polled" | "often_refused";

/** A limit and what is taken of it. */
export interface Slots {
  limit: number | null;
  occupied: number;
}

/** What there is to know of a queue. */
export interface QueueFacts {
  isPaused: boolean;
  isPoolPaused: boolean;
  queue: Slots;
  pool: Slots;
  /** Live leases, which count against both limits. */
  leased: number;
  lastPolledAt: Micros | null;
}

/** How many further runs a limit lets through; infinite without one. */
export const freeSlots = ({ limit, occupied }: Slots, leased: number): number =>
  limit === null ? Number.POSITIVE_INFINITY : Math.max(0, limit - occupied - leased);

/** Why the whole queue hands out nothing; empty when it does. */
export function queueHeldBack(facts: QueueFacts, now: Micros): HeldBack[] {
  const reasons: [HeldBack, boolean][] = [
    ["queue_paused", facts.isPaused],
    ["pool_paused", facts.isPoolPaused],
    ["queue_limit", freeSlots(facts.queue, facts.leased) === 0],
    ["pool_limit", freeSlots(facts.pool, facts.leased) === 0],
    ["not_polled", !isPolled(facts.lastPolledAt, now)],
  ];
  return reasons.flatMap(([reason, holds]) => (holds ? [reason] : []));
}

/**
 * Why each of the runs, given in the queue's order, is not handed out next. Those that nobody holds take the free slots one after
 * the other; what is left over waits for a limit.
 */
export function runsHeldBack(runs: readonly { isLeased: boolean; isFruitless: boolean }[], facts: QueueFacts, now: Micros): HeldBack[][] {
  const all: HeldBack[] = queueHeldBack(facts, now).filter((reason) => reason !== "queue_limit" && reason !== "pool_limit");
  let ahead = 0;
  return runs.map(({ isLeased, isFruitless }) => {
    if (isLeased) return ["leased"];
    const reasons = [...all];
    if (ahead >= freeSlots(facts.queue, facts.leased)) reasons.push("queue_limit");
    if (ahead >= freeSlots(facts.pool, facts.leased)) reasons.push("pool_limit");
    if (isFruitless) reasons.push("often_refused");
    ahead += 1;
    return reasons;
  });
}
