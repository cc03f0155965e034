import { and, eq, sql } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
import { type JsonObject, parseJson } from "../domain/json.ts";
import type { CatchupPolicy } from "../domain/schedules/catchup.ts";
import type { Micros } from "../domain/time.ts";
import type { Database, Statement } from "./database.ts";
import { insertable, insertRows } from "./insert-rows.ts";
import { deploymentSchedules } from "./tables.ts";

export type ScheduleRow = typeof deploymentSchedules.$inferSelect;

/** The schedules of the deployment that a query is about, the last changed first. */
export const schedulesOfDeployment = sql<ScheduleRow[]>`(
  SELECT json_group_array(json_array(tenant_id, id, deployment_id, schedule, active, max_active_runs, max_scheduled_runs, catchup, next_expand_at, created_at, updated_at, catchup_policy, planned_until_at))
  FROM (
    SELECT * FROM deployment_schedules AS own WHERE own.tenant_id = deployments.tenant_id AND own.deployment_id = deployments.id
    ORDER BY own.updated_at DESC, own.id DESC
  )
)`.mapWith((text: string) => (JSON.parse(text) as Listed[]).map(listedSchedule));

type Listed = [
  ...[TenantId, string, string, string, number, number | null, number | null, number, Micros | null, Micros, Micros],
  CatchupPolicy,
  Micros | null,
];

function listedSchedule([
  tenantId,
  id,
  deploymentId,
  schedule,
  active,
  maxActiveRuns,
  maxScheduledRuns,
  catchup,
  nextExpandAt,
  createdAt,
  updatedAt,
  catchupPolicy,
  plannedUntilAt,
]: Listed): ScheduleRow {
  return {
    ...{ tenantId, id, deploymentId, maxActiveRuns, maxScheduledRuns, nextExpandAt, createdAt, updatedAt, catchupPolicy, plannedUntilAt },
    schedule: parseJson(schedule) as JsonObject,
    active: active === 1,
    catchup: catchup === 1,
  };
}

export const insertSchedules = (db: Database, schedules: readonly ScheduleRow[]): Statement[] =>
  insertable(schedules).map((rows) => insertRows(db, deploymentSchedules, rows));

const isSchedule = (tenantId: TenantId, id: string) => and(eq(deploymentSchedules.tenantId, tenantId), eq(deploymentSchedules.id, id));

export type ScheduleChanges = Partial<
  Pick<ScheduleRow, "schedule" | "active" | "maxActiveRuns" | "maxScheduledRuns" | "catchup" | "catchupPolicy">
>;

/** Writes all columns of a schedule. */
export const updateSchedule = (db: Database, { tenantId, id, ...columns }: ScheduleRow): Statement =>
  db.query.update(deploymentSchedules).set(columns).where(isSchedule(tenantId, id));

export const deleteSchedule = (db: Database, tenantId: TenantId, id: string): Statement =>
  db.query.delete(deploymentSchedules).where(isSchedule(tenantId, id));

export const deleteSchedulesOf = (db: Database, tenantId: TenantId, deploymentId: string): Statement =>
  db.query
    .delete(deploymentSchedules)
    .where(and(eq(deploymentSchedules.tenantId, tenantId), eq(deploymentSchedules.deploymentId, deploymentId)));

/** None of a deployment's schedules is to be looked at any more. */
export const stopLooking = (db: Database, tenantId: TenantId, deploymentId: string): Statement =>
  db.query
    .update(deploymentSchedules)
    .set({ nextExpandAt: null })
    .where(
      and(
        eq(deploymentSchedules.tenantId, tenantId),
        eq(deploymentSchedules.deploymentId, deploymentId),
        sql`${deploymentSchedules.nextExpandAt} IS NOT NULL`,
      ),
    );
