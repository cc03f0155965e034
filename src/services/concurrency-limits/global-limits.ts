import { NEW_LIMIT } from "../../domain/concurrency.ts";
import { found } from "../../domain/errors.ts";
import type { Page } from "../../domain/filters.ts";
import {
  deleteGlobalLimit as deleteStatement,
  type GlobalLimitChanges,
  type GlobalLimitRow,
  insertGlobalLimit,
  selectGlobalLimit,
  selectGlobalLimits,
  updateGlobalLimit as updateStatement,
  type WhichGlobalLimit,
} from "../../store/global-limits.ts";
import type { TenantContext } from "../../tenancy/context.ts";

const NO_SUCH_LIMIT = "Concurrency Limit not found";

export type NewGlobalLimit = Pick<GlobalLimitRow, "name" | "active" | "limit" | "activeSlots" | "deniedSlots" | "slotDecayPerSecond">;

/** Makes a limit. Refuses 409 for a taken name. */
export async function createGlobalLimit(ctx: TenantContext, input: NewGlobalLimit): Promise<GlobalLimitRow> {
  const at = ctx.now();
  const { avgSlotOccupancySeconds } = NEW_LIMIT;
  const row: GlobalLimitRow = { ...input, avgSlotOccupancySeconds, tenantId: ctx.tenantId, id: ctx.newId(), createdAt: at, updatedAt: at };
  await ctx.db.run(insertGlobalLimit(ctx.db, row));
  return row;
}

/** A limit by id or name, its slots as they were last counted. Refuses 404. */
export async function readGlobalLimit(ctx: TenantContext, which: WhichGlobalLimit): Promise<GlobalLimitRow> {
  const [[limit]] = await ctx.db.run(selectGlobalLimit(ctx.db, ctx.tenantId, which));
  return found(limit, NO_SUCH_LIMIT);
}

/** A page of the limits, by name. */
export async function listGlobalLimits(ctx: TenantContext, page: Page): Promise<GlobalLimitRow[]> {
  const [rows] = await ctx.db.run(selectGlobalLimits(ctx.db, ctx.tenantId, page));
  return rows;
}

/** Changes a limit. Refuses 404, and 409 for a taken name or a null. */
export async function updateGlobalLimit(ctx: TenantContext, which: WhichGlobalLimit, changes: GlobalLimitChanges): Promise<void> {
  const [[row]] = await ctx.db.run(updateStatement(ctx.db, ctx.tenantId, which, { ...changes, updatedAt: ctx.now() }));
  found(row, NO_SUCH_LIMIT);
}

/** Deletes a limit. Refuses 404. */
export async function deleteGlobalLimit(ctx: TenantContext, which: WhichGlobalLimit): Promise<void> {
  const [[row]] = await ctx.db.run(deleteStatement(ctx.db, ctx.tenantId, which));
  found(row, NO_SUCH_LIMIT);
}
