import { and, eq, type SQL, sql } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
import { stringifyJson } from "../domain/json.ts";
import type { Micros } from "../domain/time.ts";
import type { Database } from "./database.ts";
import { concurrencyLimits } from "./tables.ts";
import type { TaskRunId } from "./task-runs.ts";

export type TagLimitRow = typeof concurrencyLimits.$inferSelect;

/** The limits on the tags of a task run. */
export const selectLimitsOfTaskRun = (db: Database, tenantId: TenantId, taskRunId: TaskRunId) =>
  limitsWhere(db, tenantId, sql`(SELECT tags FROM task_runs WHERE tenant_id = ${tenantId} AND id = ${taskRunId})`);

/** The limits on some tags. */
export const selectLimitsOfTags = (db: Database, tenantId: TenantId, tags: readonly string[]) =>
  limitsWhere(db, tenantId, sql`${JSON.stringify(tags)}`);

const limitsWhere = (db: Database, tenantId: TenantId, tags: SQL) =>
  db.query
    .select()
    .from(concurrencyLimits)
    .where(and(eq(concurrencyLimits.tenantId, tenantId), sql`${concurrencyLimits.tag} IN (SELECT value FROM json_each(${tags}))`));

/** Sets who holds a limit's slots; changes nothing when the limit or its holders are others by now than were read. */
export const moveSlots = (db: Database, read: TagLimitRow, activeSlots: readonly string[], at: Micros) =>
  db.query
    .update(concurrencyLimits)
    .set({ activeSlots: [...activeSlots], updatedAt: at })
    .where(
      and(
        eq(concurrencyLimits.tenantId, read.tenantId),
        eq(concurrencyLimits.tag, read.tag),
        eq(concurrencyLimits.concurrencyLimit, read.concurrencyLimit),
        sql`${concurrencyLimits.activeSlots} = ${stringifyJson(read.activeSlots)}`,
      ),
    );
