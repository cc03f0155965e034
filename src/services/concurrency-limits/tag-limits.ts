import { found } from "../../domain/errors.ts";
import type { Page } from "../../domain/filters.ts";
import {
  deleteTagLimit as deleteStatement,
  overrideSlots,
  selectTagLimit,
  selectTagLimits,
  type TagLimitRow,
  upsertTagLimit,
  type WhichTagLimit,
} from "../../store/concurrency-limits.ts";
import type { TenantContext } from "../../tenancy/context.ts";

const NO_SUCH_LIMIT = "Concurrency limit not found";

/** Limits how many task runs with a tag may run at once, or changes the limit there is: who holds its slots stays. */
export async function setTagLimit(ctx: TenantContext, input: { tag: string; concurrencyLimit: number }): Promise<TagLimitRow> {
  const at = ctx.now();
  const row: TagLimitRow = { ...input, tenantId: ctx.tenantId, id: ctx.newId(), activeSlots: [], createdAt: at, updatedAt: at };
  const [[limit]] = await ctx.db.run(upsertTagLimit(ctx.db, row));
  return found(limit, NO_SUCH_LIMIT);
}

/** A limit by id or tag. Refuses 404. */
export async function readTagLimit(ctx: TenantContext, which: WhichTagLimit): Promise<TagLimitRow> {
  const [[limit]] = await ctx.db.run(selectTagLimit(ctx.db, ctx.tenantId, which));
  return found(limit, NO_SUCH_LIMIT);
}

/** A page of the limits, by tag. */
export async function listTagLimits(ctx: TenantContext, page: Page): Promise<TagLimitRow[]> {
  const [rows] = await ctx.db.run(selectTagLimits(ctx.db, ctx.tenantId, page));
  return rows;
}

/** Frees a limit's slots, or gives them to the task runs named, by hand. Refuses 404. */
export async function resetTagLimit(ctx: TenantContext, tag: string, holders: string[]): Promise<void> {
  const [[row]] = await ctx.db.run(overrideSlots(ctx.db, ctx.tenantId, tag, holders, ctx.now()));
  found(row, NO_SUCH_LIMIT);
}

/** Deletes a limit by id or tag. Refuses 404. */
export async function deleteTagLimit(ctx: TenantContext, which: WhichTagLimit): Promise<void> {
  const [[row]] = await ctx.db.run(deleteStatement(ctx.db, ctx.tenantId, which));
  found(row, NO_SUCH_LIMIT);
}
