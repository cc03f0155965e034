import { and, asc, eq, type SQL, sql } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
import type { QueueFilter } from "../domain/queue.ts";
import type { Micros } from "../domain/time.ts";
import { type Database, inList } from "./database.ts";
import { holdsAll } from "./filters/conditions.ts";
import { flowRunsWhere } from "./flow-runs.ts";
import { flowRuns } from "./tables.ts";

/** Runs as pollers get them. A run that waits inside its process for a retry is nobody's to take: it would run twice. */
const takeable = (tenantId: TenantId) =>
  and(
    eq(flowRuns.tenantId, tenantId),
    sql`${flowRuns.stateType} = 'SCHEDULED'`,
    sql`json_extract(${flowRuns.policy}, '$.retryType') IS NOT 'in_process'`,
  );

const inOrder = [asc(flowRuns.nextScheduledStartAt), asc(flowRuns.id)];

const until = (before: Micros | null): SQL | undefined =>
  before === null ? undefined : sql`${flowRuns.nextScheduledStartAt} <= ${before}`;

/** Those of the runs that can still be handed out. */
export const selectRunsToHandOut = (db: Database, tenantId: TenantId, ids: readonly string[]) =>
  flowRunsWhere(db, and(takeable(tenantId), inList(flowRuns.id, ids)));

/** Where a page of runs begins: after this one. */
export interface RunPlace {
  at: Micros;
  id: string;
}

/** The scheduled runs of deployments, whatever queue they are in, the earliest first. */
export const selectRunsOfDeployments = (
  db: Database,
  tenantId: TenantId,
  deploymentIds: readonly string[],
  before: Micros | null,
  limit: number,
) =>
  flowRunsWhere(db, and(takeable(tenantId), inList(flowRuns.deploymentId, deploymentIds), until(before)))
    .orderBy(...inOrder)
    .limit(limit);

/**
 * A page of the scheduled runs of deployments that are in one of the queues or in none, the earliest first. They are looked for among
 * what is scheduled by queue (`flow_runs_to_lease`): the index by deployment holds all runs there ever were.
 */
export function selectRunsOfDeploymentsIn(
  db: Database,
  tenantId: TenantId,
  place: { deploymentIds: readonly string[]; queueIds: readonly string[] },
  before: Micros | null,
  page: { limit: number; after: RunPlace | null },
) {
  const theirs = sql`tenant_id = ${tenantId} AND state_type = 'SCHEDULED' AND json_extract(policy, '$.retryType') IS NOT 'in_process'
    AND +deployment_id IN (SELECT value FROM json_each(${JSON.stringify(place.deploymentIds)}))
    ${before === null ? sql`` : sql`AND next_scheduled_start_at <= ${before}`}
    ${page.after === null ? sql`` : sql`AND (next_scheduled_start_at, id) > (${page.after.at}, ${page.after.id})`}`;
  const columns = sql`SELECT id, next_scheduled_start_at AS at FROM flow_runs WHERE`;
  const queued = inList(sql`work_queue_id`, place.queueIds);
  const ids = sql`SELECT id FROM (${columns} work_queue_id IS NULL AND ${theirs} UNION ALL ${columns} ${queued} AND ${theirs}) ORDER BY at, id LIMIT ${page.limit}`;
  return flowRunsWhere(db, and(eq(flowRuns.tenantId, tenantId), sql`${flowRuns.id} IN (${ids})`)).orderBy(...inOrder);
}

const matches = (filter: QueueFilter): SQL | undefined =>
  and(
    sql`${flowRuns.deploymentId} IS NOT NULL`,
    filter.tags ? holdsAll(flowRuns.tags, filter.tags) : undefined,
    filter.deploymentIds ? inList(flowRuns.deploymentId, filter.deploymentIds) : undefined,
  );

/** The scheduled runs that a legacy, tag-matching queue takes, the earliest first, up to the free slots of its limit. */
export const selectRunsOfTagQueue = (
  db: Database,
  tenantId: TenantId,
  filter: QueueFilter,
  slots: number | null,
  poll: { scheduledBefore: Micros | null; limit: number },
) => {
  const holding = sql`(SELECT count(*) FROM ${flowRuns} WHERE ${flowRuns.tenantId} = ${tenantId} AND ${flowRuns.stateType} IN ('PENDING', 'RUNNING', 'CANCELLING') AND ${flowRuns.stateType} <> 'CANCELLING' AND ${matches(filter)})`;
  return flowRunsWhere(db, and(takeable(tenantId), matches(filter), until(poll.scheduledBefore)))
    .orderBy(...inOrder)
    .limit(slots === null ? poll.limit : (sql`max(0, min(${poll.limit}, ${slots} - ${holding}))` as never));
};
