import { Refusal } from "../../domain/errors.ts";
import type { ScheduleRow } from "../../store/deployment-schedules.ts";
import type { TenantContext } from "../../tenancy/context.ts";

/** A schedule that somebody gives a deployment. */
export type NewSchedule = Pick<ScheduleRow, "schedule" | "active" | "maxActiveRuns" | "maxScheduledRuns" | "catchup">;

/** A schedule of which only what to run when is given. */
export const plainSchedule = ({ schedule, active }: Pick<NewSchedule, "schedule" | "active">): NewSchedule => ({
  schedule,
  active,
  maxActiveRuns: null,
  maxScheduledRuns: null,
  catchup: false,
});

/** How many schedules a deployment may have: they are read and expanded together. */
const MAX_SCHEDULES = 500;

/** The rows of new schedules, in order, for a deployment that keeps some others. Refuses (422) too many. */
export function newSchedules(ctx: TenantContext, deploymentId: string, given: readonly NewSchedule[], kept = 0): ScheduleRow[] {
  if (kept + given.length > MAX_SCHEDULES) throw new Refusal("invalid", `A deployment can have at most ${MAX_SCHEDULES} schedules.`);
  return given.map((schedule) => {
    const now = ctx.now();
    return { ...schedule, tenantId: ctx.tenantId, id: ctx.newId(), deploymentId, nextExpandAt: null, createdAt: now, updatedAt: now };
  });
}
