import { found, Refusal } from "../../domain/errors.ts";
import type { JsonObject } from "../../domain/json.ts";
import { usesVariables } from "../../domain/parameters/hydrate.ts";
import { prepareUpdatedParameters } from "../../domain/parameters/prepare.ts";
import { checkUpdatedVariables } from "../../domain/work-pools/template.ts";
import { deleteSchedulesOf, insertSchedules, stopLooking } from "../../store/deployment-schedules.ts";
import {
  type DeploymentChanges,
  type DeploymentRead,
  type DeploymentRow,
  guardDeployment,
  selectDeployment,
  updateDeployment as updateStatement,
} from "../../store/deployments.ts";
import { selectVariableValues } from "../../store/variables.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { type NewSchedule, newSchedules, plainSchedule, replacingSchedules } from "../schedules/new-schedules.ts";
import { expandSchedules } from "../schedules/plan-runs.ts";
import { decideAgain } from "../states/decide-again.ts";
import { queueReads, resolveQueue } from "../work-queues/ensure-queue.ts";
import { restoreDeployments } from "./read-deployments.ts";
import { notNull, replaceRuns, spillDeployment, writeDeployment } from "./write-deployment.ts";

/** Columns that a request may send as null but that take none. */
type NeverNull = "parameters" | "jobVariables" | "enforceParameterSchema";

/** What a request changes of a deployment: only what it holds. `schedule` and `isScheduleActive` are how clients of before `schedules` say it. */
export type DeploymentUpdate = Omit<DeploymentChanges, "updatedAt" | "schedule" | NeverNull> & {
  [K in NeverNull]?: DeploymentRow[K] | null;
} & {
  schedule?: JsonObject | null;
  isScheduleActive?: boolean;
  schedules?: NewSchedule[];
  workPoolName?: string | null;
};

/**
 * Changes a deployment and replaces its coming runs, even when nothing else changes. Two round trips, one more when the new
 * parameters name variables. Refuses a missing deployment or pool (404), parameters that cannot be hydrated (400), that do not obey an
 * enforced schema, or job variables that do not obey the named pool's template (409), and an old client's change of one schedule
 * where there are many (422).
 */
export async function updateDeployment(ctx: TenantContext, id: string, update: DeploymentUpdate): Promise<void> {
  const variables = update.parameters && usesVariables(update.parameters) ? await readVariables(ctx) : new Map<string, string>();
  await decideAgain(async () => {
    const { workPoolName, schedules: _, isScheduleActive, parameters: sent, jobVariables, enforceParameterSchema, ...columns } = update;
    const names = { workPoolName: workPoolName || null, workQueueName: update.workQueueName || null };
    const [read, [pool], queues] = await ctx.db.run(selectDeployment(ctx.db, ctx.tenantId, id), ...queueReads(ctx, names));
    await restoreDeployments(ctx, read);
    const before = found(read[0], "Deployment not found.");
    const given = schedulesOf(before, update);
    const queue = resolveQueue(ctx, names, pool, queues);
    if (queue && names.workPoolName !== null) checkUpdatedVariables(queue.pool.baseJobTemplate, jobVariables ?? null);
    const parameters = prepareUpdatedParameters(
      { parameters: before.parameters, schema: before.parameterOpenapiSchema, isEnforced: before.enforceParameterSchema },
      { parameters: sent ?? null, isEnforced: enforceParameterSchema ?? null },
      variables,
    );

    const paused = update.paused ?? (isScheduleActive === undefined ? before.paused : !isScheduleActive);
    const changes = await spillDeployment(ctx, {
      ...columns,
      ...(sent !== undefined && { parameters: notNull(sent && parameters) }),
      ...(jobVariables !== undefined && { jobVariables: notNull(jobVariables) }),
      ...(enforceParameterSchema !== undefined && { enforceParameterSchema: notNull(enforceParameterSchema) }),
      ...(queue && { workQueueId: queue.queue.id }),
      paused,
      updatedAt: Math.max(ctx.now(), before.updatedAt + 1),
    });
    const rows = given ? newSchedules(ctx, id, replacingSchedules(before.schedules, given)) : before.schedules;
    const { schedules, runs } = expandSchedules(ctx, changes, rows);
    await writeDeployment(
      ctx,
      [
        guardDeployment(ctx.db, before),
        updateStatement(ctx.db, ctx.tenantId, id, changes),
        ...(given ? [deleteSchedulesOf(ctx.db, ctx.tenantId, id), ...insertSchedules(ctx.db, schedules)] : []),
        ...(paused ? [stopLooking(ctx.db, ctx.tenantId, id)] : []),
        ...replaceRuns(ctx, { id, updatedAt: changes.updatedAt }, runs, given ? [] : schedules),
      ],
      { ids: [before.workQueueId, queue?.queue.id ?? null], made: queue },
    );
  });
}

/** The schedules a deployment is to have instead of its own; undefined when they stay. */
function schedulesOf(before: DeploymentRead, { schedule: sent, isScheduleActive, schedules }: DeploymentUpdate): NewSchedule[] | undefined {
  if (sent === undefined && isScheduleActive === undefined) return schedules;
  requireOneSchedule(before);
  // As in the real server it is the old column that counts, even if schedules were given since.
  const schedule = sent === undefined ? before.schedule : sent;
  return schedule === null ? [] : [plainSchedule({ schedule, active: isScheduleActive ?? !before.paused })];
}

/** Refuses what speaks of "the" schedule of a deployment that has many. */
export function requireOneSchedule({ id, schedules }: DeploymentRead): void {
  if (schedules.length <= 1) return;
  throw new Refusal("invalid", [
    `Error updating deployment: Deployment UUID('${id}') has multiple schedules. Please use the UI or update your client to adjust this deployment's schedules.`,
  ]);
}

async function readVariables(ctx: TenantContext): Promise<Map<string, string>> {
  const [rows] = await ctx.db.run(selectVariableValues(ctx.db, ctx.tenantId));
  return new Map(rows.map(({ name, value }) => [name, value]));
}
