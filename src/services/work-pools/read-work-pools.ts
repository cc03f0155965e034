import { found } from "../../domain/errors.ts";
import type { Page, WorkPoolFilter } from "../../domain/filters.ts";
import { countWorkPools as countStatement, selectWorkPool, selectWorkPools, type WorkPoolStatusRow } from "../../store/work-pools.ts";
import type { TenantContext } from "../../tenancy/context.ts";

type Filter = WorkPoolFilter | null | undefined;

export const noSuchPool = (name: string) => `Work pool "${name}" not found.`;

/** A pool by name. Refuses 404. */
export async function readWorkPool(ctx: TenantContext, name: string): Promise<WorkPoolStatusRow> {
  const [[pool]] = await ctx.db.run(selectWorkPool(ctx.db, ctx.tenantId, name, ctx.now()));
  return found(pool, noSuchPool(name));
}

/** A page of the pools that match, by name. */
export async function filterWorkPools(ctx: TenantContext, filter: Filter, page: Page): Promise<WorkPoolStatusRow[]> {
  const [pools] = await ctx.db.run(selectWorkPools(ctx.db, ctx.tenantId, filter, page, ctx.now()));
  return pools;
}

/** How many pools match. */
export async function countWorkPools(ctx: TenantContext, filter: Filter): Promise<number> {
  const [[row]] = await ctx.db.run(countStatement(ctx.db, ctx.tenantId, filter));
  return row?.count ?? 0;
}
