import { and, asc, eq, sql } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
import { type Database, named, type Statement } from "./database.ts";
import { flowRunClaims, flowRuns, workPools, workQueues } from "./tables.ts";

type Claim = Omit<typeof flowRunClaims.$inferSelect, "recoveries">;

/** Notes who claimed a run; how often it was taken back before stays. */
export const noteClaim = (db: Database, claim: Claim): Statement =>
  db.query
    .insert(flowRunClaims)
    .values({ ...claim, recoveries: 0 })
    .onConflictDoUpdate({
      target: [flowRunClaims.tenantId, flowRunClaims.flowRunId],
      set: { caller: claim.caller, claimedAt: claim.claimedAt },
    });

/** Counts that a run was taken back, also one whose claim was not noted. */
export const countRecovery = (db: Database, claim: Claim): Statement =>
  db.query
    .insert(flowRunClaims)
    .values({ ...claim, recoveries: 1 })
    .onConflictDoUpdate({
      target: [flowRunClaims.tenantId, flowRunClaims.flowRunId],
      set: { recoveries: sql`${flowRunClaims.recoveries} + 1` },
    });

/**
 * A queue's PENDING runs, the longest waiting first, with what is known of their claims and when a worker of the claim's caller was
 * last heard of; nothing when the queue's pool takes nothing back. A claim that is not of the present state says only how often the run was taken
 * back. Served by `flow_runs_occupying`.
 */
export const selectPendingRuns = (db: Database, tenantId: TenantId, queueId: string, limit: number) =>
  db.query
    .select({
      id: named(flowRuns.id, "id"),
      pendingSince: sql<number>`${flowRuns.stateAt}`.as("pending_since"),
      recoveries: sql<number>`coalesce(${flowRunClaims.recoveries}, 0)`.as("recoveries"),
      heardAt: sql<
        number | null
      >`(SELECT max(workers.last_heartbeat_at) FROM workers WHERE workers.tenant_id = ${tenantId} AND workers.work_pool_id = ${workPools.id}
        AND ${flowRunClaims.claimedAt} = ${flowRuns.stateAt} AND workers.caller = ${flowRunClaims.caller})`.as("heard_at"),
      recovery: workPools.recovery,
    })
    .from(workQueues)
    .innerJoin(workPools, and(eq(workPools.tenantId, workQueues.tenantId), eq(workPools.id, workQueues.workPoolId)))
    .innerJoin(
      flowRuns,
      and(
        eq(flowRuns.tenantId, workQueues.tenantId),
        eq(flowRuns.workQueueId, workQueues.id),
        sql`${flowRuns.stateType} IN ('PENDING', 'RUNNING', 'CANCELLING')`,
        sql`${flowRuns.stateType} = 'PENDING'`,
      ),
    )
    .leftJoin(flowRunClaims, and(eq(flowRunClaims.tenantId, flowRuns.tenantId), eq(flowRunClaims.flowRunId, flowRuns.id)))
    .where(and(eq(workQueues.tenantId, tenantId), eq(workQueues.id, queueId), sql`${workPools.recovery} IS NOT NULL`))
    .orderBy(asc(flowRuns.stateAt))
    .limit(limit);
