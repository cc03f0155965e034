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

/** The scheduled runs of deployments, the earliest first. */
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
