/** A queue's place in its pool: 1 is served first. */
export interface QueuePriority {
  id: string;
  priority: number;
}

/** The priority of a queue created without one: the first that is not taken (`models.workers.create_work_queue`). */
export function firstFreePriority(taken: readonly number[]): number {
  const sorted = taken.toSorted((a, b) => a - b);
  const gap = sorted.findIndex((priority, index) => priority !== index + 1);
  return gap < 0 ? (sorted.at(-1) ?? 0) + 1 : gap + 1;
}

/**
 * The priorities that change when queues of a pool are given new ones, by id. A queue goes before those of its new priority,
 * which are pushed down only as far as needed, so that all stay unique. `queues` are all of the pool, a new one among them with
 * any priority, a deleted one not; `wanted` may be empty. Throws Error if it holds a priority twice
 * (`models.workers.bulk_update_work_queue_priorities`).
 */
export function arrangePriorities(queues: readonly QueuePriority[], wanted: ReadonlyMap<string, number>): Map<string, number> {
  if (new Set(wanted.values()).size !== wanted.size) throw new Error("Duplicate target priorities provided");
  const arranged = queues.filter(({ id }) => !wanted.has(id)).toSorted((a, b) => a.priority - b.priority);
  const moved = queues.flatMap(({ id }) => {
    const priority = wanted.get(id);
    return priority === undefined ? [] : [{ id, priority }];
  });
  for (const queue of moved) {
    const place = arranged.findIndex(({ priority }) => priority >= queue.priority);
    arranged.splice(place < 0 ? arranged.length : place, 0, queue);
  }

  const before = new Map(queues.map(({ id, priority }) => [id, priority]));
  const changed = new Map<string, number>();
  let last = 0;
  for (const { id, priority } of arranged) {
    last = Math.max(priority, last + 1);
    if (last !== before.get(id)) changed.set(id, last);
  }
  return changed;
}
