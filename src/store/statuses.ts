import { and, eq, type SQL, sql } from "drizzle-orm";
import type { StatusKind } from "../domain/events/status-events.ts";
import type { TenantId } from "../domain/ids.ts";
import { MICROS_PER_SECOND, type Micros } from "../domain/time.ts";
import { type Database, inList, named } from "./database.ts";
import { insertRows } from "./insert-rows.ts";
import { deployments, flows, toldStatuses, workPools, workQueues } from "./tables.ts";

export type ToldStatus = typeof toldStatuses.$inferSelect;

/** What events have told of an object's status; null where none has. */
const told = (tenantId: TenantId, kind: StatusKind, id: SQL) => {
  const column = (name: string) =>
    sql`(SELECT ${sql.raw(name)} FROM told_statuses WHERE told_statuses.tenant_id = ${tenantId} AND told_statuses.kind = ${kind} AND told_statuses.id = ${id})`;
  return {
    toldStatus: sql<ToldStatus["status"] | null>`${column("status")}`.as("told_status"),
    toldEventId: sql<string | null>`${column("event_id")}`.as("told_event_id"),
    toldAt: sql<Micros | null>`${column("told_at")}`.as("told_at"),
  };
};

const pool = {
  poolId: named(workPools.id, "pool_id"),
  poolName: named(workPools.name, "pool_name"),
  poolType: named(workPools.type, "pool_type"),
};
const queue = { queueId: named(workQueues.id, "queue_id"), queueName: named(workQueues.name, "queue_name") };

const poolOfQueue = and(eq(workPools.tenantId, workQueues.tenantId), eq(workPools.id, workQueues.workPoolId));

/** Pools by name or id, with what their status depends on. */
export const selectPoolStatuses = (
  db: Database,
  tenantId: TenantId,
  by: { names: readonly string[] } | { ids: readonly string[] },
  now: Micros,
) =>
  db.query
    .select({
      ...pool,
      isPaused: workPools.isPaused,
      // As in work-pools.ts: a worker is online for three of its intervals after a heartbeat.
      hasOnlineWorker:
        sql<boolean>`EXISTS (SELECT 1 FROM workers WHERE workers.tenant_id = work_pools.tenant_id AND workers.work_pool_id = work_pools.id AND workers.last_heartbeat_at + 3 * coalesce(workers.heartbeat_interval_seconds, 30) * ${MICROS_PER_SECOND} >= ${now})`
          .mapWith(Boolean)
          .as("has_online_worker"),
      ...told(tenantId, "work-pool", sql.raw('"work_pools"."id"')),
    })
    .from(workPools)
    .where(and(eq(workPools.tenantId, tenantId), "names" in by ? inList(workPools.name, by.names) : inList(workPools.id, by.ids)));

/** Queues by id, with what their status depends on. */
export const selectQueueStatuses = (db: Database, tenantId: TenantId, ids: readonly string[]) =>
  db.query
    .select({
      ...queue,
      ...pool,
      isPaused: named(workQueues.isPaused, "is_paused"),
      lastPolledAt: named(workQueues.lastPolledAt, "last_polled_at"),
      ...told(tenantId, "work-queue", sql.raw('"work_queues"."id"')),
    })
    .from(workQueues)
    .innerJoin(workPools, poolOfQueue)
    .where(and(eq(workQueues.tenantId, tenantId), inList(workQueues.id, ids)));

/** Deployments by id or queue, with what their status depends on. */
export const selectDeploymentStatuses = (
  db: Database,
  tenantId: TenantId,
  by: { ids: readonly string[] } | { queueIds: readonly string[] },
) =>
  db.query
    .select({
      deploymentId: named(deployments.id, "deployment_id"),
      deploymentName: named(deployments.name, "deployment_name"),
      flowId: named(flows.id, "flow_id"),
      flowName: named(flows.name, "flow_name"),
      ...queue,
      ...pool,
      lastPolledAt:
        sql<Micros | null>`nullif(max(coalesce(${deployments.lastPolledAt}, 0), coalesce(${workQueues.lastPolledAt}, 0)), 0)`.as(
          "last_polled_at",
        ),
      ...told(tenantId, "deployment", sql.raw('"deployments"."id"')),
    })
    .from(deployments)
    .innerJoin(flows, and(eq(flows.tenantId, deployments.tenantId), eq(flows.id, deployments.flowId)))
    .leftJoin(workQueues, and(eq(workQueues.tenantId, deployments.tenantId), eq(workQueues.id, deployments.workQueueId)))
    .leftJoin(workPools, poolOfQueue)
    .where(
      and(eq(deployments.tenantId, tenantId), "ids" in by ? inList(deployments.id, by.ids) : inList(deployments.workQueueId, by.queueIds)),
    );

/** Notes what events tell of statuses; gives those that were not told already. */
export const tellStatuses = (db: Database, rows: readonly ToldStatus[]) =>
  insertRows(db, toldStatuses, rows)
    .onConflictDoUpdate({
      target: [toldStatuses.tenantId, toldStatuses.kind, toldStatuses.id],
      set: { status: sql`excluded.status`, eventId: sql`excluded.event_id`, toldAt: sql`excluded.told_at` },
      setWhere: sql`told_statuses.status <> excluded.status`,
    })
    .returning({ eventId: sql<string>`event_id` });

/** Objects of all tenants that events told to be ready and that are so no more: their last sign of life lies too far back. */
export function selectStale(db: Database, now: Micros, polledBefore: Micros, limit: number) {
  const isPolled = (column: string) => sql`coalesce(${sql.raw(column)}, 0) >= ${polledBefore}`;
  const stale = {
    "work-pool": sql`NOT EXISTS (SELECT 1 FROM workers WHERE workers.tenant_id = told.tenant_id AND workers.work_pool_id = told.id
      AND workers.last_heartbeat_at + 3 * coalesce(workers.heartbeat_interval_seconds, 30) * ${MICROS_PER_SECOND} >= ${now})`,
    "work-queue": sql`NOT EXISTS (SELECT 1 FROM work_queues WHERE work_queues.tenant_id = told.tenant_id AND work_queues.id = told.id AND ${isPolled("work_queues.last_polled_at")})`,
    deployment: sql`NOT EXISTS (SELECT 1 FROM deployments LEFT JOIN work_queues ON work_queues.tenant_id = deployments.tenant_id AND work_queues.id = deployments.work_queue_id
      WHERE deployments.tenant_id = told.tenant_id AND deployments.id = told.id AND (${isPolled("deployments.last_polled_at")} OR ${isPolled("work_queues.last_polled_at")}))`,
  };
  const selects = Object.entries(stale).map(
    ([kind, condition]) =>
      sql`SELECT tenant_id, kind, id FROM told_statuses AS told INDEXED BY told_statuses_ready WHERE told.kind = ${kind} AND told.status = 'READY' AND ${condition}`,
  );
  return db.query
    .select({ tenantId: sql<TenantId>`tenant_id`, kind: sql<StatusKind>`kind`, id: sql<string>`id` })
    .from(sql`(${sql.join(selects, sql` UNION ALL `)})`)
    .limit(limit);
}
