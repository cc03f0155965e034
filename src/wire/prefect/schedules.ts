import { z } from "@hono/zod-openapi";
import type { JsonObject } from "../../domain/json.ts";
import { CATCHUP_POLICIES } from "../../domain/schedules/catchup.ts";
import { scheduleFields } from "../../domain/schedules/fields.ts";
import { parseSchedule } from "../../domain/schedules/parse.ts";
import type { ScheduleRow } from "../../store/deployment-schedules.ts";
import { positiveInteger } from "./constrained.ts";
import { boolean, datetime, duration, field, integer, list, model, oneOf, optional, uuid, withDefault } from "./model.ts";
import { id, ormFields, ormToWire } from "./objects.ts";

const IntervalSchedule = z.object({ interval: z.number(), anchor_date: z.string(), timezone: z.string() }).openapi("IntervalSchedule");
const CronSchedule = z.object({ cron: z.string(), timezone: z.string().nullable(), day_or: z.boolean() }).openapi("CronSchedule");
const RRuleSchedule = z.object({ rrule: z.string(), timezone: z.string() }).openapi("RRuleSchedule");
/** A schedule as it is shown, and as it is stored. */
export const Schedule = z.union([IntervalSchedule, CronSchedule, RRuleSchedule]);

/** A schedule of whichever kind takes it; the errors of all three when none does. */
export const schedule = () =>
  field<JsonObject>(
    (value, fail) => {
      const read = parseSchedule(value, Date.now() * 1000);
      if (read.ok) return scheduleFields(read.schedule);
      for (const { msg, type, ctx, loc } of read.errors) fail(msg, type, ctx, loc);
      return z.NEVER;
    },
    { anyOf: ["IntervalSchedule", "CronSchedule", "RRuleSchedule"].map((name) => ({ $ref: `#/components/schemas/${name}` })) },
  );

/** Prefect's PREFECT_DEPLOYMENT_SCHEDULE_MAX_SCHEDULED_RUNS. */
const MAX_SCHEDULED_RUNS = 50;

const maxScheduledRuns = () =>
  positiveInteger().transform((value, context) => {
    if (value <= MAX_SCHEDULED_RUNS) return value;
    const message = `\`max_scheduled_runs\` must be less than or equal to ${MAX_SCHEDULED_RUNS}.`;
    context.addIssue({ code: "custom", message, params: { type: "value_error" } });
    return z.NEVER;
  });

const CATCHUP_DESCRIPTION =
  "What becomes of occurrences that passed while the scheduler did not work: all of them get a run, the latest one, or none (the default). At most 100 days back.";

/** Prefect has a `catchup` of its own, which nothing heeds. */
const catchupPolicy = () => optional(oneOf(...CATCHUP_POLICIES)).openapi({ description: CATCHUP_DESCRIPTION });

export const DeploymentScheduleCreate = model("DeploymentScheduleCreate", {
  active: withDefault(boolean(), true),
  schedule: schedule(),
  max_active_runs: optional(positiveInteger()),
  max_scheduled_runs: optional(maxScheduledRuns()),
  catchup: withDefault(boolean(), false),
  catchup_policy: catchupPolicy(),
});

export const DeploymentSchedulesCreate = list(DeploymentScheduleCreate);

/** A request's schedule as the services take it. */
export const newScheduleOf = (body: z.output<typeof DeploymentScheduleCreate>) => ({
  schedule: body.schedule,
  active: body.active,
  maxActiveRuns: body.max_active_runs ?? null,
  maxScheduledRuns: body.max_scheduled_runs ?? null,
  catchup: body.catchup,
  catchupPolicy: body.catchup_policy ?? null,
});

export const DeploymentScheduleUpdate = model("DeploymentScheduleUpdate", {
  active: optional(boolean()),
  schedule: optional(schedule()),
  max_active_runs: optional(positiveInteger()),
  max_scheduled_runs: optional(maxScheduledRuns()),
  catchup: optional(boolean()),
  catchup_policy: catchupPolicy(),
});

/** What a request changes of a schedule: null changes nothing. */
export const scheduleChangesOf = (body: z.output<typeof DeploymentScheduleUpdate>) => ({
  ...(body.active != null && { active: body.active }),
  ...(body.schedule && { schedule: body.schedule }),
  ...(body.max_active_runs != null && { maxActiveRuns: body.max_active_runs }),
  ...(body.max_scheduled_runs != null && { maxScheduledRuns: body.max_scheduled_runs }),
  ...(body.catchup != null && { catchup: body.catchup }),
  ...(body.catchup_policy != null && { catchupPolicy: body.catchup_policy }),
});

export const paramsOfSchedule = z.object({ id: uuid(), schedule_id: uuid() });

/** The body of `/schedule`. */
export const ScheduleSpanBody = z.object({
  start_time: datetime().optional(),
  end_time: datetime().optional(),
  min_time: duration().optional(),
  min_runs: integer().optional(),
  max_runs: integer().optional(),
});

export const scheduleSpanOf = (body: z.output<typeof ScheduleSpanBody>) => ({
  startAt: body.start_time,
  endAt: body.end_time,
  minSeconds: body.min_time,
  minRuns: body.min_runs,
  maxRuns: body.max_runs,
});

export const DeploymentSchedule = z
  .object({
    ...ormFields,
    deployment_id: id(),
    schedule: Schedule,
    active: z.boolean(),
    max_active_runs: z.int().nullable(),
    max_scheduled_runs: z.int().nullable(),
    catchup: z.boolean(),
    catchup_policy: z
      .enum(["all", "latest"])
      .optional()
      .openapi({ description: `${CATCHUP_DESCRIPTION} Not there for \`none\`.` }),
  })
  .openapi("DeploymentSchedule");

export const scheduleToWire = (row: ScheduleRow): z.input<typeof DeploymentSchedule> => ({
  ...ormToWire(row),
  deployment_id: row.deploymentId,
  schedule: shownSchedule(row.schedule),
  active: row.active,
  max_active_runs: row.maxActiveRuns,
  max_scheduled_runs: row.maxScheduledRuns,
  catchup: row.catchup,
  // The dialect's clients know nothing of it.
  ...(row.catchupPolicy !== "none" && { catchup_policy: row.catchupPolicy }),
});

/** Stored schedules have the dialect's own form. */
export const shownSchedule = (schedule: JsonObject) => schedule as z.input<typeof Schedule>;
