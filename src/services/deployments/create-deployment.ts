import { found, Refusal } from "../../domain/errors.ts";
import type { JsonObject } from "../../domain/json.ts";
import { checkDeploymentVariables } from "../../domain/work-pools/template.ts";
import { deleteSchedulesOf, insertSchedules } from "../../store/deployment-schedules.ts";
import {
  type DeploymentRead,
  type DeploymentRow,
  insertDeployment,
  selectDeployment,
  selectDeploymentOfFlow,
  selectDocumentIds,
  updateDeployment,
} from "../../store/deployments.ts";
import { deleteScheduledRuns, insertScheduledRuns } from "../../store/scheduled-runs.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { type NewSchedule, newSchedules, replacingSchedules } from "../schedules/new-schedules.ts";
import { expandSchedules } from "../schedules/plan-runs.ts";
import { decideAgain } from "../states/decide-again.ts";
import { queueReads, resolveQueue } from "../work-queues/ensure-queue.ts";
import { NO_SUCH_DEPLOYMENT, restoreDeployments } from "./read-deployments.ts";
import { templateBlocks } from "./template-blocks.ts";
import { notNull, spillDeployment, writeDeployment } from "./write-deployment.ts";

/** A deployment to make, all its columns: what the request leaves out has its default. */
export type NewDeployment = Omit<
  DeploymentRow,
  "tenantId" | "id" | "jobVariables" | "workQueueId" | "lastPolledAt" | "createdBy" | "updatedBy" | "createdAt" | "updatedAt"
> & { workPoolName: string | null; schedules: NewSchedule[]; jobVariables: JsonObject | null };

/**
 * Makes a deployment, or gives the one of this flow and name all of the new one's columns and schedules; its queue stays when none
 * is named. Its coming runs are replaced. Two round trips. Refuses a missing pool (404), job variables that do not obey its
 * template (422) and missing blocks (409). Throws ConstraintFailed for a flow that does not exist.
 */
export async function createDeployment(
  ctx: TenantContext,
  input: NewDeployment,
): Promise<{ deployment: DeploymentRead; created: boolean }> {
  const { workPoolName, schedules: given, ...columns } = input;
  const jobVariables = notNull(input.jobVariables);
  const stored = await spillDeployment(ctx, { ...columns, jobVariables });
  return decideAgain(async () => {
    // An empty name is no name.
    const names = { workPoolName: workPoolName || null, workQueueName: input.workQueueName || null };
    const [[pool], queues, [existing], documents] = await ctx.db.run(
      ...queueReads(ctx, names),
      selectDeploymentOfFlow(ctx.db, ctx.tenantId, input.flowId, input.name),
      selectDocumentIds(
        ctx.db,
        ctx.tenantId,
        [input.infrastructureDocumentId, input.storageDocumentId].filter((id) => id !== null),
      ),
    );
    const queue = resolveQueue(ctx, names, pool, queues);
    if (queue && names.workPoolName !== null) {
      const template = queue.pool.baseJobTemplate;
      checkDeploymentVariables(template, jobVariables, await templateBlocks(ctx, template));
    }
    const known = new Set(documents.map(({ id }) => id));
    requireDocument(known, "infrastructure", input.infrastructureDocumentId);
    requireDocument(known, "storage", input.storageDocumentId);

    const now = Math.max(ctx.now(), (existing?.updatedAt ?? 0) + 1);
    const id = existing?.id ?? ctx.newId();
    const written = { ...stored, ...(queue && { workQueueId: queue.queue.id }), updatedAt: now };
    const { schedules, runs } = expandSchedules(ctx, written, newSchedules(ctx, id, replacingSchedules(existing?.schedules ?? [], given)));
    const results = await writeDeployment(
      ctx,
      [
        ...(existing
          ? [
              // Whatever others made of it meanwhile is replaced as a whole, but it must still be there.
              updateDeployment(ctx.db, ctx.tenantId, id, written),
              ctx.db.guardChanged(),
              ...deleteScheduledRuns(ctx.db, ctx.tenantId, id, true),
              deleteSchedulesOf(ctx.db, ctx.tenantId, id),
            ]
          : [insertDeployment(ctx.db, { ...NEW, ...written, tenantId: ctx.tenantId, id, createdAt: now })]),
        ...insertSchedules(ctx.db, schedules),
        ...insertScheduledRuns(ctx.db, runs),
        selectDeployment(ctx.db, ctx.tenantId, id),
      ],
      { ids: [existing?.workQueueId ?? null, queue?.queue.id ?? null], made: queue },
    );
    const read = results.at(-1) as DeploymentRead[];
    await restoreDeployments(ctx, read);
    return { deployment: found(read[0], NO_SUCH_DEPLOYMENT), created: existing === undefined };
  });
}

const NEW = { workQueueId: null, lastPolledAt: null, createdBy: null, updatedBy: null };

function requireDocument(known: ReadonlySet<string>, kind: "infrastructure" | "storage", id: string | null): void {
  if (id === null || known.has(id)) return;
  throw new Refusal(
    "conflict",
    `Error creating deployment. Could not find ${kind} block with id: ${id}. This usually occurs when applying a deployment specification that was built against a different Prefect database / workspace.`,
  );
}
