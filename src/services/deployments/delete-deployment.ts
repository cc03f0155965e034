import { found } from "../../domain/errors.ts";
import { deleteDeployment as deleteStatement } from "../../store/deployments.ts";
import { deleteScheduledRuns } from "../../store/scheduled-runs.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { NO_SUCH_DEPLOYMENT } from "./read-deployments.ts";

/** Deletes a deployment, its schedules and all its runs that are still SCHEDULED; its other runs keep its id. Refuses 404. */
export async function deleteDeployment(ctx: TenantContext, id: string): Promise<void> {
  const [, runs, [deployment]] = await ctx.db.run(
    ...deleteScheduledRuns(ctx.db, ctx.tenantId, id, false),
    deleteStatement(ctx.db, ctx.tenantId, id),
  );
  found(deployment, NO_SUCH_DEPLOYMENT);
  await ctx.queues.refill(runs.map(({ workQueueId }) => workQueueId));
}
