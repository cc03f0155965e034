import { found, notFound } from "../../domain/errors.ts";
import type { Page, WorkerFilter } from "../../domain/filters.ts";
import { selectWorkPool } from "../../store/work-pools.ts";
import { deleteWorker as deleteStatement, selectWorkers, upsertWorker, type WorkerRow } from "../../store/workers.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { announceStatuses } from "../events/announce-statuses.ts";
import { noSuchPool } from "../work-pools/read-work-pools.ts";

/**
 * Notes that a worker lives. The pool's object remembers heartbeats; one reaches D1 when it tells something new or the
 * last one that did grows old, so that a pool of many workers costs few rows. Refuses (404) a pool that does not exist.
 */
export async function heartbeat(
  ctx: TenantContext,
  poolName: string,
  worker: { name: string; intervalSeconds: number | null },
): Promise<void> {
  const at = ctx.now();
  const noted = await ctx.queues.heartbeat(poolName, worker.name, worker.intervalSeconds);
  if (!noted) throw notFound(noSuchPool(poolName));
  if (!noted.persist) return;
  await ctx.db.run(
    upsertWorker(ctx.db, {
      tenantId: ctx.tenantId,
      workPoolId: noted.poolId,
      name: worker.name,
      id: ctx.newId(),
      lastHeartbeatAt: at,
      heartbeatIntervalSeconds: worker.intervalSeconds,
      createdAt: at,
      updatedAt: at,
      caller: ctx.caller.id,
    }),
  );
  announceStatuses(ctx, { poolNames: [poolName] });
}

/** A page of a pool's workers, the latest heartbeat first. Refuses (404) a pool that does not exist. */
export async function filterWorkers(
  ctx: TenantContext,
  poolName: string,
  filter: WorkerFilter | null | undefined,
  page: Page,
): Promise<WorkerRow[]> {
  const [[pool], workers] = await ctx.db.run(
    selectWorkPool(ctx.db, ctx.tenantId, poolName, ctx.now()),
    selectWorkers(ctx.db, ctx.tenantId, poolName, filter, page),
  );
  found(pool, noSuchPool(poolName));
  return workers;
}

/** Deletes a worker. Refuses 404. */
export async function deleteWorker(ctx: TenantContext, poolName: string, name: string): Promise<void> {
  const [[pool], [row]] = await ctx.db.run(
    selectWorkPool(ctx.db, ctx.tenantId, poolName, ctx.now()),
    deleteStatement(ctx.db, ctx.tenantId, poolName, name),
  );
  found(pool, noSuchPool(poolName));
  await ctx.queues.poolChanged(poolName);
  found(row, "Worker not found.");
}
