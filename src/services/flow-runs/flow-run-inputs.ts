import { found, notFound, Refusal } from "../../domain/errors.ts";
import { ConstraintFailed } from "../../store/database.ts";
import {
  deleteFlowRunInput as deleteStatement,
  type FlowRunInputRow,
  insertFlowRunInput,
  selectFlowRunInput,
  selectFlowRunInputs,
} from "../../store/flow-run-inputs.ts";
import type { TenantContext } from "../../tenancy/context.ts";

const NO_SUCH_INPUT = "Flow run input not found";

export type NewFlowRunInput = Pick<FlowRunInputRow, "flowRunId" | "key" | "value" | "sender">;

/** The row of a new input. */
export function flowRunInputRow(ctx: TenantContext, input: NewFlowRunInput): FlowRunInputRow {
  const at = ctx.now();
  return { tenantId: ctx.tenantId, id: ctx.newId(), ...input, createdAt: at, updatedAt: at };
}

/** Gives a run an input. Refuses a key it has already (409) and a run that does not exist (404). */
export async function createFlowRunInput(ctx: TenantContext, input: NewFlowRunInput): Promise<void> {
  try {
    await ctx.db.run(insertFlowRunInput(ctx.db, flowRunInputRow(ctx, input)));
  } catch (error) {
    if (!(error instanceof ConstraintFailed)) throw error;
    throw error.kind === "unique"
      ? new Refusal("conflict", "A flow run input with this key already exists.")
      : notFound("Flow run not found");
  }
}

/** A run's inputs by the beginning of their key, oldest first. */
export async function filterFlowRunInputs(
  ctx: TenantContext,
  flowRunId: string,
  filter: { prefix: string; excludeKeys: readonly string[]; limit: number },
): Promise<FlowRunInputRow[]> {
  const [rows] = await ctx.db.run(selectFlowRunInputs(ctx.db, ctx.tenantId, flowRunId, filter));
  return rows;
}

/** The value of an input. Refuses 404. */
export async function readFlowRunInput(ctx: TenantContext, flowRunId: string, key: string): Promise<string> {
  const [[row]] = await ctx.db.run(selectFlowRunInput(ctx.db, ctx.tenantId, flowRunId, key));
  return found(row, NO_SUCH_INPUT).value;
}

/** Deletes an input. Refuses 404. */
export async function deleteFlowRunInput(ctx: TenantContext, flowRunId: string, key: string): Promise<void> {
  const [[row]] = await ctx.db.run(deleteStatement(ctx.db, ctx.tenantId, flowRunId, key));
  found(row, NO_SUCH_INPUT);
}
