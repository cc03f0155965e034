import { and, desc, eq, sql } from "drizzle-orm";
import type { Page, WorkerFilter } from "../domain/filters.ts";
import type { TenantId } from "../domain/ids.ts";
import type { Database, Statement } from "./database.ts";
import { criterion } from "./filters/conditions.ts";
import { workers } from "./tables.ts";

export type WorkerRow = typeof workers.$inferSelect;

/** Notes a heartbeat: a new worker, or a later heartbeat of a known one. A null interval leaves the known one. */
export const upsertWorker = (db: Database, worker: WorkerRow): Statement =>
  db.query
    .insert(workers)
    .values(worker)
    .onConflictDoUpdate({
      target: [workers.tenantId, workers.workPoolId, workers.name],
      set: {
        lastHeartbeatAt: worker.lastHeartbeatAt,
        caller: worker.caller,
        updatedAt: worker.updatedAt,
        ...(worker.heartbeatIntervalSeconds === null ? {} : { heartbeatIntervalSeconds: worker.heartbeatIntervalSeconds }),
      },
    });

/** The workers of the pool of a name. */
const ofPool = (tenantId: TenantId, poolName: string) =>
  and(
    eq(workers.tenantId, tenantId),
    sql`${workers.workPoolId} = (SELECT id FROM work_pools WHERE tenant_id = ${tenantId} AND name = ${poolName})`,
  );

export const selectWorkers = (db: Database, tenantId: TenantId, poolName: string, filter: WorkerFilter | null | undefined, page: Page) =>
  db.query
    .select()
    .from(workers)
    .where(and(ofPool(tenantId, poolName), criterion(workers.lastHeartbeatAt, filter?.lastHeartbeatTime)))
    .orderBy(desc(workers.lastHeartbeatAt), desc(workers.id))
    .limit(page.limit)
    .offset(page.offset);

/** Deletes a worker; gives a row when there was one. */
export const deleteWorker = (db: Database, tenantId: TenantId, poolName: string, name: string) =>
  db.query
    .delete(workers)
    .where(and(ofPool(tenantId, poolName), eq(workers.name, name)))
    .returning({ id: sql<string>`id` });
