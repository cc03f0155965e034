import { found } from "../../domain/errors.ts";
import type { Page, RunFilters } from "../../domain/filters.ts";
import {
  countFlowRuns as countStatement,
  type FlowRunRead,
  type FlowRunSort,
  selectFlowRun,
  selectFlowRuns,
  selectSlimFlowRuns,
} from "../../store/flow-runs.ts";
import type { TenantContext } from "../../tenancy/context.ts";

/** Puts back, in place, what was too large for the rows. */
export async function restoreFlowRuns(ctx: TenantContext, runs: FlowRunRead[]): Promise<void> {
  await ctx.bodies.restoreRows(runs, "stateData", "parameters", "context", "jobVariables");
}

/** A flow run by id. Refuses 404. */
export async function readFlowRun(ctx: TenantContext, id: string): Promise<FlowRunRead> {
  const [runs] = await ctx.db.run(selectFlowRun(ctx.db, ctx.tenantId, id));
  await restoreFlowRuns(ctx, runs);
  return found(runs[0], "Flow run not found");
}

/** A page of the flow runs that match. */
export async function filterFlowRuns(ctx: TenantContext, filters: RunFilters, sort: FlowRunSort, page: Page): Promise<FlowRunRead[]> {
  const [runs] = await ctx.db.run(selectFlowRuns(ctx.db, ctx.tenantId, filters, sort, page));
  await restoreFlowRuns(ctx, runs);
  return runs;
}

/** A page of the flow runs that match, with only what a chart shows of each. */
export async function chartFlowRuns(ctx: TenantContext, filters: RunFilters, sort: FlowRunSort, page: Page) {
  const [runs] = await ctx.db.run(selectSlimFlowRuns(ctx.db, ctx.tenantId, filters, sort, page));
  return runs;
}

/** How many flow runs match. */
export async function countFlowRuns(ctx: TenantContext, filters: RunFilters): Promise<number> {
  const [[row]] = await ctx.db.run(countStatement(ctx.db, ctx.tenantId, filters));
  return row?.count ?? 0;
}
