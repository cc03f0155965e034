import { and, asc, eq, type SQL, sql } from "drizzle-orm";
import type { BlockSchemaFilter, BlockTypeFilter } from "../../domain/filters.ts";
import type { TenantId } from "../../domain/ids.ts";
import type { Micros } from "../../domain/time.ts";
import { type Database, inList } from "../database.ts";
import { all, combine } from "../filters/conditions.ts";
import { blockSchemas, blockTypes } from "../tables.ts";
import { blockSchemaMatches, blockTypeMatches } from "./filters.ts";

export type BlockTypeRow = typeof blockTypes.$inferSelect;

export interface BlockTypeChanges {
  logoUrl?: string | null;
  documentationUrl?: string | null;
  description?: string | null;
  codeExample?: string | null;
  updatedAt: Micros;
}

export const insertBlockType = (db: Database, type: BlockTypeRow) => db.query.insert(blockTypes).values(type);

const selectWhere = (db: Database, tenantId: TenantId, condition: SQL) =>
  db.query
    .select()
    .from(blockTypes)
    .where(and(eq(blockTypes.tenantId, tenantId), condition));

export const selectBlockType = (db: Database, tenantId: TenantId, id: string) => selectWhere(db, tenantId, eq(blockTypes.id, id));

export const selectBlockTypesBySlug = (db: Database, tenantId: TenantId, slugs: readonly string[]) =>
  selectWhere(db, tenantId, inList(blockTypes.slug, slugs));

/** The types with a name, the oldest first: only slugs are unique. */
export const selectBlockTypesByName = (db: Database, tenantId: TenantId, name: string) =>
  selectWhere(db, tenantId, eq(blockTypes.name, name)).orderBy(asc(blockTypes.createdAt));

export interface BlockTypeFilters {
  blockTypes?: BlockTypeFilter | null | undefined;
  blockSchemas?: BlockSchemaFilter | null | undefined;
}

/** The first types by name that match. `standardSchemas` match, and count as long as they are not hidden: they may have no row. */
export const selectBlockTypes = (
  db: Database,
  tenantId: TenantId,
  filters: BlockTypeFilters,
  standardSchemas: readonly { id: string; blockTypeId: string }[],
  limit: number,
) =>
  selectWhere(
    db,
    tenantId,
    all(
      filters.blockTypes ? blockTypeMatches(filters.blockTypes) : undefined,
      filters.blockSchemas
        ? combine("or_", [hasSchema(tenantId, filters.blockSchemas), hasStandardSchema(tenantId, standardSchemas)])
        : undefined,
    ),
  )
    .orderBy(asc(blockTypes.name), asc(blockTypes.id))
    .limit(limit);

const hasSchema = (tenantId: TenantId, filter: BlockSchemaFilter): SQL =>
  sql`EXISTS (SELECT 1 FROM ${blockSchemas} WHERE ${blockSchemas.tenantId} = ${tenantId} AND ${blockSchemas.blockTypeId} = ${blockTypes.id} AND ${blockSchemaMatches(filter) ?? sql`1`})`;

const hasStandardSchema = (tenantId: TenantId, schemas: readonly { id: string; blockTypeId: string }[]): SQL =>
  sql`EXISTS (SELECT 1 FROM json_each(${JSON.stringify(schemas.map(({ id, blockTypeId }) => [blockTypeId, id]))}) AS standard
    WHERE standard.value ->> 0 = ${blockTypes.id}
    AND NOT EXISTS (SELECT 1 FROM hidden_standard_blocks AS hidden WHERE hidden.tenant_id = ${tenantId} AND hidden.id = standard.value ->> 1))`;

export const updateBlockType = (db: Database, tenantId: TenantId, id: string, changes: BlockTypeChanges) =>
  db.query
    .update(blockTypes)
    .set(changes)
    .where(and(eq(blockTypes.tenantId, tenantId), eq(blockTypes.id, id)));

/** Deletes a type; its schemas and documents go with it by their foreign keys. Gives a row when there was one. */
export const deleteBlockType = (db: Database, tenantId: TenantId, id: string) =>
  db.query
    .delete(blockTypes)
    .where(and(eq(blockTypes.tenantId, tenantId), eq(blockTypes.id, id)))
    .returning({ id: sql<string>`id` });
