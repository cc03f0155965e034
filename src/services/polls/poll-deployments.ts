import type { FlowRunRead } from "../../store/flow-runs.ts";
import { selectRunsOfDeployments } from "../../store/handed-runs.ts";
import { touchDeploymentsPolled } from "../../store/polls.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { restoreFlowRuns } from "../flow-runs/read-flow-runs.ts";

/** The scheduled runs of deployments, for a runner that serves them itself: whatever queue they are in, paused or not. One round trip. */
export async function pollDeployments(
  ctx: TenantContext,
  input: { deploymentIds: string[]; scheduledBefore: number | null; limit: number },
): Promise<FlowRunRead[]> {
  const [runs] = await ctx.db.run(selectRunsOfDeployments(ctx.db, ctx.tenantId, input.deploymentIds, input.scheduledBefore, input.limit));
  ctx.afterwards(ctx.db.run(touchDeploymentsPolled(ctx.db, ctx.tenantId, input.deploymentIds, ctx.now())));
  await restoreFlowRuns(ctx, runs);
  return runs;
}
