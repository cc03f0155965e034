import { found, Refusal } from "../../domain/errors.ts";
import type { JsonObject } from "../../domain/json.ts";
import { usesVariables } from "../../domain/parameters/hydrate.ts";
import { prepareRunParameters } from "../../domain/parameters/prepare.ts";
import { checkRunVariables } from "../../domain/work-pools/template.ts";
import type { Statement } from "../../store/database.ts";
import {
  type DeploymentRead,
  type QueueBeside,
  selectDeployment,
  selectPoolOfDeployment,
  selectQueuesBeside,
  selectVariablesFor,
} from "../../store/deployments.ts";
import type { FlowRunRead } from "../../store/flow-runs.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import type { FlowRunDraft } from "../flow-runs/draft-run.ts";
import { insertFlowRun, parentReads } from "../flow-runs/insert-run.ts";
import { decideAgain } from "../states/decide-again.ts";
import { addQueue } from "../work-queues/ensure-queue.ts";
import { NO_SUCH_DEPLOYMENT, restoreDeployments } from "./read-deployments.ts";
import { templateBlocks } from "./template-blocks.ts";
import { decideTakenAgain } from "./write-deployment.ts";

/** What a request says of a run; the rest is its deployment's. */
export type NewDeploymentRun = Pick<
  FlowRunDraft,
  | "state"
  | "name"
  | "parameters"
  | "context"
  | "infrastructureDocumentId"
  | "policy"
  | "tags"
  | "idempotencyKey"
  | "parentTaskRunId"
  | "workQueueName"
> & { jobVariables: JsonObject | null; enforceParameterSchema: boolean | null };

/**
 * Makes a run of a deployment, or gives the one that its flow has of this idempotency key: parameters laid over the deployment's and
 * hydrated, tags united. It goes to the deployment's queue, or to the named one of the same pool, made when missing. Two round trips.
 * Refuses a missing deployment (404), parameters that cannot be hydrated (400) or do not obey an enforced schema (409),
 * job variables that do not obey the pool's template (422), and a queue name where there is no pool (400).
 */
export const createDeploymentRun = (
  ctx: TenantContext,
  id: string,
  input: NewDeploymentRun,
): Promise<{ run: FlowRunRead; created: boolean }> => decideAgain(() => create(ctx, id, input));

async function create(ctx: TenantContext, id: string, input: NewDeploymentRun) {
  const { db, tenantId } = ctx;
  const reads = [
    selectDeployment(db, tenantId, id),
    selectPoolOfDeployment(db, tenantId, id),
    selectQueuesBeside(db, tenantId, id),
    selectVariablesFor(db, tenantId, id, usesVariables(input.parameters)),
  ] as const;
  const { parentTaskRunId } = input;
  const [deployments, [pool], queues, variables, ...parent] =
    parentTaskRunId === null ? await db.run(...reads) : await db.run(...reads, ...parentReads(ctx, parentTaskRunId, input.state));
  const inDatabase = deployments[0]?.parameters;
  await restoreDeployments(ctx, deployments);
  const deployment = found(deployments[0], NO_SUCH_DEPLOYMENT);

  // Parameters that lie in R2 could not be looked into by the database.
  const isUnread = deployment.parameters !== inDatabase && usesVariables(deployment.parameters);
  const values = isUnread ? (await db.run(selectVariablesFor(db, tenantId, id, true)))[0] : variables;
  const parameters = prepareRunParameters(
    { parameters: deployment.parameters, schema: deployment.parameterOpenapiSchema, isEnforced: deployment.enforceParameterSchema },
    { parameters: input.parameters, isEnforced: input.enforceParameterSchema },
    new Map(values.map(({ name, value }) => [name, value])),
  );
  if (pool) {
    const layers = { deployment: deployment.jobVariables, run: input.jobVariables };
    checkRunVariables(pool.baseJobTemplate, layers, await templateBlocks(ctx, pool.baseJobTemplate), "creating");
  }
  const { made, ...queue } = input.workQueueName ? chosenQueue(ctx, pool, queues, input.workQueueName) : queueOf(deployment, pool);
  const { enforceParameterSchema: _, ...own } = input;
  const draft: FlowRunDraft = {
    ...own,
    ...queue,
    flowId: deployment.flowId,
    deploymentId: id,
    deploymentVersion: deployment.version,
    flowVersion: null,
    parameters,
    tags: [...new Set([...deployment.tags, ...input.tags])],
    infrastructureDocumentId: input.infrastructureDocumentId ?? deployment.infrastructureDocumentId,
    // The real server's own difference: what was not sent is null beside a key, and empty without one.
    jobVariables: input.jobVariables ?? (input.idempotencyKey ? null : {}),
    autoScheduled: false,
    createdBy: ctx.caller.provenance,
  };
  const inserted = await insertFlowRun(ctx, draft, parent.length === 0 ? undefined : parent, made).catch(decideTakenAgain);
  if (pool && made.length > 0) await ctx.queues.poolChanged(pool.name);
  return inserted;
}

/** Where a run goes, and the statements that make its queue when that is missing. */
type RunQueue = Pick<FlowRunDraft, "workPoolId" | "workQueueId" | "workQueueName"> & { made: Statement[] };

const queueOf = (deployment: DeploymentRead, pool: { id: string } | undefined): RunQueue => ({
  workPoolId: pool?.id ?? null,
  workQueueId: deployment.workQueueId,
  workQueueName: deployment.workQueueName,
  made: [],
});

function chosenQueue(
  ctx: TenantContext,
  pool: { id: string; name: string } | undefined,
  queues: readonly QueueBeside[],
  name: string,
): RunQueue {
  if (!pool) throw new Refusal("badRequest", "The deployment has no work pool, so no work queue of it can be named.");
  const known = queues.find((queue) => queue.name === name);
  if (known) return { workPoolId: pool.id, workQueueId: known.id, workQueueName: name, made: [] };
  const { queue, statements } = addQueue(ctx, pool.id, queues, { name, priority: null });
  return { workPoolId: pool.id, workQueueId: queue.id, workQueueName: name, made: statements };
}
