import { found } from "../../domain/errors.ts";
import { runName } from "../../domain/names.ts";
import { orphanSubflow } from "../../store/flow-runs.ts";
import { deleteTaskRun as deleteStatement, updateTaskRun as updateStatement } from "../../store/task-runs.ts";
import type { TenantContext } from "../../tenancy/context.ts";

/** Renames a task run, when a name is given; null makes one up. Refuses 404. */
export async function updateTaskRun(ctx: TenantContext, id: string, changes: { name?: string | null }): Promise<void> {
  const name = changes.name === null ? runName(crypto.getRandomValues(new Uint8Array(2))) : changes.name;
  const [[row]] = await ctx.db.run(
    updateStatement(ctx.db, ctx.tenantId, id, { ...(name !== undefined && { name }), updatedAt: ctx.now() }),
  );
  found(row, "Task run not found");
}

/** Deletes a task run and its states. The subflow run it stands for stays, and is one no more. Refuses 404. */
export async function deleteTaskRun(ctx: TenantContext, id: string): Promise<void> {
  const [, [row]] = await ctx.db.run(orphanSubflow(ctx.db, ctx.tenantId, id), deleteStatement(ctx.db, ctx.tenantId, id));
  found(row, "Task not found");
}
