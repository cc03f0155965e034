import { and, eq, type SQL, sql } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
import type { Database, Statement } from "./database.ts";
import { workPools, workQueues } from "./tables.ts";

/**
 * Slots of queues and pools as claims count them: a run holds one while it is PENDING or RUNNING, as on a pool's poll route. They
 * are counted from the runs each time, so none can leak. Served by `flow_runs_occupying`.
 */
const HOLDS = sql.raw("held.state_type IN ('PENDING', 'RUNNING', 'CANCELLING') AND held.state_type <> 'CANCELLING'");

/** How many runs hold slots of the queue of the statement, and of its pool; asked only where there is a limit. */
const heldOfQueue = sql.raw(
  `(SELECT count(*) FROM flow_runs AS held WHERE held.tenant_id = work_queues.tenant_id AND held.work_queue_id = work_queues.id AND `,
);
const heldOfPool = sql.raw(
  `(SELECT count(*) FROM flow_runs AS held WHERE held.tenant_id = work_queues.tenant_id AND held.work_queue_id IN
    (SELECT sibling.id FROM work_queues AS sibling WHERE sibling.tenant_id = work_queues.tenant_id AND sibling.work_pool_id = work_queues.work_pool_id) AND `,
);

/** Whether the slots that are held of a limit compare to it as given; false where there is no limit. */
const compares = (limit: typeof workQueues.concurrencyLimit | typeof workPools.concurrencyLimit, held: SQL, comparison: ">=" | ">"): SQL =>
  sql`CASE WHEN ${limit} IS NULL THEN 0 ELSE ${held}${HOLDS}) ${sql.raw(comparison)} ${limit} END`;

/** Whether the limits of a run's queue and pool leave no slot, and whether the pool takes lost runs back. No row for a run without a queue. */
export const selectRunSlots = (db: Database, tenantId: TenantId, flowRunId: string) =>
  db.query
    .select({
      queueName: sql<string>`${workQueues.name}`.as("queue_name"),
      poolName: sql<string>`${workPools.name}`.as("pool_name"),
      isQueueFull: compares(workQueues.concurrencyLimit, heldOfQueue, ">=").mapWith(Boolean).as("is_queue_full"),
      recovers: sql<boolean>`${workPools.recovery} IS NOT NULL`.mapWith(Boolean).as("recovers"),
      isPoolFull: compares(workPools.concurrencyLimit, heldOfPool, ">=").mapWith(Boolean).as("is_pool_full"),
    })
    .from(workQueues)
    .innerJoin(workPools, and(eq(workPools.tenantId, workQueues.tenantId), eq(workPools.id, workQueues.workPoolId)))
    .where(
      and(
        eq(workQueues.tenantId, tenantId),
        sql`${workQueues.id} = (SELECT work_queue_id FROM flow_runs WHERE tenant_id = ${tenantId} AND id = ${flowRunId})`,
      ),
    );

/** Aborts the batch it stands in, after the move of a run of the queue, when the queue or its pool holds more than its limit. */
export const guardSlots = (db: Database, tenantId: TenantId, queueId: string): Statement =>
  db.guard(
    sql`NOT EXISTS (SELECT 1 FROM ${workQueues} JOIN ${workPools} ON ${workPools.tenantId} = ${workQueues.tenantId} AND ${workPools.id} = ${workQueues.workPoolId}
      WHERE ${workQueues.tenantId} = ${tenantId} AND ${workQueues.id} = ${queueId}
      AND (${compares(workQueues.concurrencyLimit, heldOfQueue, ">")} OR ${compares(workPools.concurrencyLimit, heldOfPool, ">")}))`,
  );
