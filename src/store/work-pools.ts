import { and, asc, count, eq, sql } from "drizzle-orm";
import type { Page, WorkPoolFilter } from "../domain/filters.ts";
import type { TenantId } from "../domain/ids.ts";
import { MICROS_PER_SECOND, type Micros } from "../domain/time.ts";
import type { Database } from "./database.ts";
import { all } from "./filters/conditions.ts";
import { workPoolMatches } from "./filters/runs.ts";
import { workPools } from "./tables.ts";

export type WorkPoolRow = typeof workPools.$inferSelect;

/** A pool, and whether a worker of it is online. */
export type WorkPoolStatusRow = WorkPoolRow & { hasOnlineWorker: boolean };

const columns = (now: Micros) => ({
  tenantId: workPools.tenantId,
  id: workPools.id,
  name: workPools.name,
  description: workPools.description,
  type: workPools.type,
  baseJobTemplate: workPools.baseJobTemplate,
  isPaused: workPools.isPaused,
  concurrencyLimit: workPools.concurrencyLimit,
  defaultQueueId: workPools.defaultQueueId,
  createdAt: workPools.createdAt,
  updatedAt: workPools.updatedAt,
  recovery: workPools.recovery,
  // A worker is online for three of its intervals after a heartbeat (`isOnline` in workers.ts). Qualified by hand: in a select of one table drizzle leaves the table's name out, and `id` would be the worker's.
  hasOnlineWorker:
    sql<boolean>`EXISTS (SELECT 1 FROM workers WHERE workers.tenant_id = work_pools.tenant_id AND workers.work_pool_id = work_pools.id AND workers.last_heartbeat_at + 3 * coalesce(workers.heartbeat_interval_seconds, 30) * ${MICROS_PER_SECOND} >= ${now})`
      .mapWith(Boolean)
      .as("has_online_worker"),
});

export const insertWorkPool = (db: Database, pool: WorkPoolRow) => db.query.insert(workPools).values(pool);

export const selectWorkPool = (db: Database, tenantId: TenantId, name: string, now: Micros) =>
  db.query
    .select(columns(now))
    .from(workPools)
    .where(and(eq(workPools.tenantId, tenantId), eq(workPools.name, name)));

/** The pool of a queue. */
export const selectWorkPoolOfQueue = (db: Database, tenantId: TenantId, queueId: string) =>
  db.query
    .select({ isPaused: workPools.isPaused, concurrencyLimit: workPools.concurrencyLimit })
    .from(workPools)
    .where(
      and(
        eq(workPools.tenantId, tenantId),
        sql`${workPools.id} = (SELECT work_pool_id FROM work_queues WHERE tenant_id = ${tenantId} AND id = ${queueId})`,
      ),
    );

/** The name of the pool of an id. */
export const selectWorkPoolName = (db: Database, tenantId: TenantId, id: string) =>
  db.query
    .select({ name: workPools.name })
    .from(workPools)
    .where(and(eq(workPools.tenantId, tenantId), eq(workPools.id, id)));

export const selectWorkPools = (db: Database, tenantId: TenantId, filter: WorkPoolFilter | null | undefined, page: Page, now: Micros) =>
  db.query
    .select(columns(now))
    .from(workPools)
    .where(poolCondition(tenantId, filter))
    .orderBy(asc(workPools.name))
    .limit(page.limit)
    .offset(page.offset);

export const countWorkPools = (db: Database, tenantId: TenantId, filter: WorkPoolFilter | null | undefined) =>
  db.query.select({ count: count() }).from(workPools).where(poolCondition(tenantId, filter));

const poolCondition = (tenantId: TenantId, filter: WorkPoolFilter | null | undefined) =>
  all(sql`${workPools.tenantId} = ${tenantId}`, filter ? workPoolMatches(filter) : undefined);

export type WorkPoolChanges = Partial<
  Pick<WorkPoolRow, "description" | "isPaused" | "baseJobTemplate" | "concurrencyLimit" | "recovery">
> & {
  updatedAt: Micros;
};

/** Changes a pool; gives a row when there is one of that name. */
export const updateWorkPool = (db: Database, tenantId: TenantId, name: string, changes: WorkPoolChanges) =>
  db.query
    .update(workPools)
    .set(changes)
    .where(and(eq(workPools.tenantId, tenantId), eq(workPools.name, name)))
    .returning({ id: sql<string>`id` });

/** Deletes a pool; its queues and workers go with it by their foreign keys. Gives a row when there was one. */
export const deleteWorkPool = (db: Database, tenantId: TenantId, name: string) =>
  db.query
    .delete(workPools)
    .where(and(eq(workPools.tenantId, tenantId), eq(workPools.name, name)))
    .returning({ id: sql<string>`id` });
