import { found, Refusal } from "../../domain/errors.ts";
import type { JsonObject } from "../../domain/json.ts";
import { runName } from "../../domain/names.ts";
import { checkRunVariables } from "../../domain/work-pools/template.ts";
import { UNQUEUED } from "../../queue/stub.ts";
import {
  deleteFlowRun as deleteStatement,
  type FlowRunChanges,
  orphanSubflowsOf,
  updateFlowRun as updateStatement,
} from "../../store/flow-runs.ts";
import { selectJobVariableLayers } from "../../store/job-variables.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { templateBlocks } from "../deployments/template-blocks.ts";

const NO_SUCH_RUN = "Flow run not found";

/** What a request changes of a flow run; a name of null is made up. */
export type FlowRunUpdate = Omit<FlowRunChanges, "name" | "updatedAt"> & { name?: string | null };

/**
 * Changes the given columns of a flow run. Job variables are changed only while the run is scheduled by a deployment, whose
 * pool's schema they must obey. Refuses 404, 400 and 422.
 */
export async function updateFlowRun(ctx: TenantContext, id: string, { name, ...changes }: FlowRunUpdate): Promise<void> {
  const { parameters, jobVariables } = changes;
  if (jobVariables) await checkJobVariables(ctx, id, jobVariables);
  const stored: FlowRunChanges = {
    ...changes,
    ...(name !== undefined && { name: name ?? runName(crypto.getRandomValues(new Uint8Array(2))) }),
    ...(parameters && { parameters: await ctx.bodies.spill(parameters, ctx.newId()) }),
    ...(jobVariables && { jobVariables: await ctx.bodies.spill(jobVariables, ctx.newId()) }),
    updatedAt: ctx.now(),
  };
  const [[row]] = await ctx.db.run(updateStatement(ctx.db, ctx.tenantId, id, stored, jobVariables ? "SCHEDULED" : undefined));
  if (row) return;
  if (jobVariables) await checkJobVariables(ctx, id, jobVariables);
  throw new Refusal("notFound", NO_SUCH_RUN);
}

async function checkJobVariables(ctx: TenantContext, id: string, jobVariables: JsonObject): Promise<void> {
  const [[read]] = await ctx.db.run(selectJobVariableLayers(ctx.db, ctx.tenantId, id));
  const layers = found(read, NO_SUCH_RUN);
  if (layers.stateType === null) {
    throw new Refusal("badRequest", "Flow run state is required to update job variables but none exists");
  }
  if (layers.stateType !== "SCHEDULED") {
    throw new Refusal("badRequest", `Job variables for a flow run in state ${layers.stateType} cannot be updated`);
  }
  if (layers.deploymentId === null) throw new Refusal("badRequest", "A deployment for the flow run could not be found");
  await ctx.bodies.restoreRows([layers], "deploymentVariables", "baseJobTemplate");
  const { baseJobTemplate: template, deploymentVariables: deployment } = layers;
  if (template === null) return;
  checkRunVariables(template, { deployment, run: jobVariables }, await templateBlocks(ctx, template), "updating");
}

/**
 * Deletes a flow run with its task runs, states and inputs; its logs and artifacts stay, and so do its subflow runs, which are
 * none any more. Refuses 404.
 */
export async function deleteFlowRun(ctx: TenantContext, id: string): Promise<void> {
  const [, [row]] = await ctx.db.run(orphanSubflowsOf(ctx.db, ctx.tenantId, id), deleteStatement(ctx.db, ctx.tenantId, id));
  const { workQueueId } = found(row, NO_SUCH_RUN);
  const gone = { deploymentId: null, isClaimed: false, scheduledAt: null, pausedUntil: null, stateAt: ctx.now() };
  await ctx.queues.notify([{ queueId: workQueueId ?? UNQUEUED, runId: id, ...gone }]);
}
