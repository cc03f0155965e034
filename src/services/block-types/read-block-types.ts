import { schemaMatches, typeMatches } from "../../domain/blocks/filters.ts";
import { found } from "../../domain/errors.ts";
import type { Page } from "../../domain/filters.ts";
import { selectHidden } from "../../store/blocks/standard.ts";
import {
  type BlockTypeFilters,
  type BlockTypeRow,
  selectBlockType,
  selectBlockTypes,
  selectBlockTypesBySlug,
} from "../../store/blocks/types.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { StandardBlocks } from "./standard-blocks.ts";

/** A block type by id. Refuses 404. */
export async function readBlockType(ctx: TenantContext, id: string): Promise<BlockTypeRow> {
  const [[row], hidden] = await ctx.db.run(selectBlockType(ctx.db, ctx.tenantId, id), selectHidden(ctx.db, ctx.tenantId));
  return found(row ?? shown(new StandardBlocks(ctx.tenantId).type(id), hidden), "Block type not found");
}

/** A block type by slug. Refuses 404. */
export async function readBlockTypeBySlug(ctx: TenantContext, slug: string): Promise<BlockTypeRow> {
  const [[row], hidden] = await ctx.db.run(selectBlockTypesBySlug(ctx.db, ctx.tenantId, [slug]), selectHidden(ctx.db, ctx.tenantId));
  return found(row ?? shown(new StandardBlocks(ctx.tenantId).typeOfSlug(slug), hidden), "Block type not found");
}

/** A page of the block types that match, by name. */
export async function filterBlockTypes(ctx: TenantContext, filters: BlockTypeFilters, page: Page): Promise<BlockTypeRow[]> {
  const standard = new StandardBlocks(ctx.tenantId);
  const { blockTypes, blockSchemas } = filters;
  const schemas = blockSchemas ? standard.schemas().filter((schema) => schemaMatches(schema, blockSchemas)) : [];
  const end = page.offset + page.limit;
  const [rows, hidden] = await ctx.db.run(
    selectBlockTypes(ctx.db, ctx.tenantId, filters, schemas, end),
    selectHidden(ctx.db, ctx.tenantId),
  );
  const hiddenIds = new Set(hidden.map(({ id }) => id));
  const withSchema = new Set(schemas.filter(({ id }) => !hiddenIds.has(id)).map(({ blockTypeId }) => blockTypeId));
  const known = new Set(rows.map(({ id }) => id));
  const more = standard.types().filter((type) => {
    const isNew = !known.has(type.id) && !hiddenIds.has(type.id);
    return isNew && (!blockTypes || typeMatches(type, blockTypes)) && (!blockSchemas || withSchema.has(type.id));
  });
  return [...rows, ...more].sort(byName).slice(page.offset, end);
}

const byName = (a: BlockTypeRow, b: BlockTypeRow) => compare(a.name, b.name) || compare(a.id, b.id);
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** A standard type that the tenant has not deleted. */
export function shown(type: BlockTypeRow | undefined, hidden: readonly { id: string }[]): BlockTypeRow | undefined {
  return type && !hidden.some(({ id }) => id === type.id) ? type : undefined;
}
