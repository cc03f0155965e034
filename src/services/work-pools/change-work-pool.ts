import { ConstraintFailed, found, Refusal } from "../../domain/errors.ts";
import { deleteWorkPool as deleteStatement, updateWorkPool as updateStatement, type WorkPoolChanges } from "../../store/work-pools.ts";
import { leaveQueues, queueIdsOfPool, selectQueuesOfPool } from "../../store/work-queues.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { announceStatuses } from "../events/announce-statuses.ts";
import { isReserved } from "./create-work-pool.ts";
import { noSuchPool, readWorkPool } from "./read-work-pools.ts";

/** Whether a pool is paused cannot be null: that is a conflict, as with the real server's database. */
type Changes = Omit<WorkPoolChanges, "updatedAt" | "isPaused"> & { isPaused?: boolean | null };

/** Changes a pool. Refuses 404, 409 where null cannot be, and 403 for other changes of a reserved pool than pausing and its limit. */
export async function updateWorkPool(ctx: TenantContext, name: string, changes: Changes): Promise<void> {
  if (isReserved(name) && Object.keys(changes).some((key) => key !== "isPaused" && key !== "concurrencyLimit")) {
    throw new Refusal(
      "forbidden",
      "Work pools starting with 'Prefect' are reserved for internal use and can only be updated to set concurrency limits or pause.",
    );
  }
  const { isPaused, ...others } = changes;
  if (isPaused === null) {
    await readWorkPool(ctx, name);
    throw new ConstraintFailed("other", "a pool is paused or not");
  }
  const written = { ...others, ...(isPaused === undefined ? {} : { isPaused }), updatedAt: ctx.now() };
  const [[row]] = await ctx.db.run(updateStatement(ctx.db, ctx.tenantId, name, written));
  found(row, noSuchPool(name));
  await ctx.queues.poolChanged(name);
  if (changes.isPaused !== undefined) announceStatuses(ctx, { poolNames: [name] });
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
