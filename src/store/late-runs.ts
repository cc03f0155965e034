import { asc, sql } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
import { EMPTY_DETAILS } from "../domain/states/state.ts";
import { MICROS_PER_SECOND, type Micros } from "../domain/time.ts";
import type { Database, Statement } from "./database.ts";
import { queueNotifications } from "./notification-queue.ts";
import { flowRunStates, flowRuns } from "./tables.ts";

/** A scheduled run becomes late this long after its time (Prefect's PREFECT_API_SERVICES_LATE_RUNS_AFTER_SECONDS). */
export const LATE_AFTER_SECONDS = 15;

const dueBefore = (now: Micros) => now - LATE_AFTER_SECONDS * MICROS_PER_SECOND;

/** Runs of all tenants that are to be marked late by `now`, the longest waiting first. Served by `flow_runs_to_mark_late`. */
export const selectRunsToMarkLate = (db: Database, now: Micros, limit: number) =>
  db.query
    .select({ tenantId: flowRuns.tenantId, runId: flowRuns.id })
    .from(flowRuns)
    .where(sql`state_type = 'SCHEDULED' AND state_name = 'Scheduled' AND next_scheduled_start_at <= ${dueBefore(now)}`)
    .orderBy(asc(flowRuns.nextScheduledStartAt))
    .limit(limit);

/** A run to mark, and the id its Late state is to have. */
export interface LateCandidate {
  tenantId: TenantId;
  runId: string;
  stateId: string;
}

/**
 * Marks late those of the runs that are still SCHEDULED, named "Scheduled", and whose time passed (Prefect's `MarkLateRuns`), and
 * queues the notifications of that: three statements for one batch, however many runs. What is no longer so is left alone, so a
 * repeated or late call changes nothing.
 */
export function markRunsLate(db: Database, candidates: readonly LateCandidate[], now: Micros): [Statement, Statement, Statement] {
  const list = sql`json_each(${JSON.stringify(candidates.map(({ tenantId, runId, stateId }) => [tenantId, runId, stateId]))}) AS candidate`;
  const isLate = sql`flow_runs.tenant_id = candidate.value ->> 0 AND flow_runs.id = candidate.value ->> 1
    AND flow_runs.state_type = 'SCHEDULED' AND flow_runs.state_name = 'Scheduled' AND flow_runs.next_scheduled_start_at <= ${dueBefore(now)}`;
  // A run's states need distinct times, and this one comes after the one it replaces.
  const at = sql`max(${now}, flow_runs.state_at + 1)`;
  const details = sql`json_set(${JSON.stringify(EMPTY_DETAILS)}, '$.flowRunId', flow_runs.id, '$.scheduledTime', flow_runs.next_scheduled_start_at)`;
  return [
    db.query.insert(flowRunStates).select(
      sql`SELECT flow_runs.tenant_id, flow_runs.id, ${at}, candidate.value ->> 2, 'SCHEDULED', 'Late', NULL, ${details}, NULL
        FROM ${list} CROSS JOIN ${flowRuns} WHERE ${isLate}`,
    ),
    db.query
      .update(flowRuns)
      .set({
        stateId: sql`candidate.value ->> 2`,
        stateName: "Late",
        stateAt: at,
        stateMessage: null,
        stateDetails: details,
        stateArtifactId: null,
        updatedAt: now,
      })
      .from(list)
      .where(isLate),
    queueNotifications(
      db,
      candidates.map(({ tenantId, runId, stateId }) => ({ tenantId, flowRunId: runId, stateId })),
      now,
    ),
  ];
}
