import { and, asc, eq, type SQL, sql } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
import type { Database } from "./database.ts";
import { cancelledFlowRuns, flowRuns, taskRuns } from "./tables.ts";

const isRun = (tenantId: TenantId, id: string) => and(eq(cancelledFlowRuns.tenantId, tenantId), eq(cancelledFlowRuns.flowRunId, id));

const isLive = (stateType: SQL): SQL => sql`${stateType} IN ('SCHEDULED', 'PENDING', 'RUNNING', 'PAUSED', 'CANCELLING')`;

/** A subflow run that is to be cancelled with its parent. A deployed one that is CANCELLING is a worker's to end. */
const isLiveSubflow = sql`${isLive(sql`sub.state_type`)} AND NOT (sub.state_type = 'CANCELLING' AND sub.deployment_id IS NOT NULL)`;

/** The task runs of a flow run, each with the subflow run it stands for, if any. */
const children = (tenantId: TenantId, flowRunId: string): SQL =>
  sql`task_runs AS task LEFT JOIN flow_runs AS sub ON sub.tenant_id = task.tenant_id AND sub.parent_task_run_id = task.id
    WHERE task.tenant_id = ${tenantId} AND task.flow_run_id = ${flowRunId}`;

/** Notes a run that was cancelled, if it leaves task runs or subflow runs unfinished; gives a row when it does. */
export const noteCancelled = (db: Database, tenantId: TenantId, flowRunId: string) =>
  db.query
    .insert(cancelledFlowRuns)
    .select(
      sql`SELECT ${tenantId}, ${flowRunId}
        WHERE EXISTS (SELECT 1 FROM ${children(tenantId, flowRunId)} AND (${isLive(sql`task.state_type`)} OR (${isLiveSubflow})))`,
    )
    .onConflictDoNothing()
    .returning({ flowRunId: sql<string>`flow_run_id` });

/** Notes a run, if it is cancelled already, because a child is added to it. */
export const noteIfCancelled = (db: Database, tenantId: TenantId, flowRunId: string) =>
  db.query
    .insert(cancelledFlowRuns)
    .select(sql`SELECT tenant_id, id FROM flow_runs WHERE tenant_id = ${tenantId} AND id = ${flowRunId} AND state_type = 'CANCELLED'`)
    .onConflictDoNothing();

/** Where a sweep over all tenants' cancelled runs stands. */
export interface Cursor {
  tenantId: string;
  flowRunId: string;
}

/** The noted runs of all tenants after a cursor, in the order of the primary key. */
export const selectCancelledRuns = (db: Database, after: Cursor, limit: number) =>
  db.query
    .select()
    .from(cancelledFlowRuns)
    .where(sql`(${cancelledFlowRuns.tenantId}, ${cancelledFlowRuns.flowRunId}) > (${after.tenantId}, ${after.flowRunId})`)
    .orderBy(asc(cancelledFlowRuns.tenantId), asc(cancelledFlowRuns.flowRunId))
    .limit(limit);

/** How a cancelled run stands; null for `endedAt` when it never started. */
export const selectCancelledRun = (db: Database, tenantId: TenantId, flowRunId: string) =>
  db.query
    .select({ stateType: flowRuns.stateType, endedAt: flowRuns.endedAt })
    .from(flowRuns)
    .where(and(eq(flowRuns.tenantId, tenantId), eq(flowRuns.id, flowRunId)));

/** Unfinished task runs of a flow run. */
export const selectLiveTaskRuns = (db: Database, tenantId: TenantId, flowRunId: string, limit: number) =>
  db.query
    .select({ id: taskRuns.id })
    .from(taskRuns)
    .where(and(eq(taskRuns.tenantId, tenantId), eq(taskRuns.flowRunId, flowRunId), isLive(sql`${taskRuns.stateType}`)))
    .orderBy(asc(taskRuns.id))
    .limit(limit);

/** Unfinished subflow runs of a flow run, and their deployments. */
export const selectLiveSubflows = (db: Database, tenantId: TenantId, flowRunId: string, limit: number) =>
  db.query
    .select({ id: sql<string>`sub_id`, deploymentId: sql<string | null>`deployment_id` })
    .from(
      sql`(SELECT sub.id AS sub_id, sub.deployment_id AS deployment_id FROM ${children(tenantId, flowRunId)} AND ${isLiveSubflow} ORDER BY sub.id LIMIT ${limit})`,
    );

/** Strikes a run off the list. */
export const forgetCancelled = (db: Database, tenantId: TenantId, flowRunId: string) =>
  db.query.delete(cancelledFlowRuns).where(isRun(tenantId, flowRunId));
