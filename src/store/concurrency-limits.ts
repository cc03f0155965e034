import { and, asc, eq, sql } from "drizzle-orm";
import type { Page } from "../domain/filters.ts";
import type { TenantId } from "../domain/ids.ts";
import type { Micros } from "../domain/time.ts";
import type { Database } from "./database.ts";
import { concurrencyLimits } from "./tables.ts";
import type { TagLimitRow } from "./tag-slots.ts";

export type { TagLimitRow };

/** One limit on a tag, by its id or its tag. */
export type WhichTagLimit = { id: string } | { tag: string };

const isLimit = (tenantId: TenantId, which: WhichTagLimit) =>
  and(eq(concurrencyLimits.tenantId, tenantId), "id" in which ? eq(concurrencyLimits.id, which.id) : eq(concurrencyLimits.tag, which.tag));

/** Makes a limit, or changes that of its tag; gives the row. */
export const upsertTagLimit = (db: Database, row: TagLimitRow) =>
  db.query
    .insert(concurrencyLimits)
    .values(row)
    .onConflictDoUpdate({
      target: [concurrencyLimits.tenantId, concurrencyLimits.tag],
      set: { concurrencyLimit: row.concurrencyLimit, updatedAt: row.updatedAt },
    })
    .returning();

export const selectTagLimit = (db: Database, tenantId: TenantId, which: WhichTagLimit) =>
  db.query.select().from(concurrencyLimits).where(isLimit(tenantId, which));

export const selectTagLimits = (db: Database, tenantId: TenantId, page: Page) =>
  db.query
    .select()
    .from(concurrencyLimits)
    .where(eq(concurrencyLimits.tenantId, tenantId))
    .orderBy(asc(concurrencyLimits.tag))
    .limit(page.limit)
    .offset(page.offset);

/** Sets who holds a limit's slots, whoever holds them; gives a row when there is one of that tag. */
export const overrideSlots = (db: Database, tenantId: TenantId, tag: string, activeSlots: string[], updatedAt: Micros) =>
  db.query.update(concurrencyLimits).set({ activeSlots, updatedAt }).where(isLimit(tenantId, { tag })).returning({ id: sql<string>`id` });

/** Deletes a limit; gives a row when there was one. */
export const deleteTagLimit = (db: Database, tenantId: TenantId, which: WhichTagLimit) =>
  db.query.delete(concurrencyLimits).where(isLimit(tenantId, which)).returning({ id: sql<string>`id` });
