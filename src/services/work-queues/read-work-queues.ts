import { found, Refusal } from "../../domain/errors.ts";
import type { Page, WorkQueueFilter } from "../../domain/filters.ts";
import { DEFAULT_AGENT_POOL } from "../../store/pool-rows.ts";
import { selectWorkPool } from "../../store/work-pools.ts";
import {
  countLateRuns,
  selectWorkQueue,
  selectWorkQueueByNames,
  selectWorkQueues,
  type WorkQueuePoolRow,
} from "../../store/work-queues.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { noSuchPool } from "../work-pools/read-work-pools.ts";

export const NO_SUCH_QUEUE = "work queue not found";

export const noSuchPoolQueue = (poolName: string, name: string) => `Work pool queue '${poolName}/${name}' not found.`;

/** A queue by id. Refuses 404. */
export async function readWorkQueue(ctx: TenantContext, id: string): Promise<WorkQueuePoolRow> {
  const [[queue]] = await ctx.db.run(selectWorkQueue(ctx.db, ctx.tenantId, id));
  return found(queue, NO_SUCH_QUEUE);
}

/** A queue of `default-agent-pool` by name, as agents ask for it. Refuses 404. */
export async function readAgentQueue(ctx: TenantContext, name: string): Promise<WorkQueuePoolRow> {
  const [[queue]] = await ctx.db.run(selectWorkQueueByNames(ctx.db, ctx.tenantId, DEFAULT_AGENT_POOL, name));
  return found(queue, NO_SUCH_QUEUE);
}

/** A queue of a pool by name. Refuses 404. */
export async function readPoolQueue(ctx: TenantContext, poolName: string, name: string): Promise<WorkQueuePoolRow> {
  const [[queue]] = await ctx.db.run(selectWorkQueueByNames(ctx.db, ctx.tenantId, poolName, name));
  return found(queue, noSuchPoolQueue(poolName, name));
}

/** A page of the queues that match: of every pool by name, of one pool by priority. Refuses (404) a pool that does not exist. */
export async function filterWorkQueues(
  ctx: TenantContext,
  poolName: string | null,
  filter: WorkQueueFilter | null | undefined,
  page: Page,
): Promise<WorkQueuePoolRow[]> {
  const queues = selectWorkQueues(ctx.db, ctx.tenantId, poolName, filter, page);
  if (poolName === null) return (await ctx.db.run(queues))[0];
  const [rows, [pool]] = await ctx.db.run(queues, selectWorkPool(ctx.db, ctx.tenantId, poolName, ctx.now()));
  found(pool, noSuchPool(poolName));
  return rows;
}

/** A queue's health: its late runs, and when it was last polled. Refuses 404. */
export async function readQueueStatus(ctx: TenantContext, id: string): Promise<{ lateRuns: number; lastPolledAt: number | null }> {
  const [[queue], [late]] = await ctx.db.run(selectWorkQueue(ctx.db, ctx.tenantId, id), countLateRuns(ctx.db, ctx.tenantId, id));
  if (!queue) throw new Refusal("notFound", `Work queue with id ${id} not found`, { envelope: "exception" });
  return { lateRuns: late?.count ?? 0, lastPolledAt: queue.lastPolledAt };
}
