import type { JsonObject } from "../../domain/json.ts";
import { runName } from "../../domain/names.ts";
import { scheduleFromFields } from "../../domain/schedules/fields.ts";
import { type Catchup, planRefill } from "../../domain/schedules/refill.ts";
import type { Occurrence } from "../../domain/schedules/types.ts";
import { MICROS_PER_SECOND, type Micros } from "../../domain/time.ts";
import { log } from "../../observe/log.ts";
import type { ScheduleRow } from "../../store/deployment-schedules.ts";
import type { PlannedRun } from "../../store/scheduled-runs.ts";
import type { TenantContext } from "../../tenancy/context.ts";

/** A schedule that cannot be expanded is looked at again after this long. */
const PUSHED_BACK = 3600 * MICROS_PER_SECOND;

/** A request expands schedules until it has made this many runs; what is left is the cron's. */
const RUNS_AT_ONCE = 500;

/** A schedule whose runs are to be made, and the version of its deployment. */
export type ExpandedSchedule = Pick<ScheduleRow, "tenantId" | "id" | "updatedAt"> & { deploymentUpdatedAt: Micros };

/** A run for an occurrence of a schedule. */
export const plannedRun = (schedule: ExpandedSchedule, { at, localText }: Occurrence, madeAt: Micros, newId: () => string): PlannedRun => ({
  tenantId: schedule.tenantId,
  scheduleId: schedule.id,
  scheduleUpdatedAt: schedule.updatedAt,
  deploymentUpdatedAt: schedule.deploymentUpdatedAt,
  id: newId(),
  name: runName(crypto.getRandomValues(new Uint8Array(2))),
  at,
  localText,
  stateId: newId(),
  madeAt,
});

/** What a schedule wants. */
export interface RunPlan {
  runs: PlannedRun[];
  nextExpandAt: Micros;
  /** The time up to which every occurrence has had its turn; null when that is as before. */
  plannedUntilAt: Micros | null;
}

/** The runs a schedule wants by `now`, and when it is to be looked at again. One that cannot be expanded is logged and wants none. */
export function planRuns(
  schedule: ExpandedSchedule & { schedule: JsonObject },
  now: Micros,
  newId: () => string,
  catchup?: Catchup,
): RunPlan {
  try {
    const { occurrences, nextAt, plannedUntil } = planRefill(scheduleFromFields(schedule.schedule), now, catchup);
    return {
      runs: occurrences.map((occurrence) => plannedRun(schedule, occurrence, now, newId)),
      nextExpandAt: nextAt,
      plannedUntilAt: plannedUntil,
    };
  } catch (error) {
    log("warn", "a schedule was not expanded", { tenantId: schedule.tenantId, scheduleId: schedule.id, error: String(error) });
    return { runs: [], nextExpandAt: now + PUSHED_BACK, plannedUntilAt: null };
  }
}

/**
 * The schedules of a deployment that is being written, each with when it is to be looked at next, and the runs they want at once.
 * Those of a paused deployment and inactive ones are not looked at. They are planned from now on: a write never catches up.
 */
export function expandSchedules(
  ctx: TenantContext,
  deployment: { paused: boolean; updatedAt: Micros },
  schedules: readonly ScheduleRow[],
): { schedules: ScheduleRow[]; runs: PlannedRun[] } {
  const now = ctx.now();
  const runs: PlannedRun[] = [];
  const expanded = schedules.map((schedule) => {
    if (deployment.paused || !schedule.active) return { ...schedule, nextExpandAt: null };
    if (!ctx.config.backgroundWork || runs.length >= RUNS_AT_ONCE) return { ...schedule, nextExpandAt: now, plannedUntilAt: now };
    const plan = planRuns({ ...schedule, deploymentUpdatedAt: deployment.updatedAt }, now, ctx.newId);
    runs.push(...plan.runs);
    return { ...schedule, nextExpandAt: plan.nextExpandAt, plannedUntilAt: plan.plannedUntilAt ?? now };
  });
  return { schedules: expanded, runs };
}
