import { found, Refusal } from "../../domain/errors.ts";
import { arrangePriorities } from "../../domain/work-pools/priorities.ts";
import { selectWorkPool } from "../../store/work-pools.ts";
import {
  deleteWorkQueue,
  leaveQueues,
  selectQueuesOfPool,
  selectWorkQueue,
  setPriorities,
  updateWorkQueue,
  type WorkQueueChanges,
  type WorkQueuePoolRow,
} from "../../store/work-queues.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { readPoolQueue } from "./read-work-queues.ts";

type Changes = Omit<WorkQueueChanges, "updatedAt">;

/** Changes a queue of a pool; a new priority moves its followers. Refuses 404. */
export async function updatePoolQueue(ctx: TenantContext, poolName: string, name: string, changes: Changes): Promise<void> {
  await change(ctx, await readPoolQueue(ctx, poolName, name), changes);
}

/** Changes a queue by id. Refuses 404. */
export async function updateQueueById(ctx: TenantContext, id: string, changes: Changes): Promise<void> {
  const [[queue]] = await ctx.db.run(selectWorkQueue(ctx.db, ctx.tenantId, id));
  await change(ctx, found(queue, "work queue not found"), changes);
}

async function change(ctx: TenantContext, queue: WorkQueuePoolRow, changes: Changes): Promise<void> {
  const update = updateWorkQueue(ctx.db, ctx.tenantId, queue.id, { ...changes, updatedAt: ctx.now() });
  if (changes.priority === undefined) await ctx.db.run(update);
  else {
    const [present] = await ctx.db.run(selectQueuesOfPool(ctx.db, ctx.tenantId, queue.workPoolName));
    const moved = arrangePriorities(present, new Map([[queue.id, changes.priority]]));
    await ctx.db.runAll([update, ...setPriorities(ctx.db, ctx.tenantId, moved)]);
  }
  await ctx.queues.poolChanged(queue.workPoolName);
  await ctx.queues.queueChanged(queue.id);
}

/** Deletes a queue of a pool and closes the ranks behind it. Refuses 404, and 400 for the pool's default queue. */
export async function deletePoolQueue(ctx: TenantContext, poolName: string, name: string): Promise<void> {
  await remove(ctx, await readPoolQueue(ctx, poolName, name), "Can't delete a pool's default queue.", "badRequest");
}

/** Deletes a queue by id. Refuses 404, and 409 for a pool's default queue. */
export async function deleteQueueById(ctx: TenantContext, id: string): Promise<void> {
  const [[queue]] = await ctx.db.run(selectWorkQueue(ctx.db, ctx.tenantId, id));
  await remove(ctx, found(queue, "work queue not found"), "Can't delete a pool's default queue.", "conflict");
}

async function remove(ctx: TenantContext, queue: WorkQueuePoolRow, refusal: string, kind: "badRequest" | "conflict"): Promise<void> {
  const [[pool], present] = await ctx.db.run(
    selectWorkPool(ctx.db, ctx.tenantId, queue.workPoolName, ctx.now()),
    selectQueuesOfPool(ctx.db, ctx.tenantId, queue.workPoolName),
  );
  if (pool?.defaultQueueId === queue.id) throw new Refusal(kind, refusal);
  const closed = arrangePriorities(
    present.filter(({ id }) => id !== queue.id),
    new Map(),
  );
  await ctx.db.runAll([
    ...leaveQueues(ctx.db, ctx.tenantId, [queue.id]),
    deleteWorkQueue(ctx.db, ctx.tenantId, queue.id),
    ...setPriorities(ctx.db, ctx.tenantId, closed),
  ]);
  await ctx.queues.poolChanged(queue.workPoolName);
  await ctx.queues.forget([queue.id]);
}
