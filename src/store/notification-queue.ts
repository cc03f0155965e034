import { and, eq, type SQL, sql } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
import type { Micros } from "../domain/time.ts";
import { type Database, named } from "./database.ts";
import {
  blockDocuments,
  blockTypes,
  flowRunStates,
  flowRuns,
  flows,
  flowRunNotificationPolicies as policies,
  notificationQueue as queue,
} from "./tables.ts";

/** A state that a flow run is in, or will be when the batch gets there. */
export interface EnteredState {
  tenantId: TenantId;
  flowRunId: string;
  stateId: string;
}

/** A waiting notification. */
export interface NotificationKey {
  policyId: string;
  stateId: string;
}

const encoded = (lists: readonly (readonly (string | number)[])[]): SQL => sql`json_each(${JSON.stringify(lists)})`;

/**
 * Queues a notification for each active policy that the states match: any name of it equal, or none named; any tag of it the
 * run's, or none named (Prefect `queue_flow_run_notifications`). Gives what was queued; what waits already waits on. States that
 * runs are not in are passed over, so it can stand in the batch that moves them, after that.
 */
export const queueNotifications = (db: Database, states: readonly EnteredState[], at: Micros) =>
  db.query
    .insert(queue)
    .select(
      sql`SELECT policy.tenant_id, policy.id, run.state_id, 0, ${at}
        FROM ${encoded(states.map(({ tenantId, flowRunId, stateId }) => [tenantId, flowRunId, stateId]))} AS entered
        CROSS JOIN ${flowRuns} AS run ON run.tenant_id = entered.value ->> 0 AND run.id = entered.value ->> 1 AND run.state_id = entered.value ->> 2
        CROSS JOIN ${policies} AS policy ON policy.tenant_id = run.tenant_id
        WHERE policy.is_active = 1
        AND (policy.state_names = '[]' OR run.state_name IN (SELECT value FROM json_each(policy.state_names)))
        AND (policy.tags = '[]' OR EXISTS (
          SELECT 1 FROM json_each(policy.tags) AS tag WHERE tag.value IN (SELECT value FROM json_each(run.tags))
        ))`,
    )
    .onConflictDoNothing()
    .returning({ policyId: sql<string>`policy_id`, stateId: sql<string>`state_id` });

/** Notifications of all tenants that are to be tried by `now`, the longest due first. Served by `notification_queue_due`. */
export const selectDueNotifications = (db: Database, now: Micros, limit: number) =>
  db.query
    .select({ tenantId: queue.tenantId, policyId: queue.policyId, stateId: queue.stateId })
    .from(queue)
    .where(sql`${queue.nextTryAt} <= ${now}`)
    .orderBy(queue.nextTryAt)
    .limit(limit);

const keys = (waiting: readonly NotificationKey[]) => encoded(waiting.map(({ policyId, stateId }) => [policyId, stateId]));

const isOneOf = (tenantId: TenantId, waiting: readonly NotificationKey[]): SQL =>
  sql`${queue.tenantId} = ${tenantId} AND (${queue.policyId}, ${queue.stateId}) IN (SELECT value ->> 0, value ->> 1 FROM ${keys(waiting)})`;

/** Those of a tenant's waiting notifications that still have something to tell, with all that it takes to send them. */
export const selectNotifications = (db: Database, tenantId: TenantId, waiting: readonly NotificationKey[]) =>
  db.query
    .select({
      policyId: named(queue.policyId, "policy_id"),
      stateId: named(queue.stateId, "state_id"),
      messageTemplate: named(policies.messageTemplate, "message_template"),
      flowId: named(flows.id, "flow_id"),
      flowName: named(flows.name, "flow_name"),
      flowRunId: named(flowRuns.id, "flow_run_id"),
      flowRunName: named(flowRuns.name, "flow_run_name"),
      parameters: named(flowRuns.parameters, "parameters"),
      stateType: named(flowRunStates.type, "state_type"),
      stateName: named(flowRunStates.name, "state_name"),
      stateAt: named(flowRunStates.at, "state_at"),
      stateMessage: named(flowRunStates.message, "state_message"),
      documentId: named(blockDocuments.id, "document_id"),
      documentData: named(blockDocuments.data, "document_data"),
      blockType: named(blockTypes.slug, "block_type"),
    })
    .from(sql`${keys(waiting)} AS waiting`)
    .innerJoin(
      queue,
      sql`${queue.tenantId} = ${tenantId} AND ${queue.policyId} = waiting.value ->> 0 AND ${queue.stateId} = waiting.value ->> 1`,
    )
    .innerJoin(policies, and(eq(policies.tenantId, queue.tenantId), eq(policies.id, queue.policyId)))
    .innerJoin(flowRunStates, and(eq(flowRunStates.tenantId, queue.tenantId), eq(flowRunStates.id, queue.stateId)))
    .innerJoin(flowRuns, and(eq(flowRuns.tenantId, flowRunStates.tenantId), eq(flowRuns.id, flowRunStates.flowRunId)))
    .innerJoin(flows, and(eq(flows.tenantId, flowRuns.tenantId), eq(flows.id, flowRuns.flowId)))
    .innerJoin(blockDocuments, and(eq(blockDocuments.tenantId, policies.tenantId), eq(blockDocuments.id, policies.blockDocumentId)))
    .innerJoin(blockTypes, and(eq(blockTypes.tenantId, blockDocuments.tenantId), eq(blockTypes.id, blockDocuments.blockTypeId)));

/**
 * Claims a try at each that is due; gives those that were claimed. The next try will be due after a wait by the number of tries
 * before this one; the last of the waits, in microseconds, is for all that follow.
 */
export const claimNotifications = (
  db: Database,
  tenantId: TenantId,
  waiting: readonly NotificationKey[],
  now: Micros,
  waits: readonly number[],
) =>
  db.query
    .update(queue)
    .set({
      tries: sql`${queue.tries} + 1`,
      nextTryAt: sql`${now} + json_extract(${JSON.stringify(waits)}, '$[' || CAST(min(tries, ${waits.length - 1}) AS INTEGER) || ']')`,
    })
    .where(and(isOneOf(tenantId, waiting), sql`${queue.nextTryAt} <= ${now}`))
    .returning({ policyId: sql<string>`policy_id`, stateId: sql<string>`state_id`, tries: sql<number>`tries` });

/** Takes notifications off the queue. */
export const deleteNotifications = (db: Database, tenantId: TenantId, done: readonly NotificationKey[]) =>
  db.query.delete(queue).where(isOneOf(tenantId, done));
