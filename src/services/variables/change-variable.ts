import { found } from "../../domain/errors.ts";
import {
  deleteVariable as deleteStatement,
  updateVariable as updateStatement,
  type VariableChanges,
  type WhichVariable,
} from "../../store/variables.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { NO_SUCH_VARIABLE } from "./read-variables.ts";

/** Changes a variable. Refuses 404, and 409 for a taken name or a null. */
export async function updateVariable(ctx: TenantContext, which: WhichVariable, changes: VariableChanges): Promise<void> {
  const [[row]] = await ctx.db.run(updateStatement(ctx.db, ctx.tenantId, which, { ...changes, updatedAt: ctx.now() }));
  found(row, NO_SUCH_VARIABLE);
}

/** Deletes a variable. Refuses 404. */
export async function deleteVariable(ctx: TenantContext, which: WhichVariable): Promise<void> {
  const [[row]] = await ctx.db.run(deleteStatement(ctx.db, ctx.tenantId, which));
  found(row, NO_SUCH_VARIABLE);
}
