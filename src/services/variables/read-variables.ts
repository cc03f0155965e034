import { found } from "../../domain/errors.ts";
import type { Page, VariableFilter } from "../../domain/filters.ts";
import type { NameSort } from "../../store/flows.ts";
import {
  countVariables as countStatement,
  selectVariable,
  selectVariables,
  type VariableRow,
  type WhichVariable,
} from "../../store/variables.ts";
import type { TenantContext } from "../../tenancy/context.ts";

export const NO_SUCH_VARIABLE = "Variable not found.";

/** A variable by id or name. Refuses 404. */
export async function readVariable(ctx: TenantContext, which: WhichVariable): Promise<VariableRow> {
  const [[variable]] = await ctx.db.run(selectVariable(ctx.db, ctx.tenantId, which));
  return found(variable, NO_SUCH_VARIABLE);
}

/** A page of the variables that match. */
export async function filterVariables(
  ctx: TenantContext,
  filter: VariableFilter | null | undefined,
  sort: NameSort,
  page: Page,
): Promise<VariableRow[]> {
  const [rows] = await ctx.db.run(selectVariables(ctx.db, ctx.tenantId, filter, sort, page));
  return rows;
}

/** How many variables match. */
export async function countVariables(ctx: TenantContext, filter: VariableFilter | null | undefined): Promise<number> {
  const [[row]] = await ctx.db.run(countStatement(ctx.db, ctx.tenantId, filter));
  return row?.count ?? 0;
}
