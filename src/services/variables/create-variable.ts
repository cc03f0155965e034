import { insertVariable, type VariableRow } from "../../store/variables.ts";
import type { TenantContext } from "../../tenancy/context.ts";

/** Makes a variable. Refuses 409 for a taken name. */
export async function createVariable(ctx: TenantContext, input: { name: string; value: string; tags: string[] }): Promise<VariableRow> {
  const at = ctx.now();
  const variable: VariableRow = { ...input, tenantId: ctx.tenantId, id: ctx.newId(), createdAt: at, updatedAt: at };
  await ctx.db.run(insertVariable(ctx.db, variable));
  return variable;
}
