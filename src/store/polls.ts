import { and, asc, eq, sql } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
import { MICROS_PER_SECOND, type Micros } from "../domain/time.ts";
import { type Database, inList, named, type Statement } from "./database.ts";
import { deployments, flowRuns, workPools, workQueues } from "./tables.ts";

/** What the queue objects read from D1. */

/** A queue's coming runs (null: those without one) in its order: SCHEDULED, and not waiting in a process for a retry. Served by `flow_runs_to_lease`. */
export const selectDueWindow = (db: Database, tenantId: TenantId, queueId: string | null, limit: number) =>
  db.query
    .select({
      runId: flowRuns.id,
      at: sql<number>`next_scheduled_start_at`.as("at"),
      stateAt: sql<number>`coalesce(state_at, updated_at)`.as("state_at"),
      deploymentId: flowRuns.deploymentId,
    })
    .from(flowRuns)
    .where(
      and(
        eq(flowRuns.tenantId, tenantId),
        // Runs without a queue are their deployments' runners' to take.
        queueId === null ? sql`work_queue_id IS NULL AND deployment_id IS NOT NULL` : eq(flowRuns.workQueueId, queueId),
        sql`state_type = 'SCHEDULED'`,
        sql`next_scheduled_start_at IS NOT NULL`,
        sql`json_extract(policy, '$.retryType') IS NOT 'in_process'`,
      ),
    )
    .orderBy(asc(flowRuns.nextScheduledStartAt), asc(flowRuns.id))
    .limit(limit);

/** What a queue's object needs to know of its queue. */
export const selectQueueConfig = (db: Database, tenantId: TenantId, queueId: string) =>
  db.query
    .select({
      poolName: named(workPools.name, "pool_name"),
      isPaused: named(workQueues.isPaused, "is_paused"),
      concurrencyLimit: named(workQueues.concurrencyLimit, "concurrency_limit"),
      filter: workQueues.filter,
      recovery: workPools.recovery,
      // Asked only where lost runs are looked for.
      oldestPendingAt: sql<
        number | null
      >`CASE WHEN ${workPools.recovery} IS NULL THEN NULL ELSE (SELECT min(state_at) FROM flow_runs WHERE flow_runs.tenant_id = ${tenantId}
          AND flow_runs.work_queue_id = ${queueId} AND flow_runs.state_type IN ('PENDING', 'RUNNING', 'CANCELLING') AND flow_runs.state_type = 'PENDING') END`.as(
        "oldest_pending_at",
      ),
    })
    .from(workQueues)
    .innerJoin(workPools, and(eq(workPools.tenantId, workQueues.tenantId), eq(workPools.id, workQueues.workPoolId)))
    .where(and(eq(workQueues.tenantId, tenantId), eq(workQueues.id, queueId)));

/** What a pool's coordinator needs to know of its pool. */
export const selectPoolConfig = (db: Database, tenantId: TenantId, poolName: string) =>
  db.query
    .select({ id: workPools.id, isPaused: workPools.isPaused, concurrencyLimit: workPools.concurrencyLimit })
    .from(workPools)
    .where(and(eq(workPools.tenantId, tenantId), eq(workPools.name, poolName)));

/** The pool's queues by priority. */
export const selectPoolQueueConfigs = (db: Database, tenantId: TenantId, poolName: string) =>
  db.query
    .select({
      id: named(workQueues.id, "id"),
      name: named(workQueues.name, "name"),
      isPaused: named(workQueues.isPaused, "is_paused"),
      concurrencyLimit: named(workQueues.concurrencyLimit, "concurrency_limit"),
    })
    .from(workQueues)
    .innerJoin(workPools, and(eq(workPools.tenantId, workQueues.tenantId), eq(workPools.id, workQueues.workPoolId)))
    .where(and(eq(workPools.tenantId, tenantId), eq(workPools.name, poolName)))
    .orderBy(asc(workQueues.priority), asc(workQueues.id));

/** How many runs hold slots, by queue. On the queue's own route a run that is being cancelled holds one too. */
export const countOccupied = (db: Database, tenantId: TenantId, queueIds: readonly string[], withCancelling: boolean) =>
  db.query
    .select({ queueId: sql<string>`work_queue_id`.as("queue_id"), count: sql<number>`count(*)`.as("count") })
    .from(flowRuns)
    .where(
      and(
        eq(flowRuns.tenantId, tenantId),
        inList(flowRuns.workQueueId, queueIds),
        withCancelling
          ? sql`state_type IN ('PENDING', 'RUNNING', 'CANCELLING')`
          : sql`state_type IN ('PENDING', 'RUNNING', 'CANCELLING') AND state_type <> 'CANCELLING'`,
      ),
    )
    .groupBy(sql`work_queue_id`);

/**
 * The queues in which runs of deployments are to be looked for: those that they are in, and those where runs of theirs are due soon, as
 * of a deployment that moved. A row a deployment and queue.
 */
export const selectQueuesOfDeployments = (db: Database, tenantId: TenantId, deploymentIds: readonly string[], until: Micros) => {
  const ids = sql`(SELECT value FROM json_each(${JSON.stringify(deploymentIds)}))`;
  // Runs are not searched by their deployment: its index holds all there ever were.
  const due = sql`SELECT deployment_id, work_queue_id FROM flow_runs WHERE tenant_id = ${tenantId} AND work_queue_id IN (SELECT id FROM work_queues WHERE tenant_id = ${tenantId})
    AND state_type = 'SCHEDULED' AND next_scheduled_start_at <= ${until} AND +deployment_id IN ${ids}`;
  const own = sql`SELECT id AS deployment_id, work_queue_id FROM deployments WHERE tenant_id = ${tenantId} AND id IN ${ids} AND work_queue_id IS NOT NULL`;
  return db.query
    .select({ deploymentId: sql<string>`deployment_id`.as("deployment_id"), queueId: sql<string>`work_queue_id`.as("work_queue_id") })
    .from(sql`(${own} UNION ${due})`);
};

/** Notes, once a minute each, that deployments were polled by a runner that serves them. */
export const touchDeploymentsPolled = (db: Database, tenantId: TenantId, ids: readonly string[], at: Micros): Statement =>
  db.query
    .update(deployments)
    .set({ lastPolledAt: at })
    .where(
      and(
        eq(deployments.tenantId, tenantId),
        inList(deployments.id, ids),
        sql`coalesce(${deployments.lastPolledAt}, 0) < ${at - 60 * MICROS_PER_SECOND}`,
      ),
    );
