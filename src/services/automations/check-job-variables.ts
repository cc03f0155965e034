import type { Action } from "../../domain/automations/actions.ts";
import { found, Refusal } from "../../domain/errors.ts";
import { actionVariablesProblem } from "../../domain/work-pools/template.ts";
import { selectDeployment, selectPoolOfDeployment } from "../../store/deployments.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { templateBlocks } from "../deployments/template-blocks.ts";

/**
 * Refuses actions that run a selected deployment with job variables which do not obey the template of its pool (422), or a deployment that
 * does not exist (404). No round trip without such actions, else one each.
 */
export async function checkJobVariables(ctx: TenantContext, actions: readonly Action[]): Promise<void> {
  const problems: string[] = [];
  for (const action of actions) {
    if (action.type !== "run-deployment" || action.deploymentId === null || action.jobVariables === null) continue;
    const { db, tenantId } = ctx;
    const [[deployment], [pool]] = await db.run(
      selectDeployment(db, tenantId, action.deploymentId),
      selectPoolOfDeployment(db, tenantId, action.deploymentId),
    );
    found(deployment, "Deployment not found.");
    if (!pool) continue;
    const problem = actionVariablesProblem(pool.baseJobTemplate, action.jobVariables, await templateBlocks(ctx, pool.baseJobTemplate));
    if (problem !== undefined) problems.push(problem);
  }
  if (problems.length > 0) throw new Refusal("invalid", `Error creating automation: ${problems.join(" ")}`);
}
