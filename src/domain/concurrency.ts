import { MICROS_PER_SECOND, type Micros } from "./time.ts";

/** What counts of a global limit. `updatedAt` is the instant up to which decay has been counted. */
export interface GlobalLimit {
  name: string;
  limit: number;
  active: boolean;
  activeSlots: number;
  deniedSlots: number;
  slotDecayPerSecond: number;
  avgSlotOccupancySeconds: number;
  updatedAt: Micros;
}

export type SlotMode = "concurrency" | "rate_limit";

/** What a limit that was never asked for before is: inactive, so that it holds nobody up. */
export const NEW_LIMIT = {
  active: false,
  limit: 1,
  activeSlots: 0,
  deniedSlots: 0,
  slotDecayPerSecond: 0,
  avgSlotOccupancySeconds: 2,
} as const;

/** No sample of how long a slot was held counts for less. */
export const MIN_OCCUPANCY_SECONDS = 0.1;

/**
 * The slots at an instant. Whole slots decay only, and the time that is left of one goes on to count: so those who ask again
 * and again take nobody's decay away. Held slots decay if the limit does; the denied ones, which only estimate the wait, decay as
 * fast, or one an average occupancy.
 */
export function settle(limit: GlobalLimit, now: Micros): Pick<GlobalLimit, "activeSlots" | "deniedSlots" | "updatedAt"> {
  const decays = limit.slotDecayPerSecond > 0;
  const perMicro = (decays ? limit.slotDecayPerSecond : 1 / limit.avgSlotOccupancySeconds) / MICROS_PER_SECOND;
  const gone = Math.floor(perMicro * Math.max(0, now - limit.updatedAt));
  return {
    activeSlots: decays ? Math.max(0, limit.activeSlots - gone) : limit.activeSlots,
    deniedSlots: Math.max(0, limit.deniedSlots - gone),
    updatedAt: decays || limit.deniedSlots > 0 ? Math.min(now, limit.updatedAt + Math.floor(gone / perMicro)) : now,
  };
}

/** Whether the active ones of some limits all have so many slots free. */
export function fits(limits: readonly GlobalLimit[], slots: number, now: Micros): boolean {
  return limits.every((limit) => !limit.active || settle(limit, now).activeSlots + slots <= limit.limit);
}

/** Why slots can never be had of some limits, in the real server's words; undefined if they can. */
export function neverFits(limits: readonly GlobalLimit[], slots: number, mode: SlotMode): string | undefined {
  const active = limits.filter((limit) => limit.active);
  if (active.some(({ limit }) => limit < slots)) return "Slots requested is greater than the limit";
  const fixed = active.filter(({ slotDecayPerSecond }) => slotDecayPerSecond === 0).map(({ name }) => name);
  if (mode === "concurrency" || fixed.length === 0) return undefined;
  return `Only concurrency limits with slot decay can be used for rate limiting. The following limits do not have a decay configured: '${fixed.join(",")}'`;
}

/** How long to wait for slots that are taken: that of the limit with the most slots to wait for, counting those denied before. */
export function retryAfterSeconds(limits: readonly GlobalLimit[], slots: number): number {
  let worst = { blocking: Number.NEGATIVE_INFINITY, wait: 0 };
  for (const { active, limit, deniedSlots, slotDecayPerSecond: decay, avgSlotOccupancySeconds } of limits) {
    if (!active) continue;
    const blocking = decay > 0 ? slots + deniedSlots : (slots + deniedSlots) / limit;
    if (blocking > worst.blocking) worst = { blocking, wait: (decay > 0 ? 1 / decay : avgSlotOccupancySeconds) * blocking };
  }
  return worst.wait;
}
