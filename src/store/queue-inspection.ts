import { and, eq, sql } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
import type { Micros } from "../domain/time.ts";
import { type Database, inList } from "./database.ts";
import { flowRuns } from "./tables.ts";

/** How many runs wait in a queue, how many of them are due by `now`, and since when the oldest is. Served by `flow_runs_to_lease`. */
export const selectQueueDepth = (db: Database, tenantId: TenantId, queueId: string, now: Micros) =>
  db.query
    .select({
      scheduled: sql<number>`count(*)`.as("scheduled"),
      due: sql<number>`count(*) FILTER (WHERE next_scheduled_start_at <= ${now})`.as("due"),
      oldestAt: sql<number | null>`min(next_scheduled_start_at)`.as("oldest_at"),
    })
    .from(flowRuns)
    .where(
      and(
        eq(flowRuns.tenantId, tenantId),
        eq(flowRuns.workQueueId, queueId),
        sql`state_type = 'SCHEDULED'`,
        sql`json_extract(policy, '$.retryType') IS NOT 'in_process'`,
      ),
    );

/** What a list of a queue's runs says of each that is still scheduled. */
export const selectListedRuns = (db: Database, tenantId: TenantId, queueId: string, ids: readonly string[]) =>
  db.query
    .select({ id: flowRuns.id, name: flowRuns.name, stateName: flowRuns.stateName, deploymentId: flowRuns.deploymentId })
    .from(flowRuns)
    .where(
      and(eq(flowRuns.tenantId, tenantId), inList(flowRuns.id, ids), sql`+work_queue_id = ${queueId}`, sql`+state_type = 'SCHEDULED'`),
    );

/** The slots that runs of the queue's pool hold, by queue, as claims count them. */
export const selectHeldSlots = (db: Database, tenantId: TenantId, queueId: string) =>
  db.query
    .select({ queueId: sql<string>`work_queue_id`.as("queue_id"), count: sql<number>`count(*)`.as("count") })
    .from(flowRuns)
    .where(
      and(
        eq(flowRuns.tenantId, tenantId),
        sql`work_queue_id IN (SELECT sibling.id FROM work_queues AS sibling WHERE sibling.tenant_id = ${tenantId} AND sibling.work_pool_id =
          (SELECT own.work_pool_id FROM work_queues AS own WHERE own.tenant_id = ${tenantId} AND own.id = ${queueId}))`,
        sql`state_type IN ('PENDING', 'RUNNING', 'CANCELLING') AND state_type <> 'CANCELLING'`,
      ),
    )
    .groupBy(sql`work_queue_id`);
