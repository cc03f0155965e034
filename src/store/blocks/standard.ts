import { eq, type SQL, sql } from "drizzle-orm";
import type { TenantId } from "../../domain/ids.ts";
import type { Database } from "../database.ts";
import { insertRows } from "../insert-rows.ts";
import { blockSchemaReferences, blockSchemas, blockTypes, hiddenStandardBlocks } from "../tables.ts";
import type { LinkedSchemaRow } from "./schemas.ts";
import type { BlockTypeRow } from "./types.ts";

export interface StandardRows {
  types: readonly BlockTypeRow[];
  schemas: readonly LinkedSchemaRow[];
}

/** The ids of the standard types and schemas that the tenant deleted. */
export const selectHidden = (db: Database, tenantId: TenantId) =>
  db.query.select({ id: hiddenStandardBlocks.id }).from(hiddenStandardBlocks).where(eq(hiddenStandardBlocks.tenantId, tenantId));

export const insertHidden = (db: Database, tenantId: TenantId, id: string) =>
  db.query.insert(hiddenStandardBlocks).values({ tenantId, id }).onConflictDoNothing();

/**
 * Gives standard types and schemas a row, those that have none and are not hidden: what is to refer to them can then be written.
 * Nothing is written for empty lists.
 */
export function insertStandard(db: Database, tenantId: TenantId, { types, schemas }: StandardRows) {
  const references = schemas.flatMap((schema) => schema.references.map((row) => ({ tenantId, ...row })));
  const isShown = (id: SQL) =>
    sql`NOT EXISTS (SELECT 1 FROM hidden_standard_blocks AS hidden WHERE hidden.tenant_id = ${tenantId} AND hidden.id = ${id})`;
  const hasRow = (table: "block_types" | "block_schemas", id: SQL) =>
    sql`EXISTS (SELECT 1 FROM ${sql.identifier(table)} AS other WHERE other.tenant_id = ${tenantId} AND other.id = ${id})`;
  return [
    insertRows(db, blockTypes, types, (value) => isShown(value("id"))).onConflictDoNothing(),
    insertRows(
      db,
      blockSchemas,
      schemas,
      (value) => sql`${isShown(value("id"))} AND ${hasRow("block_types", value("blockTypeId"))}`,
    ).onConflictDoNothing(),
    insertRows(
      db,
      blockSchemaReferences,
      references,
      (value) => sql`${hasRow("block_schemas", value("parentId"))} AND ${hasRow("block_schemas", value("referenceId"))}`,
    ).onConflictDoNothing(),
  ] as const;
}
