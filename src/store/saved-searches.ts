import { and, asc, eq, sql } from "drizzle-orm";
import type { Page } from "../domain/filters.ts";
import type { TenantId } from "../domain/ids.ts";
import type { Database } from "./database.ts";
import { savedSearches } from "./tables.ts";

export type SavedSearchRow = typeof savedSearches.$inferSelect;

const isSearch = (tenantId: TenantId, id: string) => and(eq(savedSearches.tenantId, tenantId), eq(savedSearches.id, id));

/** Saves a search, or replaces the filters of that name's; gives the row. As by the real server a replaced one keeps its times. */
export const upsertSavedSearch = (db: Database, search: SavedSearchRow) =>
  db.query
    .insert(savedSearches)
    .values(search)
    .onConflictDoUpdate({ target: [savedSearches.tenantId, savedSearches.name], set: { filters: search.filters } })
    .returning();

export const selectSavedSearch = (db: Database, tenantId: TenantId, id: string) =>
  db.query.select().from(savedSearches).where(isSearch(tenantId, id));

export const selectSavedSearches = (db: Database, tenantId: TenantId, page: Page) =>
  db.query
    .select()
    .from(savedSearches)
    .where(eq(savedSearches.tenantId, tenantId))
    .orderBy(asc(savedSearches.name))
    .limit(page.limit)
    .offset(page.offset);

/** Deletes a search; gives a row when there was one. */
export const deleteSavedSearch = (db: Database, tenantId: TenantId, id: string) =>
  db.query.delete(savedSearches).where(isSearch(tenantId, id)).returning({ id: sql<string>`id` });
