import { found } from "../../domain/errors.ts";
import type { Page } from "../../domain/filters.ts";
import type { JsonObject } from "../../domain/json.ts";
import {
  deleteSavedSearch as deleteStatement,
  type SavedSearchRow,
  selectSavedSearch,
  selectSavedSearches,
  upsertSavedSearch,
} from "../../store/saved-searches.ts";
import type { TenantContext } from "../../tenancy/context.ts";

const NO_SUCH_SEARCH = "Saved search not found";

/** Saves a search, or replaces the filters of the one of that name. */
export async function saveSearch(
  ctx: TenantContext,
  input: { name: string; filters: JsonObject[] },
): Promise<{ search: SavedSearchRow; created: boolean }> {
  const at = ctx.now();
  const row: SavedSearchRow = { ...input, tenantId: ctx.tenantId, id: ctx.newId(), createdAt: at, updatedAt: at };
  const [[search]] = await ctx.db.run(upsertSavedSearch(ctx.db, row));
  return { search: found(search, NO_SUCH_SEARCH), created: search?.id === row.id };
}

/** A search by id. Refuses 404. */
export async function readSavedSearch(ctx: TenantContext, id: string): Promise<SavedSearchRow> {
  const [[search]] = await ctx.db.run(selectSavedSearch(ctx.db, ctx.tenantId, id));
  return found(search, NO_SUCH_SEARCH);
}

/** A page of the searches, by name. */
export async function listSavedSearches(ctx: TenantContext, page: Page): Promise<SavedSearchRow[]> {
  const [rows] = await ctx.db.run(selectSavedSearches(ctx.db, ctx.tenantId, page));
  return rows;
}

/** Deletes a search. Refuses 404. */
export async function deleteSavedSearch(ctx: TenantContext, id: string): Promise<void> {
  const [[row]] = await ctx.db.run(deleteStatement(ctx.db, ctx.tenantId, id));
  found(row, NO_SUCH_SEARCH);
}
