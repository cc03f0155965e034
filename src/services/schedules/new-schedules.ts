import { Refusal } from "../../domain/errors.ts";
import type { JsonObject } from "../../domain/json.ts";
import type { CatchupPolicy } from "../../domain/schedules/catchup.ts";
import type { ScheduleRow } from "../../store/deployment-schedules.ts";
import type { TenantContext } from "../../tenancy/context.ts";

/** A schedule that somebody gives a deployment. A `catchupPolicy` of null: nothing is said of it. */
export type NewSchedule = Pick<ScheduleRow, "schedule" | "active" | "maxActiveRuns" | "maxScheduledRuns" | "catchup"> & {
  catchupPolicy: CatchupPolicy | null;
};

/** A schedule of which only what to run when is given. */
export const plainSchedule = ({
  schedule,
  active,
  catchupPolicy = null,
}: Pick<NewSchedule, "schedule" | "active"> & Partial<Pick<NewSchedule, "catchupPolicy">>): NewSchedule => ({
  schedule,
  active,
  maxActiveRuns: null,
  maxScheduledRuns: null,
  catchup: false,
  catchupPolicy,
});

/**
 * The schedules that are to replace those of a deployment, as far as a deployment's own writes say (Prefect copies no more): what
 * and when. Clients that do not know of the catch-up policy send none: a schedule keeps the one it had, be it the same schedule
 * but for its anchor, or the only one before and after.
 */
export function replacingSchedules(before: readonly ScheduleRow[], given: readonly NewSchedule[]): NewSchedule[] {
  const left = Map.groupBy(before, ({ schedule }) => withoutAnchor(schedule));
  const [only] = before.length === 1 && given.length === 1 ? before : [];
  return given.map((schedule) => {
    const old = left.get(withoutAnchor(schedule.schedule))?.shift() ?? only;
    return plainSchedule({ ...schedule, catchupPolicy: schedule.catchupPolicy ?? old?.catchupPolicy ?? null });
  });
}

/** What tells a schedule from another. Clients that give no anchor send the time of day. */
const withoutAnchor = ({ anchor_date: _, ...rest }: JsonObject): string =>
  JSON.stringify(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)));

/** How many schedules a deployment may have: they are read and expanded together. */
const MAX_SCHEDULES = 500;

/** The rows of new schedules, in order, for a deployment that keeps some others. Refuses (422) too many. */
export function newSchedules(ctx: TenantContext, deploymentId: string, given: readonly NewSchedule[], kept = 0): ScheduleRow[] {
  if (kept + given.length > MAX_SCHEDULES) throw new Refusal("invalid", `A deployment can have at most ${MAX_SCHEDULES} schedules.`);
  return given.map((schedule) => {
    const now = ctx.now();
    return {
      ...schedule,
      ...{ tenantId: ctx.tenantId, id: ctx.newId(), deploymentId, nextExpandAt: null, createdAt: now, updatedAt: now },
      catchupPolicy: schedule.catchupPolicy ?? "none",
      plannedUntilAt: null,
    };
  });
}
