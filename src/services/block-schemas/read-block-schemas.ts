import { schemaMatches } from "../../domain/blocks/filters.ts";
import { found } from "../../domain/errors.ts";
import type { BlockSchemaFilter, Page } from "../../domain/filters.ts";
import {
  type LinkedSchemaRow,
  type SchemaCondition,
  schemaByChecksum,
  schemaById,
  schemasMatching,
  selectCapabilities,
  selectSchemas,
} from "../../store/blocks/schemas.ts";
import { selectHidden } from "../../store/blocks/standard.ts";
import type { BlockTypeRow } from "../../store/blocks/types.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { StandardBlocks } from "../block-types/standard-blocks.ts";
import { type FullSchema, FullSchemas } from "./full-schemas.ts";

/** A block schema by id. Refuses 404. */
export async function readBlockSchema(ctx: TenantContext, id: string): Promise<FullSchema> {
  const standard = new StandardBlocks(ctx.tenantId).schema(id);
  const [schema] = await readSchemas(ctx, schemaById(id), standard ? [standard] : [], { limit: 1, offset: 0 });
  return found(schema, "Block schema not found");
}

/** The newest block schema of a checksum, and of a version when one is given. Refuses 404. */
export async function readBlockSchemaByChecksum(ctx: TenantContext, checksum: string, version: string | null): Promise<FullSchema> {
  const standard = new StandardBlocks(ctx.tenantId).schemaOfChecksum(checksum);
  const candidates = standard && (version === null || version === standard.version) ? [standard] : [];
  const [schema] = await readSchemas(ctx, schemaByChecksum(checksum, version), candidates, { limit: 1, offset: 0 });
  return found(schema, "Block schema not found");
}

/** A page of the block schemas that match, newest first. */
export function filterBlockSchemas(ctx: TenantContext, filter: BlockSchemaFilter | null | undefined, page: Page): Promise<FullSchema[]> {
  const standard = new StandardBlocks(ctx.tenantId).schemas().filter((schema) => !filter || schemaMatches(schema, filter));
  return readSchemas(ctx, schemasMatching(filter), standard, page);
}

async function readSchemas(ctx: TenantContext, condition: SchemaCondition, standard: LinkedSchemaRow[], page: Page): Promise<FullSchema[]> {
  const reading = schemaReading(ctx, condition, standard, page);
  return reading.schemas(await ctx.db.run(...reading.statements));
}

/**
 * The statements that read a page of the schemas of a condition, newest first, and what makes schemas of their results: of those
 * that have a row and, of the `standard` ones, of those that have none.
 */
export function schemaReading(ctx: TenantContext, condition: SchemaCondition, standard: readonly LinkedSchemaRow[], page: Page) {
  const candidates = new StandardBlocks(ctx.tenantId).withNested(standard);
  const end = page.offset + page.limit;
  const typeIds = candidates.map(({ blockTypeId }) => blockTypeId);
  const statements = [...selectSchemas(ctx.db, ctx.tenantId, condition, end, typeIds), selectHidden(ctx.db, ctx.tenantId)] as const;
  const schemas = ([ids, rows, types, hidden]: readonly [
    { id: string }[],
    LinkedSchemaRow[],
    BlockTypeRow[],
    { id: string }[],
    ...unknown[],
  ]) => {
    const known = new Set(rows.map(({ id }) => id));
    const more = visible(candidates, hidden).filter(({ id }) => !known.has(id));
    const full = new FullSchemas([...rows, ...more], types);
    const wanted = new Set([...ids, ...standard].map(({ id }) => id));
    return [...wanted]
      .flatMap((id) => full.row(id) ?? [])
      .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
      .slice(page.offset, end)
      .flatMap(({ id }) => full.get(id) ?? []);
  };
  return { statements, schemas };
}

/** Of standard schemas, those that the tenant has deleted neither themselves nor with their types. */
export function visible<T extends { id: string; blockTypeId: string }>(standard: readonly T[], hidden: readonly { id: string }[]): T[] {
  const hiddenIds = new Set(hidden.map(({ id }) => id));
  return standard.filter(({ id, blockTypeId }) => !hiddenIds.has(id) && !hiddenIds.has(blockTypeId));
}

/** Every capability that some block schema has. */
export async function readCapabilities(ctx: TenantContext): Promise<string[]> {
  const [rows, hidden] = await ctx.db.run(selectCapabilities(ctx.db, ctx.tenantId), selectHidden(ctx.db, ctx.tenantId));
  const standard = visible(new StandardBlocks(ctx.tenantId).schemas(), hidden);
  return [...new Set([...rows.map(({ capability }) => capability), ...standard.flatMap(({ capabilities }) => capabilities)])];
}
