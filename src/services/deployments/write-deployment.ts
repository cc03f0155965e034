import type { JsonObject } from "../../domain/json.ts";
import type { Micros } from "../../domain/time.ts";
import { ConstraintFailed, GuardFailed, type Statement } from "../../store/database.ts";
import type { ScheduleRow } from "../../store/deployment-schedules.ts";
import type { DeploymentRow } from "../../store/deployments.ts";
import { noteNextLooks } from "../../store/due-schedules.ts";
import { deleteScheduledRuns, insertScheduledRuns, type PlannedRun } from "../../store/scheduled-runs.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import type { ResolvedQueue } from "../work-queues/ensure-queue.ts";

type Large = Partial<Pick<DeploymentRow, "parameters" | "jobVariables" | "parameterOpenapiSchema" | "pullSteps">>;

/** The same columns as they are stored: large values go to R2 here. */
export async function spillDeployment<T extends Large>(ctx: TenantContext, columns: T): Promise<T> {
  const spilled: Large = {};
  const { parameters, jobVariables, parameterOpenapiSchema, pullSteps } = columns;
  if (parameters) spilled.parameters = await ctx.bodies.spill(parameters, ctx.newId());
  if (jobVariables) spilled.jobVariables = await ctx.bodies.spill(jobVariables, ctx.newId());
  if (parameterOpenapiSchema) spilled.parameterOpenapiSchema = await ctx.bodies.spill<JsonObject>(parameterOpenapiSchema, ctx.newId());
  if (pullSteps) spilled.pullSteps = await ctx.bodies.spill(pullSteps, ctx.newId());
  return { ...columns, ...spilled };
}

/**
 * The statements that replace a deployment's coming runs, after it and its schedules were written: those that its schedules made
 * go, the planned ones come. `kept` are the schedules that were not written, with when they are to be looked at next.
 */
export function replaceRuns(
  ctx: TenantContext,
  deployment: Pick<DeploymentRow, "id" | "updatedAt">,
  runs: readonly PlannedRun[],
  kept: readonly ScheduleRow[],
): Statement[] {
  return [
    ...deleteScheduledRuns(ctx.db, ctx.tenantId, deployment.id, true),
    ...nextLooks(ctx, deployment, kept),
    ...insertScheduledRuns(ctx.db, runs),
  ];
}

/** The statement that notes when schedules are to be looked at next. */
export function nextLooks(ctx: TenantContext, deployment: { updatedAt: Micros }, schedules: readonly ScheduleRow[]): Statement[] {
  const looks = schedules.flatMap(({ tenantId, id, updatedAt, nextExpandAt, plannedUntilAt }) =>
    nextExpandAt === null ? [] : [{ tenantId, id, updatedAt, deploymentUpdatedAt: deployment.updatedAt, nextExpandAt, plannedUntilAt }],
  );
  return looks.length === 0 ? [] : [noteNextLooks(ctx.db, looks)];
}

/**
 * Runs the statements of one write of a deployment and tells the queues that its runs were in or are in now. Gives their results.
 * Throws GuardFailed when somebody else wrote meanwhile, so that the write is to be decided anew.
 */
export async function writeDeployment(
  ctx: TenantContext,
  statements: Statement[],
  queues: { ids: (string | null)[]; made?: ResolvedQueue | null },
): Promise<unknown[]> {
  const results = await ctx.db.runAll([...(queues.made?.statements ?? []), ...statements]).catch(decideTakenAgain);
  if (queues.made && queues.made.statements.length > 0) await ctx.queues.poolChanged(queues.made.pool.name);
  // Runners' polls go by where deployments are: a move is told as a change of the runs without a queue.
  const isMove = new Set(queues.ids).size > 1;
  await ctx.queues.refill(isMove ? [...queues.ids, null] : queues.ids);
  return results;
}

/** Of two that make the same deployment, queue or pool at once, the second is to find it when it reads again (`decideAgain`). */
export function decideTakenAgain(error: unknown): never {
  throw error instanceof ConstraintFailed && error.kind === "unique" ? new GuardFailed(error.message) : error;
}

/** The value of a column that takes no null; for null the error that the real server gets from its database. */
export function notNull<T>(value: T | null): T {
  if (value === null) throw new ConstraintFailed("other", "a column that is never null was to be null");
  return value;
}
