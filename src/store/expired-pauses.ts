import { asc, sql } from "drizzle-orm";
import type { Micros } from "../domain/time.ts";
import type { Database } from "./database.ts";
import { flowRuns } from "./tables.ts";

const pausedUntil = sql`json_extract(state_details, '$.pauseTimeout')`;

/** Paused runs of all tenants whose pause has timed out by `now`. Served by `flow_runs_paused`. */
export const selectExpiredPauses = (db: Database, now: Micros, limit: number) =>
  db.query
    .select({ tenantId: flowRuns.tenantId, id: flowRuns.id })
    .from(flowRuns)
    .where(sql`${flowRuns.stateType} = 'PAUSED' AND ${pausedUntil} <= ${now}`)
    .orderBy(asc(pausedUntil))
    .limit(limit);
