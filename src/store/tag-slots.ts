import { and, eq, type SQL, sql } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
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

const isLimit = (limit: TagLimitRow) => and(eq(concurrencyLimits.tenantId, limit.tenantId), eq(concurrencyLimits.tag, limit.tag));

const holders = sql`SELECT value FROM json_each(${concurrencyLimits.activeSlots})`;

/** Gives a task run a slot of a limit; changes nothing when none is free, or the run holds one. */
export const takeSlot = (db: Database, limit: TagLimitRow, taskRunId: string, at: Micros) =>
  db.query
    .update(concurrencyLimits)
    .set({ activeSlots: sql`json_insert(${concurrencyLimits.activeSlots}, '$[#]', ${taskRunId})`, updatedAt: at })
    .where(
      and(
        isLimit(limit),
        sql`json_array_length(${concurrencyLimits.activeSlots}) < ${concurrencyLimits.concurrencyLimit}`,
        sql`${taskRunId} NOT IN (${holders})`,
      ),
    );

/** Takes a task run's slot of a limit from it, if it holds one. */
export const releaseSlot = (db: Database, limit: TagLimitRow, taskRunId: string, at: Micros) =>
  db.query
    .update(concurrencyLimits)
    .set({
      activeSlots: sql`(SELECT json_group_array(value) FROM json_each(${concurrencyLimits.activeSlots}) WHERE value <> ${taskRunId})`,
      updatedAt: at,
    })
    .where(and(isLimit(limit), sql`${taskRunId} IN (${holders})`));
