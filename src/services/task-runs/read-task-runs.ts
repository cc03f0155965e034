import { found } from "../../domain/errors.ts";
import type { Page, RunFilters } from "../../domain/filters.ts";
import {
  countTaskRuns as countStatement,
  selectTaskRun,
  selectTaskRuns,
  type TaskRunRead,
  type TaskRunSort,
} from "../../store/task-runs.ts";
import type { TenantContext } from "../../tenancy/context.ts";

/** A task run by id. Refuses 404. */
export async function readTaskRun(ctx: TenantContext, id: string): Promise<TaskRunRead> {
  const [runs] = await ctx.db.run(selectTaskRun(ctx.db, ctx.tenantId, id));
  await ctx.bodies.restoreRows(runs, "stateData");
  return found(runs[0], "Task not found");
}

/** A page of the task runs that match. */
export async function filterTaskRuns(ctx: TenantContext, filters: RunFilters, sort: TaskRunSort, page: Page): Promise<TaskRunRead[]> {
  const [runs] = await ctx.db.run(selectTaskRuns(ctx.db, ctx.tenantId, filters, sort, page));
  await ctx.bodies.restoreRows(runs, "stateData");
  return runs;
}

/** How many task runs match. */
export async function countTaskRuns(ctx: TenantContext, filters: RunFilters): Promise<number> {
  const [[row]] = await ctx.db.run(countStatement(ctx.db, ctx.tenantId, filters));
  return row?.count ?? 0;
}
