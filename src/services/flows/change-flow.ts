import { found } from "../../domain/errors.ts";
import { deleteFlow as deleteStatement, updateFlow as updateStatement } from "../../store/flows.ts";
import type { TenantContext } from "../../tenancy/context.ts";

/** Changes a flow's tags when given; `updated` moves either way. Refuses 404. */
export async function updateFlow(ctx: TenantContext, id: string, changes: { tags?: string[] }): Promise<void> {
  const [[row]] = await ctx.db.run(updateStatement(ctx.db, ctx.tenantId, id, { ...changes, updatedAt: ctx.now() }));
  found(row, "Flow not found");
}

/** Deletes a flow with its deployments and runs. Refuses 404. */
export async function deleteFlow(ctx: TenantContext, id: string): Promise<void> {
  const [[row]] = await ctx.db.run(deleteStatement(ctx.db, ctx.tenantId, id));
  found(row, "Flow not found");
}
