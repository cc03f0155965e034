import { found, Refusal } from "../../domain/errors.ts";
import type { JsonObject } from "../../domain/json.ts";
import { scheduleFromFields } from "../../domain/schedules/fields.ts";
import { type NotedOccurrence, previewOccurrences } from "../../domain/schedules/preview.ts";
import { ScheduleExpansionError } from "../../domain/schedules/types.ts";
import type { Micros } from "../../domain/time.ts";
import { selectDeployment } from "../../store/deployments.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { NO_SUCH_DEPLOYMENT, NO_SUCH_SCHEDULE } from "./change-schedules.ts";

/** Years past what the calendar of a schedule can be asked for. */
const LAST_START = Date.UTC(2200, 0) * 1000;
const FIRST_START = Date.UTC(1900, 0) * 1000;

/** The coming occurrences of a schedule, and whether they will get runs: neither an inactive schedule's nor a paused deployment's do. */
export interface SchedulePreview {
  schedule: JsonObject;
  active: boolean;
  paused: boolean;
  occurrences: NotedOccurrence[];
}

/** The next `n` occurrences of a deployment's schedule, in one round trip. Refuses 404, and 422 a schedule that has no dates to give. */
export async function previewSchedule(ctx: TenantContext, deploymentId: string, id: string, n: number): Promise<SchedulePreview> {
  const [[deployment]] = await ctx.db.run(selectDeployment(ctx.db, ctx.tenantId, deploymentId));
  const { schedules, paused } = found(deployment, NO_SUCH_DEPLOYMENT);
  const { schedule, active } = found(
    schedules.find((own) => own.id === id),
    NO_SUCH_SCHEDULE,
  );
  return { schedule, active, paused, occurrences: comingOccurrences(schedule, n, ctx.now()) };
}

/** The first `n` occurrences of a schedule from a time on. Refuses 422 one that has no dates to give, and times out of all calendars. */
export function comingOccurrences(schedule: JsonObject, n: number, start: Micros): NotedOccurrence[] {
  if (start < FIRST_START || start > LAST_START) throw new Refusal("invalid", "Invalid start: must be between the years 1900 and 2200.");
  try {
    return previewOccurrences(scheduleFromFields(schedule), { start, limit: n });
  } catch (error) {
    if (error instanceof ScheduleExpansionError) throw new Refusal("invalid", `The schedule has no dates to give: ${error.message}`);
    throw error;
  }
}
