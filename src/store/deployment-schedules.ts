import { and, asc, eq, sql } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
import { type JsonObject, parseJson } from "../domain/json.ts";
import type { Micros } from "../domain/time.ts";
import { type Database, named, type Statement } from "./database.ts";
import { insertable, insertRows } from "./insert-rows.ts";
import { deploymentSchedules, deployments } from "./tables.ts";

export type ScheduleRow = typeof deploymentSchedules.$inferSelect;

/** The schedules of the deployment that a query is about, the last changed first. */
export const schedulesOfDeployment = sql<ScheduleRow[]>`(
  SELECT json_group_array(json_array(tenant_id, id, deployment_id, schedule, active, max_active_runs, max_scheduled_runs, catchup, next_expand_at, created_at, updated_at))
  FROM (
    SELECT * FROM deployment_schedules AS own WHERE own.tenant_id = deployments.tenant_id AND own.deployment_id = deployments.id
    ORDER BY own.updated_at DESC, own.id DESC
  )
)`.mapWith((text: string) => (JSON.parse(text) as Listed[]).map(listedSchedule));

type Listed = [TenantId, string, string, string, number, number | null, number | null, number, Micros | null, Micros, Micros];

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
]: Listed): ScheduleRow {
  return {
    ...{ tenantId, id, deploymentId, maxActiveRuns, maxScheduledRuns, nextExpandAt, createdAt, updatedAt },
    schedule: parseJson(schedule) as JsonObject,
    active: active === 1,
    catchup: catchup === 1,
  };
}

export const insertSchedules = (db: Database, schedules: readonly ScheduleRow[]): Statement[] =>
  insertable(schedules).map((rows) => insertRows(db, deploymentSchedules, rows));

const isSchedule = (tenantId: TenantId, id: string) => and(eq(deploymentSchedules.tenantId, tenantId), eq(deploymentSchedules.id, id));

export type ScheduleChanges = Partial<Pick<ScheduleRow, "schedule" | "active" | "maxActiveRuns" | "maxScheduledRuns" | "catchup">>;

/** Writes all columns of a schedule. */
export const updateSchedule = (db: Database, { tenantId, id, ...columns }: ScheduleRow): Statement =>
  db.query.update(deploymentSchedules).set(columns).where(isSchedule(tenantId, id));

export const deleteSchedule = (db: Database, tenantId: TenantId, id: string): Statement =>
  db.query.delete(deploymentSchedules).where(isSchedule(tenantId, id));

export const deleteSchedulesOf = (db: Database, tenantId: TenantId, deploymentId: string): Statement =>
  db.query
    .delete(deploymentSchedules)
    .where(and(eq(deploymentSchedules.tenantId, tenantId), eq(deploymentSchedules.deploymentId, deploymentId)));

/** A schedule as the cron looks at it, with what its runs will be tied to. */
export interface DueSchedule {
  tenantId: TenantId;
  id: string;
  schedule: JsonObject;
  updatedAt: Micros;
  deploymentUpdatedAt: Micros;
  workQueueId: string | null;
}

/** Schedules of all tenants that are to be looked at by `now`, the longest waiting first. Served by `deployment_schedules_to_expand`. */
export const selectDueSchedules = (db: Database, now: Micros, limit: number) =>
  db.query
    .select({
      tenantId: named(deploymentSchedules.tenantId, "tenant_id"),
      id: named(deploymentSchedules.id, "id"),
      schedule: named(deploymentSchedules.schedule, "schedule"),
      updatedAt: named(deploymentSchedules.updatedAt, "updated_at"),
      deploymentUpdatedAt: named(deployments.updatedAt, "deployment_updated_at"),
      workQueueId: named(deployments.workQueueId, "work_queue_id"),
    })
    .from(deploymentSchedules)
    .innerJoin(
      deployments,
      and(eq(deployments.tenantId, deploymentSchedules.tenantId), eq(deployments.id, deploymentSchedules.deploymentId)),
    )
    .where(sql`${deploymentSchedules.nextExpandAt} <= ${now}`)
    .orderBy(asc(deploymentSchedules.nextExpandAt))
    .limit(limit);

/** When a schedule is to be looked at next, as decided on these versions of it and of its deployment. */
export interface NextLook {
  tenantId: TenantId;
  id: string;
  updatedAt: Micros;
  deploymentUpdatedAt: Micros;
  nextExpandAt: Micros;
}

/**
 * Notes when schedules are to be looked at next, where that is news. One that changed meanwhile, or whose deployment did, is left
 * alone, and so is one that is not to be looked at: inactive, or of a paused deployment.
 */
export const noteNextLooks = (db: Database, looks: readonly NextLook[]): Statement => {
  const list = looks.map((look) => [look.tenantId, look.id, look.updatedAt, look.deploymentUpdatedAt, look.nextExpandAt]);
  return db.query
    .update(deploymentSchedules)
    .set({ nextExpandAt: sql`look.value ->> 4` })
    .from(sql`json_each(${JSON.stringify(list)}) AS look`)
    .where(
      sql`deployment_schedules.tenant_id = look.value ->> 0 AND deployment_schedules.id = look.value ->> 1
        AND deployment_schedules.updated_at = look.value ->> 2 AND deployment_schedules.active
        AND deployment_schedules.next_expand_at IS NOT look.value ->> 4
        AND EXISTS (SELECT 1 FROM ${deployments} WHERE deployments.tenant_id = deployment_schedules.tenant_id
          AND deployments.id = deployment_schedules.deployment_id AND deployments.updated_at = look.value ->> 3 AND NOT deployments.paused)`,
    );
};

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
