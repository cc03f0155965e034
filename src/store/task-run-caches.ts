import { and, eq, sql } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
import type { Micros } from "../domain/time.ts";
import type { Database } from "./database.ts";
import { ofState, stateColumns } from "./states.ts";
import { artifacts, taskRunCaches, taskRunStates } from "./tables.ts";

export const insertTaskRunCache = (db: Database, entry: typeof taskRunCaches.$inferSelect) => db.query.insert(taskRunCaches).values(entry);

/** The state that a cache key stands for: that of its newest unexpired entry, if the state still exists. */
export const selectCachedState = (db: Database, tenantId: TenantId, cacheKey: string | null, now: Micros) =>
  db.query
    .select(stateColumns(taskRunStates))
    .from(taskRunStates)
    .leftJoin(artifacts, ofState(taskRunStates))
    .where(
      and(
        eq(taskRunStates.tenantId, tenantId),
        eq(
          taskRunStates.id,
          sql`(SELECT state_id FROM task_run_caches WHERE tenant_id = ${tenantId} AND cache_key = ${cacheKey} AND (expires_at IS NULL OR expires_at > ${now}) ORDER BY created_at DESC, id DESC LIMIT 1)`,
        ),
      ),
    );
