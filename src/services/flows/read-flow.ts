import { found } from "../../domain/errors.ts";
import { type FlowRow, selectFlow, selectFlowByName } from "../../store/flows.ts";
import type { TenantContext } from "../../tenancy/context.ts";

/** A flow by id. Refuses 404. */
export async function readFlow(ctx: TenantContext, id: string): Promise<FlowRow> {
  const [[flow]] = await ctx.db.run(selectFlow(ctx.db, ctx.tenantId, id));
  return found(flow, "Flow not found");
}

/** A flow by name. Refuses 404. */
export async function readFlowByName(ctx: TenantContext, name: string): Promise<FlowRow> {
  const [[flow]] = await ctx.db.run(selectFlowByName(ctx.db, ctx.tenantId, name));
  return found(flow, "Flow not found");
}
