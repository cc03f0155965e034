import { found } from "../../domain/errors.ts";
import type { Page, RunFilters } from "../../domain/filters.ts";
import {
  countDeployments as countStatement,
  type DeploymentRead,
  selectDeployment,
  selectDeploymentByNames,
  selectDeployments,
  selectQueuesTaking,
} from "../../store/deployments.ts";
import type { NameSort } from "../../store/flows.ts";
import type { WorkQueueRow } from "../../store/work-queues.ts";
import type { TenantContext } from "../../tenancy/context.ts";

export const NO_SUCH_DEPLOYMENT = "Deployment not found";

/** Puts back, in place, what was too large for the rows. */
export async function restoreDeployments(ctx: TenantContext, deployments: DeploymentRead[]): Promise<void> {
  await ctx.bodies.restoreRows(deployments, "parameters", "jobVariables", "parameterOpenapiSchema", "pullSteps");
}

/** A deployment by id. Refuses 404, with another text where the real server has one. */
export async function readDeployment(ctx: TenantContext, id: string, missing = NO_SUCH_DEPLOYMENT): Promise<DeploymentRead> {
  const [deployments] = await ctx.db.run(selectDeployment(ctx.db, ctx.tenantId, id));
  await restoreDeployments(ctx, deployments);
  return found(deployments[0], missing);
}

/** A deployment by its flow's name and its own. Refuses 404. */
export async function readDeploymentByNames(ctx: TenantContext, flowName: string, name: string): Promise<DeploymentRead> {
  const [deployments] = await ctx.db.run(selectDeploymentByNames(ctx.db, ctx.tenantId, flowName, name));
  await restoreDeployments(ctx, deployments);
  return found(deployments[0], NO_SUCH_DEPLOYMENT);
}

/** A page of the deployments that match. */
export async function filterDeployments(ctx: TenantContext, filters: RunFilters, sort: NameSort, page: Page): Promise<DeploymentRead[]> {
  const [deployments] = await ctx.db.run(selectDeployments(ctx.db, ctx.tenantId, filters, sort, page));
  await restoreDeployments(ctx, deployments);
  return deployments;
}

/** How many deployments match. */
export async function countDeployments(ctx: TenantContext, filters: RunFilters): Promise<number> {
  const [[row]] = await ctx.db.run(countStatement(ctx.db, ctx.tenantId, filters));
  return row?.count ?? 0;
}

/** The queues, of any pool, whose legacy filter lets a deployment's runs through. Refuses 404. */
export async function queuesTakingDeployment(ctx: TenantContext, id: string): Promise<WorkQueueRow[]> {
  const [[deployment], queues] = await ctx.db.run(selectDeployment(ctx.db, ctx.tenantId, id), selectQueuesTaking(ctx.db, ctx.tenantId, id));
  found(deployment, NO_SUCH_DEPLOYMENT);
  return queues;
}
