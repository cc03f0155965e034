import { found } from "../../domain/errors.ts";
import {
  deleteSchedule as deleteStatement,
  insertSchedules,
  type ScheduleChanges,
  type ScheduleRow,
  updateSchedule as updateStatement,
} from "../../store/deployment-schedules.ts";
import { guardDeployment } from "../../store/deployments.ts";
import { insertScheduledRuns } from "../../store/scheduled-runs.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { readDeployment } from "../deployments/read-deployments.ts";
import { replaceRuns, writeDeployment } from "../deployments/write-deployment.ts";
import { decideAgain } from "../states/decide-again.ts";
import { type NewSchedule, newSchedules } from "./new-schedules.ts";
import { expandSchedules } from "./plan-runs.ts";

export const NO_SUCH_DEPLOYMENT = "Deployment not found.";
export const NO_SUCH_SCHEDULE = "Schedule not found.";

/** A deployment's schedules, the last changed first. Refuses 404. */
export async function readSchedules(ctx: TenantContext, deploymentId: string): Promise<ScheduleRow[]> {
  return (await readDeployment(ctx, deploymentId, NO_SUCH_DEPLOYMENT)).schedules;
}

/** Gives a deployment more schedules, whose runs are made at once. Gives the new ones in order. Refuses 404. */
export async function createSchedules(ctx: TenantContext, deploymentId: string, given: readonly NewSchedule[]): Promise<ScheduleRow[]> {
  return decideAgain(async () => {
    const before = await readDeployment(ctx, deploymentId, NO_SUCH_DEPLOYMENT);
    if (given.length === 0) return [];
    const { schedules, runs } = expandSchedules(ctx, before, newSchedules(ctx, deploymentId, given, before.schedules.length));
    const statements = [guardDeployment(ctx.db, before), ...insertSchedules(ctx.db, schedules), ...insertScheduledRuns(ctx.db, runs)];
    await writeDeployment(ctx, statements, { ids: [before.workQueueId] });
    return schedules;
  });
}

/** Changes the given columns of a schedule and replaces its deployment's coming runs. Refuses 404. */
export async function updateSchedule(ctx: TenantContext, deploymentId: string, id: string, changes: ScheduleChanges): Promise<void> {
  await rewrite(ctx, deploymentId, id, (schedule) => ({ ...schedule, ...changes, updatedAt: Math.max(ctx.now(), schedule.updatedAt + 1) }));
}

/** Deletes a schedule and replaces its deployment's coming runs. Refuses 404. */
export async function deleteSchedule(ctx: TenantContext, deploymentId: string, id: string): Promise<void> {
  await rewrite(ctx, deploymentId, id, () => null);
}

async function rewrite(
  ctx: TenantContext,
  deploymentId: string,
  id: string,
  change: (schedule: ScheduleRow) => ScheduleRow | null,
): Promise<void> {
  await decideAgain(async () => {
    const before = await readDeployment(ctx, deploymentId, NO_SUCH_DEPLOYMENT);
    const changed = change(
      found(
        before.schedules.find((schedule) => schedule.id === id),
        NO_SUCH_SCHEDULE,
      ),
    );
    const kept = before.schedules.filter((schedule) => schedule.id !== id);
    const { schedules, runs } = expandSchedules(ctx, before, changed ? [changed, ...kept] : kept);
    const written = schedules.find((schedule) => schedule.id === id);
    await writeDeployment(
      ctx,
      [
        guardDeployment(ctx.db, before),
        written ? updateStatement(ctx.db, written) : deleteStatement(ctx.db, ctx.tenantId, id),
        ...replaceRuns(
          ctx,
          before,
          runs,
          schedules.filter((schedule) => schedule !== written),
        ),
      ],
      { ids: [before.workQueueId] },
    );
  });
}
