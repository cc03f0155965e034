import { and, asc, eq, type SQL, sql } from "drizzle-orm";
import type { Page, WorkQueueFilter } from "../domain/filters.ts";
import type { TenantId } from "../domain/ids.ts";
import type { Micros } from "../domain/time.ts";
import { type Database, inList, named, type Statement } from "./database.ts";
import { all } from "./filters/conditions.ts";
import { workQueueMatches } from "./filters/runs.ts";
import { deployments, flowRuns, workPools, workQueues } from "./tables.ts";

export type WorkQueueRow = typeof workQueues.$inferSelect;
export type WorkQueuePoolRow = WorkQueueRow & { workPoolName: string };

const columns = {
  tenantId: named(workQueues.tenantId, "tenant_id"),
  id: named(workQueues.id, "id"),
  workPoolId: workQueues.workPoolId,
  name: named(workQueues.name, "name"),
  description: named(workQueues.description, "description"),
  isPaused: named(workQueues.isPaused, "is_paused"),
  concurrencyLimit: named(workQueues.concurrencyLimit, "concurrency_limit"),
  priority: workQueues.priority,
  filter: workQueues.filter,
  lastPolledAt: workQueues.lastPolledAt,
  createdAt: named(workQueues.createdAt, "created_at"),
  updatedAt: named(workQueues.updatedAt, "updated_at"),
  workPoolName: named(workPools.name, "work_pool_name"),
};

const withPool = (db: Database, where: SQL | undefined) =>
  db.query
    .select(columns)
    .from(workQueues)
    .innerJoin(workPools, and(eq(workPools.tenantId, workQueues.tenantId), eq(workPools.id, workQueues.workPoolId)))
    .where(where);

export const insertWorkQueue = (db: Database, queue: WorkQueueRow) => db.query.insert(workQueues).values(queue);

export const selectWorkQueue = (db: Database, tenantId: TenantId, id: string) =>
  withPool(db, and(eq(workQueues.tenantId, tenantId), eq(workQueues.id, id)));

/** A queue by the names of its pool and itself. */
export const selectWorkQueueByNames = (db: Database, tenantId: TenantId, poolName: string, name: string) =>
  withPool(db, and(eq(workPools.tenantId, tenantId), eq(workPools.name, poolName), eq(workQueues.name, name)));

/** All queues of a pool by priority: few, since a person makes them. */
export const selectQueuesOfPool = (db: Database, tenantId: TenantId, poolName: string) =>
  withPool(db, and(eq(workPools.tenantId, tenantId), eq(workPools.name, poolName))).orderBy(asc(workQueues.priority), asc(workQueues.id));

/** A queue as those who change it or its place see it. */
export interface PoolQueue {
  id: string;
  name: string;
  priority: number;
  workPoolId: string;
  workPoolName: string;
  isDefault: boolean;
}

/** All queues of the pool of a name, or of the pool that a queue is of. */
export const selectPoolQueues = (db: Database, tenantId: TenantId, pool: { name: string } | { ofQueueId: string }) =>
  db.query
    .select({
      id: named(workQueues.id, "id"),
      name: named(workQueues.name, "name"),
      priority: workQueues.priority,
      workPoolId: workQueues.workPoolId,
      workPoolName: named(workPools.name, "work_pool_name"),
      isDefault: sql<boolean>`${workPools.defaultQueueId} IS ${workQueues.id}`.mapWith(Boolean).as("is_default"),
    })
    .from(workQueues)
    .innerJoin(workPools, and(eq(workPools.tenantId, workQueues.tenantId), eq(workPools.id, workQueues.workPoolId)))
    .where(
      and(
        eq(workPools.tenantId, tenantId),
        "name" in pool
          ? eq(workPools.name, pool.name)
          : sql`${workPools.id} = (SELECT work_pool_id FROM work_queues WHERE tenant_id = ${tenantId} AND id = ${pool.ofQueueId})`,
      ),
    );

