import type { Page, RunFilters } from "../../domain/filters.ts";
import { countFlows as countStatement, type FlowRow, type NameSort, selectFlows } from "../../store/flows.ts";
import type { TenantContext } from "../../tenancy/context.ts";

/** A page of the flows that match. */
export async function filterFlows(ctx: TenantContext, filters: RunFilters, sort: NameSort, page: Page): Promise<FlowRow[]> {
  const [rows] = await ctx.db.run(selectFlows(ctx.db, ctx.tenantId, filters, sort, page));
  return rows;
}

/** How many flows match. */
export async function countFlows(ctx: TenantContext, filters: RunFilters): Promise<number> {
  const [[row]] = await ctx.db.run(countStatement(ctx.db, ctx.tenantId, filters));
  return row?.count ?? 0;
}
