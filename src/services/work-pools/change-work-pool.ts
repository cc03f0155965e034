import { found, Refusal } from "../../domain/errors.ts";
import { deleteWorkPool as deleteStatement, updateWorkPool as updateStatement, type WorkPoolChanges } from "../../store/work-pools.ts";
import { leaveQueues, queueIdsOfPool, selectQueuesOfPool } from "../../store/work-queues.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { isReserved } from "./create-work-pool.ts";
import { noSuchPool } from "./read-work-pools.ts";

/** Changes a pool. Refuses 404, and 403 for other changes of a reserved pool than pausing and its limit. */
export async function updateWorkPool(ctx: TenantContext, name: string, changes: Omit<WorkPoolChanges, "updatedAt">): Promise<void> {
  if (isReserved(name) && Object.keys(changes).some((key) => key !== "isPaused" && key !== "concurrencyLimit")) {
    throw new Refusal(
      "forbidden",
      "Work pools starting with 'Prefect' are reserved for internal use and can only be updated to set concurrency limits or pause.",
    );
  }
  const [[row]] = await ctx.db.run(updateStatement(ctx.db, ctx.tenantId, name, { ...changes, updatedAt: ctx.now() }));
  found(row, noSuchPool(name));
  await ctx.queues.poolChanged(name);
}

/** Deletes a pool with its queues and workers; runs and deployments keep only the queue's name. Refuses 404, and 403 for a reserved one. */
export async function deleteWorkPool(ctx: TenantContext, name: string): Promise<void> {
  if (isReserved(name)) {
    throw new Refusal("forbidden", "Work pools starting with 'Prefect' are reserved for internal use and can not be deleted.");
  }
  const [queues, , , [row]] = await ctx.db.run(
    selectQueuesOfPool(ctx.db, ctx.tenantId, name),
    ...leaveQueues(ctx.db, ctx.tenantId, queueIdsOfPool(ctx.tenantId, name)),
    deleteStatement(ctx.db, ctx.tenantId, name),
  );
  found(row, noSuchPool(name));
  await ctx.queues.poolChanged(name);
  await ctx.queues.forget(queues.map(({ id }) => id));
}