export const selectWorkQueues = (
  db: Database,
  tenantId: TenantId,
  poolName: string | null,
  filter: WorkQueueFilter | null | undefined,
  page: Page,
) =>
  withPool(
    db,
    all(
      sql`${workQueues.tenantId} = ${tenantId}`,
      poolName === null ? undefined : sql`${workPools.name} = ${poolName}`,
      filter ? workQueueMatches(filter) : undefined,
    ),
  )
    .orderBy(asc(poolName === null ? workQueues.name : workQueues.priority), asc(workQueues.id))
    .limit(page.limit)
    .offset(page.offset);

export type WorkQueueChanges = Partial<
  Pick<WorkQueueRow, "name" | "description" | "isPaused" | "concurrencyLimit" | "priority" | "filter" | "lastPolledAt">
> & { updatedAt: Micros };

/** Changes a queue; gives a row when there is one. */
export const updateWorkQueue = (db: Database, tenantId: TenantId, id: string, changes: WorkQueueChanges) =>
  db.query
    .update(workQueues)
    .set(changes)
    .where(and(eq(workQueues.tenantId, tenantId), eq(workQueues.id, id)))
    .returning({ id: sql<string>`id` });

/** Gives queues new priorities. */
export const setPriorities = (db: Database, tenantId: TenantId, priorities: ReadonlyMap<string, number>): Statement[] =>
  [...priorities].map(([id, priority]) =>
    db.query
      .update(workQueues)
      .set({ priority })
      .where(and(eq(workQueues.tenantId, tenantId), eq(workQueues.id, id))),
  );

/** Aborts the batch it stands in when two queues of the pool have the same priority: somebody else arranged them meanwhile. */
export const guardPriorities = (db: Database, tenantId: TenantId, poolId: string): Statement =>
  db.guard(
    sql`(SELECT count(*) = count(DISTINCT priority) FROM ${workQueues} WHERE ${workQueues.tenantId} = ${tenantId} AND ${workQueues.workPoolId} = ${poolId})`,
  );

/** Notes when queues were last polled. */
export const touchPolled = (db: Database, tenantId: TenantId, ids: readonly string[], at: Micros): Statement =>
  db.query
    .update(workQueues)
    .set({ lastPolledAt: at })
    .where(and(eq(workQueues.tenantId, tenantId), inList(workQueues.id, ids)));

/** Takes a queue from the runs and deployments that name it; they keep its name. Goes before its deletion in one batch. */
export const leaveQueues = (db: Database, tenantId: TenantId, queues: SQL | readonly string[]): [Statement, Statement] => [
  db.query
    .update(flowRuns)
    .set({ workQueueId: null, workPoolId: null })
    .where(and(eq(flowRuns.tenantId, tenantId), among(flowRuns.workQueueId, queues))),
  db.query
    .update(deployments)
    .set({ workQueueId: null })
    .where(and(eq(deployments.tenantId, tenantId), among(deployments.workQueueId, queues))),
];

const among = (column: typeof flowRuns.workQueueId | typeof deployments.workQueueId, queues: SQL | readonly string[]): SQL =>
  Array.isArray(queues) ? inList(column, queues) : sql`${column} IN ${queues as SQL}`;

/** The ids of a pool's queues, as a subquery. */
export const queueIdsOfPool = (tenantId: TenantId, poolName: string): SQL =>
  sql`(SELECT work_queues.id FROM work_queues JOIN work_pools ON work_pools.tenant_id = work_queues.tenant_id AND work_pools.id = work_queues.work_pool_id WHERE work_pools.tenant_id = ${tenantId} AND work_pools.name = ${poolName})`;

export const deleteWorkQueue = (db: Database, tenantId: TenantId, id: string) =>
  db.query
    .delete(workQueues)
    .where(and(eq(workQueues.tenantId, tenantId), eq(workQueues.id, id)))
    .returning({ id: sql<string>`id` });

/** How many runs of a queue are late. */
export const countLateRuns = (db: Database, tenantId: TenantId, queueId: string) =>
  db.query
    .select({ count: sql<number>`count(*)`.as("count") })
    .from(flowRuns)
    .where(
      and(
        eq(flowRuns.tenantId, tenantId),
        eq(flowRuns.workQueueId, queueId),
        sql`${flowRuns.stateType} = 'SCHEDULED'`,
        eq(flowRuns.stateName, "Late"),
      ),
    );
