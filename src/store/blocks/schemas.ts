import { and, desc, eq, getTableColumns, type SQL, sql } from "drizzle-orm";
import type { BlockReference } from "../../domain/blocks/document-references.ts";
import type { BlockSchemaFilter } from "../../domain/filters.ts";
import type { TenantId } from "../../domain/ids.ts";
import { type Database, inList } from "../database.ts";
import { all } from "../filters/conditions.ts";
import { insertable, insertRows } from "../insert-rows.ts";
import { blockSchemaReferences, blockSchemas, blockTypes } from "../tables.ts";
import { blockSchemaMatches } from "./filters.ts";

export type BlockSchemaRow = typeof blockSchemas.$inferSelect;

/** A schema with its references to the schemas nested in it. */
export type LinkedSchemaRow = BlockSchemaRow & { references: BlockReference[] };

/** Which schemas to read. */
export type SchemaCondition = SQL;

export const schemaById = (id: string): SchemaCondition => sql`${blockSchemas.id} = ${id}`;

export const schemaByChecksum = (checksum: string, version: string | null): SchemaCondition =>
  all(sql`${blockSchemas.checksum} = ${checksum}`, version === null ? undefined : sql`${blockSchemas.version} = ${version}`);

export const schemasMatching = (filter: BlockSchemaFilter | null | undefined): SchemaCondition =>
  (filter && blockSchemaMatches(filter)) ?? sql`1`;

/** The ids of some schemas, which a query for a column `id` names, and of all schemas nested in them. */
const schemaTree = (tenantId: TenantId, roots: { getSQL(): SQL }): SQL =>
  sql`WITH RECURSIVE tree (id) AS (
    SELECT id FROM ${roots}
    UNION SELECT reference.reference_id FROM tree
    JOIN block_schema_references AS reference ON reference.tenant_id = ${tenantId} AND reference.parent_id = tree.id
  ) SELECT id FROM tree`;

const references = sql<BlockReference[]>`(
  SELECT json_group_array(json_object('parentId', parent_id, 'name', name, 'referenceId', reference_id)) FROM block_schema_references AS reference
  WHERE reference.tenant_id = block_schemas.tenant_id AND reference.parent_id = block_schemas.id
)`.mapWith((text: string) => JSON.parse(text) as BlockReference[]);

/** Schemas and those nested in them, by one recursive query within the tenant. */
export const selectSchemaTree = (db: Database, tenantId: TenantId, roots: { getSQL(): SQL }) =>
  db.query
    .select({ ...getTableColumns(blockSchemas), references: references.as("nested") })
    .from(blockSchemas)
    .where(sql`${blockSchemas.tenantId} = ${tenantId} AND ${blockSchemas.id} IN (${schemaTree(tenantId, roots)})`);

/** The types of schemas and of those nested in them, and the types whose ids are in `more`. */
export const selectSchemaTreeTypes = (db: Database, tenantId: TenantId, roots: { getSQL(): SQL }, more: SQL) =>
  db.query
    .select()
    .from(blockTypes)
    .where(
      sql`${blockTypes.tenantId} = ${tenantId} AND ${blockTypes.id} IN (
        SELECT block_type_id FROM block_schemas WHERE tenant_id = ${tenantId} AND id IN (${schemaTree(tenantId, roots)}) UNION ${more}
      )`,
    );

/**
 * The statements that read the newest schemas of a condition with everything nested in them, for one batch: their ids, newest first;
 * all schemas reachable from them; the types of all, and those of `moreTypeIds`.
 */
export function selectSchemas(db: Database, tenantId: TenantId, condition: SchemaCondition, limit: number, moreTypeIds: readonly string[]) {
  const roots = db.query
    .select({ id: blockSchemas.id })
    .from(blockSchemas)
    .where(and(eq(blockSchemas.tenantId, tenantId), condition))
    .orderBy(desc(blockSchemas.createdAt), desc(blockSchemas.id))
    .limit(limit);
  const more = sql`SELECT value FROM json_each(${JSON.stringify(moreTypeIds)})`;
  return [roots, selectSchemaTree(db, tenantId, roots), selectSchemaTreeTypes(db, tenantId, roots, more)] as const;
}

/** The schemas with one of the checksums, newest first. */
export const selectSchemasByChecksum = (db: Database, tenantId: TenantId, checksums: readonly string[]) =>
  db.query
    .select({ id: blockSchemas.id, checksum: blockSchemas.checksum, version: blockSchemas.version })
    .from(blockSchemas)
    .where(and(eq(blockSchemas.tenantId, tenantId), inList(blockSchemas.checksum, checksums)))
    .orderBy(desc(blockSchemas.createdAt), desc(blockSchemas.id));

export const insertBlockSchemas = (db: Database, rows: readonly BlockSchemaRow[]) =>
  insertable(rows).map((group) => insertRows(db, blockSchemas, group));

export const insertBlockSchemaReferences = (db: Database, tenantId: TenantId, rows: readonly BlockReference[]) =>
  insertRows(
    db,
    blockSchemaReferences,
    rows.map((row) => ({ tenantId, ...row })),
  );

/** The type a schema is of. */
export const selectTypeOfSchema = (db: Database, tenantId: TenantId, id: string) =>
  db.query
    .select({ blockTypeId: blockSchemas.blockTypeId })
    .from(blockSchemas)
    .where(and(eq(blockSchemas.tenantId, tenantId), eq(blockSchemas.id, id)));

/** Deletes a schema unless it is of one of the types; its documents go with it by their foreign keys. */
export const deleteBlockSchema = (db: Database, tenantId: TenantId, id: string, exceptOfTypes: readonly string[]) =>
  db.query
    .delete(blockSchemas)
    .where(and(eq(blockSchemas.tenantId, tenantId), eq(blockSchemas.id, id), sql`NOT ${inList(blockSchemas.blockTypeId, exceptOfTypes)}`));

/** Every capability that some schema has. */
export const selectCapabilities = (db: Database, tenantId: TenantId) =>
  db.query
    .selectDistinct({ capability: sql<string>`capability.value`.as("capability") })
    .from(sql`${blockSchemas}, json_each(${blockSchemas.capabilities}) AS capability`)
    .where(eq(blockSchemas.tenantId, tenantId));
