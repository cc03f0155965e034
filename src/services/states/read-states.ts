import { found } from "../../domain/errors.ts";
import type { State } from "../../domain/states/types.ts";
import { type StateRead, selectFlowRunState, selectFlowRunStates, selectTaskRunState, selectTaskRunStates } from "../../store/states.ts";
import type { TenantContext } from "../../tenancy/context.ts";

// The real server says this of task runs' states too.
const NO_SUCH_STATE = "Flow run state not found";

async function states(ctx: TenantContext, rows: StateRead[]): Promise<State[]> {
  await ctx.bodies.restoreRows(rows, "data");
  return rows.map((row) => ({ ...row, timestamp: row.at }));
}

/** A state of a flow run by its id. Refuses 404. */
export async function readFlowRunState(ctx: TenantContext, id: string): Promise<State> {
  const [rows] = await ctx.db.run(selectFlowRunState(ctx.db, ctx.tenantId, id));
  return found((await states(ctx, rows))[0], NO_SUCH_STATE);
}

/** The states a flow run has been in, in the order of time; none for a run that does not exist. */
export async function readFlowRunStates(ctx: TenantContext, flowRunId: string): Promise<State[]> {
  const [rows] = await ctx.db.run(selectFlowRunStates(ctx.db, ctx.tenantId, flowRunId));
  return states(ctx, rows);
}

/** A state of a task run by its id. Refuses 404. */
export async function readTaskRunState(ctx: TenantContext, id: string): Promise<State> {
  const [rows] = await ctx.db.run(selectTaskRunState(ctx.db, ctx.tenantId, id));
  return found((await states(ctx, rows))[0], NO_SUCH_STATE);
}

/** The states a task run has been in, in the order of time; none for a run that does not exist. */
export async function readTaskRunStates(ctx: TenantContext, taskRunId: string): Promise<State[]> {
  const [rows] = await ctx.db.run(selectTaskRunStates(ctx.db, ctx.tenantId, taskRunId));
  return states(ctx, rows);
}
