import { found } from "../../domain/errors.ts";
import { type FlowRow, insertFlow, selectFlowByName } from "../../store/flows.ts";
import type { TenantContext } from "../../tenancy/context.ts";

/** Makes a flow, or gives the one of that name unchanged (the tags of a second call are dropped). One round trip. */
export async function createFlow(
  ctx: TenantContext,
  input: { name: string; tags: string[] },
): Promise<{ flow: FlowRow; created: boolean }> {
  const row: FlowRow = { tenantId: ctx.tenantId, id: ctx.newId(), ...input, createdAt: ctx.now(), updatedAt: ctx.now() };
  const [, [flow]] = await ctx.db.run(insertFlow(ctx.db, row), selectFlowByName(ctx.db, ctx.tenantId, input.name));
  return { flow: found(flow, "Flow not found"), created: flow?.id === row.id };
}
