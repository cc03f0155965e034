import { updateSchedule } from "../../store/deployment-schedules.ts";
import { guardDeployment, updateDeployment } from "../../store/deployments.ts";
import { deleteScheduledRuns, insertScheduledRuns } from "../../store/scheduled-runs.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { expandSchedules } from "../schedules/plan-runs.ts";
import { decideAgain } from "../states/decide-again.ts";
import { readDeployment } from "./read-deployments.ts";
import { requireOneSchedule } from "./update-deployment.ts";
import { nextLooks, writeDeployment } from "./write-deployment.ts";

/** Pauses a deployment and its schedule; the runs that the schedule made and nobody began go. Refuses 404, and 422 for many schedules. */
export async function pauseDeployment(ctx: TenantContext, id: string): Promise<void> {
  await decideAgain(async () => {
    const before = await readDeployment(ctx, id);
    requireOneSchedule(before);
    const [schedule] = before.schedules;
    const updatedAt = Math.max(ctx.now(), before.updatedAt + 1);
    await writeDeployment(
      ctx,
      [
        guardDeployment(ctx.db, before),
        ...(before.paused ? [] : [updateDeployment(ctx.db, ctx.tenantId, id, { paused: true, updatedAt })]),
        ...(schedule?.active ? [updateSchedule(ctx.db, { ...schedule, active: false, nextExpandAt: null, updatedAt })] : []),
        ...deleteScheduledRuns(ctx.db, ctx.tenantId, id, true),
      ],
      { ids: [before.workQueueId] },
    );
  });
}

/** Lets a paused deployment and its schedule go on; its runs are made at once. Refuses 404, and 422 for many schedules. */
export async function resumeDeployment(ctx: TenantContext, id: string): Promise<void> {
  await decideAgain(async () => {
    const before = await readDeployment(ctx, id);
    requireOneSchedule(before);
    const isDormant = before.schedules.some(({ active }) => !active);
    if (!before.paused && !isDormant) return;
    const now = Math.max(ctx.now(), before.updatedAt + 1);
    const updatedAt = before.paused ? now : before.updatedAt;
    const woken = isDormant ? before.schedules.map((schedule) => ({ ...schedule, active: true, updatedAt: now })) : before.schedules;
    const { schedules, runs } = expandSchedules(ctx, { paused: false, updatedAt }, woken);
    await writeDeployment(
      ctx,
      [
        guardDeployment(ctx.db, before),
        ...(before.paused ? [updateDeployment(ctx.db, ctx.tenantId, id, { paused: false, updatedAt })] : []),
        ...(isDormant ? schedules.map((schedule) => updateSchedule(ctx.db, schedule)) : nextLooks(ctx, { updatedAt }, schedules)),
        ...insertScheduledRuns(ctx.db, runs),
      ],
      { ids: [before.workQueueId] },
    );
  });
}
