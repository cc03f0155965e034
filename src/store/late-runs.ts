import { sql } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
import { MICROS_PER_SECOND, type Micros } from "../domain/time.ts";
import type { Database, Statement } from "./database.ts";
import { flowRunStates, flowRuns } from "./tables.ts";

/** A scheduled run becomes late this long after its time (Prefect's PREFECT_API_SERVICES_LATE_RUNS_AFTER_SECONDS). */
export const LATE_AFTER_SECONDS = 15;

/** A run to mark, and the id its Late state is to have. */
export interface LateCandidate {
  tenantId: TenantId;
  runId: string;
  stateId: string;
}

/**
 * Marks late those of the runs that are still SCHEDULED, named "Scheduled", and whose time passed (Prefect's `MarkLateRuns`): two
 * statements for one batch, however many runs. What is no longer so is left alone, so a repeated or late call changes nothing.
 */
export function markRunsLate(db: Database, candidates: readonly LateCandidate[], now: Micros): [Statement, Statement] {
  const list = JSON.stringify(candidates.map(({ tenantId, runId, stateId }) => [tenantId, runId, stateId]));
  const due = now - LATE_AFTER_SECONDS * MICROS_PER_SECOND;
  // A run's states need distinct times, and this one comes after the one it replaces.
  const at = sql`max(${now}, flow_runs.state_at + 1)`;
  const isLate = sql`flow_runs.tenant_id = candidate.value ->> 0 AND flow_runs.id = candidate.value ->> 1
    AND flow_runs.state_type = 'SCHEDULED' AND flow_runs.state_name = 'Scheduled' AND flow_runs.next_scheduled_start_at <= ${due}`;
  const details = sql`json_set(flow_runs.state_details, '$.transitionId', NULL)`;
  return [
    db.query.run(sql`INSERT INTO ${flowRunStates} (tenant_id, flow_run_id, at, id, type, name, message, details, artifact_id)
      SELECT flow_runs.tenant_id, flow_runs.id, ${at}, candidate.value ->> 2, 'SCHEDULED', 'Late', NULL, ${details}, NULL
      FROM json_each(${list}) AS candidate CROSS JOIN ${flowRuns} WHERE ${isLate}`) as unknown as Statement,
    db.query.run(sql`UPDATE ${flowRuns} SET state_id = candidate.value ->> 2, state_name = 'Late', state_at = ${at}, state_message = NULL,
      state_details = ${details}, state_artifact_id = NULL, updated_at = ${now}
      FROM json_each(${list}) AS candidate WHERE ${isLate}`) as unknown as Statement,
  ];
}
