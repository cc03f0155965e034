/** What one queue offers a poll, in order of priority, and what of its limit is taken. */
export interface QueueOffer {
  readonly queueId: string;
  readonly limit: number | null;
  readonly ids: readonly string[];
  /** Runs that others hold a lease of: they will take a slot any moment. */
  readonly othersLeases: number;
  /** Runs that hold a slot now. */
  readonly occupied: number;
}

/**
 * Which of the offered runs a poll hands out (`spec/scheduling.md` section 6): each queue up to its free slots, then the
 * pool (whose slots the runs of queues that were not polled hold too) up to its own in order of priority, then the caller's limit. A live lease of another caller counts as a taken slot.
 */
export function fillSlots(offers: readonly QueueOffer[], pool: { limit: number | null; occupied: number }, limit: number): string[] {
  const leased = offers.reduce((sum, offer) => sum + offer.othersLeases, 0);
  const free = Math.min(limit, pool.limit === null ? Number.POSITIVE_INFINITY : pool.limit - pool.occupied - leased);
  const inOrder = offers.flatMap((offer) => offer.ids.slice(0, slots(offer)));
  return inOrder.slice(0, Math.max(0, free));
}

const slots = ({ limit, occupied, othersLeases }: QueueOffer): number =>
  limit === null ? Number.POSITIVE_INFINITY : Math.max(0, limit - occupied - othersLeases);
