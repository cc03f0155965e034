import { Refusal } from "../../domain/errors.ts";
import { expand } from "../../domain/schedules/expand.ts";
import { scheduleFromFields } from "../../domain/schedules/fields.ts";
import { REFILL_RULE } from "../../domain/schedules/refill.ts";
import { type Occurrence, ScheduleExpansionError } from "../../domain/schedules/types.ts";
import { MICROS_PER_SECOND, type Micros } from "../../domain/time.ts";
import type { ScheduleRow } from "../../store/deployment-schedules.ts";
import { selectDeployment } from "../../store/deployments.ts";
import { insertScheduledRuns } from "../../store/scheduled-runs.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { writeDeployment } from "../deployments/write-deployment.ts";
import { plannedRun } from "./plan-runs.ts";

const SECONDS_PER_DAY = 86_400;

/** One request makes at most this many runs. */
const MAX_RUNS = 10_000;

/** The span to make runs for; what is left out is the scheduler's own. */
export interface ScheduleSpan {
  startAt?: Micros | undefined;
  endAt?: Micros | undefined;
  /** Runs are made until one is at least this long after the start. */
  minSeconds?: number | undefined;
  minRuns?: number | undefined;
  maxRuns?: number | undefined;
}

/**
 * Makes the runs of a deployment's active schedules within a span, paused or not; those that are there already stay. Does nothing
 * for a deployment that does not exist, as the real server. Two round trips. Refuses (422) a schedule that has no dates to give.
 */
export async function scheduleRuns(ctx: TenantContext, deploymentId: string, span: ScheduleSpan): Promise<void> {
  const [[deployment]] = await ctx.db.run(selectDeployment(ctx.db, ctx.tenantId, deploymentId));
  if (!deployment) return;
  const now = ctx.now();
  const runs = deployment.schedules
    .filter(({ active }) => active)
    .flatMap((schedule) => {
      const expanded = { ...schedule, deploymentUpdatedAt: deployment.updatedAt };
      return occurrencesWithin(schedule, span, now).map((occurrence) => plannedRun(expanded, occurrence, now, ctx.newId));
    });
  if (runs.length > MAX_RUNS) throw new Refusal("invalid", `At most ${MAX_RUNS} runs can be scheduled at once.`);
  if (runs.length > 0) await writeDeployment(ctx, insertScheduledRuns(ctx.db, runs, true), { ids: [deployment.workQueueId] });
}

/** The first occurrences from the start on that are enough by number and by time, none after the end. */
function occurrencesWithin({ schedule }: ScheduleRow, span: ScheduleSpan, now: Micros): Occurrence[] {
  const start = span.startAt ?? now;
  const end = span.endAt ?? start + REFILL_RULE.maxAheadDays * SECONDS_PER_DAY * MICROS_PER_SECOND;
  const until = start + (span.minSeconds ?? REFILL_RULE.minAheadSeconds) * MICROS_PER_SECOND;
  const minRuns = span.minRuns ?? REFILL_RULE.minRuns;
  try {
    const all = expand(scheduleFromFields(schedule), { start, end, limit: span.maxRuns ?? REFILL_RULE.maxRuns });
    const enough = all.findIndex(({ at }, index) => index + 1 >= minRuns && at >= until);
    return enough < 0 ? all : all.slice(0, enough + 1);
  } catch (error) {
    if (error instanceof ScheduleExpansionError)
      throw new Refusal("invalid", `A schedule of the deployment has no dates to give: ${error.message}`);
    throw error;
  }
}
