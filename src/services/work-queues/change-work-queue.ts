import { ConstraintFailed, found, Refusal } from "../../domain/errors.ts";
import { present as given } from "../../domain/json.ts";
import { arrangePriorities } from "../../domain/work-pools/priorities.ts";
import {
  deleteWorkQueue,
  guardPriorities,
  leaveQueues,
  type PoolQueue,
  selectPoolQueues,
  setPriorities,
  updateWorkQueue,
  type WorkQueueChanges,
} from "../../store/work-queues.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { announceStatuses } from "../events/announce-statuses.ts";
import { decideAgain } from "../states/decide-again.ts";
import { NO_SUCH_QUEUE, noSuchPoolQueue } from "./read-work-queues.ts";

type Changes = Omit<WorkQueueChanges, "updatedAt" | Needed> & { [K in Needed]?: WorkQueueChanges[K] | null };
/** What no queue can be without: null there is a conflict, as with the real server's database. */
type Needed = "name" | "description" | "priority";

/** A queue, and all of its pool. */
interface Place {
  queue: PoolQueue;
  present: readonly PoolQueue[];
}

async function findByNames(ctx: TenantContext, poolName: string, name: string): Promise<Place> {
  const [present] = await ctx.db.run(selectPoolQueues(ctx.db, ctx.tenantId, { name: poolName }));
  const queue = present.find((each) => each.name === name);
  return { queue: found(queue, noSuchPoolQueue(poolName, name)), present };
}

async function findById(ctx: TenantContext, id: string): Promise<Place | null> {
  const [present] = await ctx.db.run(selectPoolQueues(ctx.db, ctx.tenantId, { ofQueueId: id }));
  const queue = present.find((each) => each.id === id);
  return queue ? { queue, present } : null;
}

/** Changes a queue of a pool; a new priority moves its followers. Two round trips. Refuses 404, and 409 a null that cannot be. */
export async function updatePoolQueue(ctx: TenantContext, poolName: string, name: string, changes: Changes): Promise<void> {
  await decideAgain(async () => change(ctx, await findByNames(ctx, poolName, name), changes));
}

/** Changes a queue by id, as `updatePoolQueue` does. The text of its 404 is the real server's, which names a function for the id. */
export async function updateQueueById(ctx: TenantContext, id: string, changes: Changes): Promise<void> {
  await decideAgain(async () => change(ctx, found(await findById(ctx, id), "Work Queue <built-in function id> not found"), changes));
}

async function change(ctx: TenantContext, { queue, present }: Place, { name, description, priority, ...others }: Changes): Promise<void> {
  if (name === null || description === null || priority === null) throw new ConstraintFailed("other", "a queue without what it needs");
  const changes = given({ ...others, name, description, priority });
  const moved = priority === undefined ? new Map() : arrangePriorities(present, new Map([[queue.id, priority]]));
  await ctx.db.run(
    updateWorkQueue(ctx.db, ctx.tenantId, queue.id, { ...changes, updatedAt: ctx.now() }),
    ...setPriorities(ctx.db, ctx.tenantId, moved),
    ...(priority === undefined ? [] : [guardPriorities(ctx.db, ctx.tenantId, queue.workPoolId)]),
  );
  await ctx.queues.poolChanged(queue.workPoolName);
  await ctx.queues.queueChanged(queue.id);
  if (changes.isPaused !== undefined) announceStatuses(ctx, { queueIds: [queue.id] });
}

const DEFAULT_STAYS = "Can't delete a pool's default queue.";

/** Deletes a queue of a pool and closes the ranks behind it. Two round trips. Refuses 404, and 400 for the pool's default queue. */
export async function deletePoolQueue(ctx: TenantContext, poolName: string, name: string): Promise<void> {
  await decideAgain(async () => remove(ctx, await findByNames(ctx, poolName, name), "badRequest"));
}

/** Deletes a queue by id and closes the ranks behind it. Two round trips. Refuses 404, and 409 for a pool's default queue. */
export async function deleteQueueById(ctx: TenantContext, id: string): Promise<void> {
  await decideAgain(async () => remove(ctx, found(await findById(ctx, id), NO_SUCH_QUEUE), "conflict"));
}

async function remove(ctx: TenantContext, { queue, present }: Place, kind: "badRequest" | "conflict"): Promise<void> {
  if (queue.isDefault) throw new Refusal(kind, DEFAULT_STAYS);
  const closed = arrangePriorities(
    present.filter(({ id }) => id !== queue.id),
    new Map(),
  );
  await ctx.db.run(
    ...leaveQueues(ctx.db, ctx.tenantId, [queue.id]),
    deleteWorkQueue(ctx.db, ctx.tenantId, queue.id),
    ...setPriorities(ctx.db, ctx.tenantId, closed),
    guardPriorities(ctx.db, ctx.tenantId, queue.workPoolId),
  );
  await ctx.queues.poolChanged(queue.workPoolName);
  await ctx.queues.forget([queue.id]);
}
