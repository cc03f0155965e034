import { and, asc, count, desc, eq, getTableColumns, type SQL, sql } from "drizzle-orm";
import type { BlockReference } from "../../domain/blocks/document-references.ts";
import type { Page } from "../../domain/filters.ts";
import type { TenantId } from "../../domain/ids.ts";
import type { Json } from "../../domain/json.ts";
import type { Micros } from "../../domain/time.ts";
import type { Database } from "../database.ts";
import { insertRows } from "../insert-rows.ts";
import { blockDocumentReferences, blockDocuments, flowRuns } from "../tables.ts";
import { type BlockFilters, documentsCondition } from "./filters.ts";
import { selectSchemaTree, selectSchemaTreeTypes } from "./schemas.ts";

export type BlockDocumentRow = typeof blockDocuments.$inferSelect;

/** A document with its references to the documents nested in it. */
export type LinkedDocumentRow = BlockDocumentRow & { references: BlockReference[] };

export type DocumentSort = "NAME_ASC" | "NAME_DESC" | "BLOCK_TYPE_AND_NAME_ASC";

const typeName = sql`(SELECT name FROM block_types WHERE tenant_id = block_documents.tenant_id AND id = block_documents.block_type_id)`;

/** The id breaks ties, which the real server leaves open. */
function order(sort: DocumentSort): SQL[] {
  switch (sort) {
    case "NAME_ASC":
      return [asc(blockDocuments.name), asc(blockDocuments.id)];
    case "NAME_DESC":
      return [desc(blockDocuments.name), desc(blockDocuments.id)];
    case "BLOCK_TYPE_AND_NAME_ASC":
      return [asc(typeName), asc(blockDocuments.name), asc(blockDocuments.id)];
  }
}

/** Which documents to read, and in what order. */
export interface DocumentSelection {
  condition: SQL;
  sort: DocumentSort;
  page: Page;
}

/** A page that holds everything. */
const ALL: Page = { limit: -1, offset: 0 };

export const documentById = (tenantId: TenantId, id: string): DocumentSelection => ({
  condition: sql`${blockDocuments.tenantId} = ${tenantId} AND ${blockDocuments.id} = ${id}`,
  sort: "NAME_ASC",
  page: ALL,
});

const ofType = (tenantId: TenantId, slug: string): SQL =>
  sql`${blockDocuments.tenantId} = ${tenantId} AND ${blockDocuments.blockTypeId} = (SELECT id FROM block_types WHERE tenant_id = ${tenantId} AND slug = ${slug})`;

export const documentByName = (tenantId: TenantId, slug: string, name: string): DocumentSelection => ({
  condition: sql`${ofType(tenantId, slug)} AND ${blockDocuments.name} = ${name}`,
  sort: "NAME_ASC",
  page: ALL,
});

/** All named documents of a type: the real server has no page here. */
export const documentsOfType = (tenantId: TenantId, slug: string): DocumentSelection => ({
  condition: sql`${ofType(tenantId, slug)} AND ${blockDocuments.isAnonymous} = 0`,
  sort: "NAME_ASC",
  page: ALL,
});

export const documentsMatching = (tenantId: TenantId, filters: BlockFilters, sort: DocumentSort, page: Page): DocumentSelection => ({
  condition: documentsCondition(tenantId, filters),
  sort,
  page,
});

const references = sql<BlockReference[]>`(
  SELECT json_group_array(json_object('parentId', parent_id, 'name', name, 'referenceId', reference_id)) FROM block_document_references AS reference
  WHERE reference.tenant_id = block_documents.tenant_id AND reference.parent_id = block_documents.id
)`.mapWith((text: string) => JSON.parse(text) as BlockReference[]);

/**
 * The statements that read documents with everything nested in them, for one batch: the ids of those asked for, in order; all
 * documents reachable from them; all schemas reachable from those; the types of all.
 */
export function selectDocumentTree(db: Database, tenantId: TenantId, { condition, sort, page }: DocumentSelection) {
  const roots = db.query
    .select({ id: blockDocuments.id })
    .from(blockDocuments)
    .where(condition)
    .orderBy(...order(sort))
    .limit(page.limit)
    .offset(page.offset);
  const tree = sql`WITH RECURSIVE tree (id) AS (
    SELECT id FROM ${roots}
    UNION SELECT reference.reference_id FROM tree
    JOIN block_document_references AS reference ON reference.tenant_id = ${tenantId} AND reference.parent_id = tree.id
  ) SELECT id FROM tree`;
  const inTree = sql`${blockDocuments.tenantId} = ${tenantId} AND ${blockDocuments.id} IN (${tree})`;
  const schemas = db.query
    .select({ id: sql`block_schema_id`.as("id") })
    .from(blockDocuments)
    .where(inTree);
  const types = sql`SELECT block_type_id FROM block_documents WHERE ${inTree}`;
  return [
    roots,
    db.query
      .select({ ...getTableColumns(blockDocuments), references: references.as("nested") })
      .from(blockDocuments)
      .where(inTree),
    selectSchemaTree(db, tenantId, schemas),
    selectSchemaTreeTypes(db, tenantId, schemas, types),
  ] as const;
}

/** In how many places documents, and those nested in them, would stand in one that held them; counting stops past `limit`. */
const placesOf = (tenantId: TenantId, ids: readonly string[], limit: number): SQL<number> => sql<number>`(
  WITH RECURSIVE place (id) AS (
    SELECT value FROM json_each(${JSON.stringify(ids)})
    UNION ALL SELECT reference.reference_id FROM place
    JOIN block_document_references AS reference ON reference.tenant_id = ${tenantId} AND reference.parent_id = place.id
    LIMIT ${limit + 1}
  ) SELECT count(*) FROM place
)`;

export const selectPlaces = (db: Database, tenantId: TenantId, ids: readonly string[], limit: number) =>
  db.query.select({ count: placesOf(tenantId, ids, limit).as("count") }).from(sql`(SELECT 1)`);

/** Aborts the batch it stands in when there would be more places than `limit`. */
export const guardPlaces = (db: Database, tenantId: TenantId, ids: readonly string[], limit: number) =>
  db.guard(sql`${placesOf(tenantId, ids, limit)} <= ${limit}`);

export const countDocuments = (db: Database, tenantId: TenantId, filters: BlockFilters) =>
  db.query.select({ count: count() }).from(blockDocuments).where(documentsCondition(tenantId, filters));

export const insertBlockDocument = (db: Database, row: BlockDocumentRow) => db.query.insert(blockDocuments).values(row);

export const insertBlockDocumentReferences = (db: Database, tenantId: TenantId, rows: readonly BlockReference[]) =>
  insertRows(
    db,
    blockDocumentReferences,
    rows.map((row) => ({ tenantId, ...row })),
  );

export const deleteBlockDocumentReferences = (db: Database, tenantId: TenantId, parentId: string, names: readonly string[]) =>
  db.query
    .delete(blockDocumentReferences)
    .where(
      and(
        eq(blockDocumentReferences.tenantId, tenantId),
        eq(blockDocumentReferences.parentId, parentId),
        sql`${blockDocumentReferences.name} IN (SELECT value FROM json_each(${JSON.stringify(names)}))`,
      ),
    );

/** Changes a document that nobody has changed since it was read. */
export const updateBlockDocument = (
  db: Database,
  read: BlockDocumentRow,
  changes: { data: Json; blockSchemaId: string; updatedAt: Micros },
) =>
  db.query
    .update(blockDocuments)
    .set(changes)
    .where(and(eq(blockDocuments.tenantId, read.tenantId), eq(blockDocuments.id, read.id), eq(blockDocuments.updatedAt, read.updatedAt)));

/** Deletes a document; what refers to it goes with it by its foreign keys. Gives a row when there was one. */
export const deleteBlockDocument = (db: Database, tenantId: TenantId, id: string) =>
  db.query
    .delete(blockDocuments)
    .where(and(eq(blockDocuments.tenantId, tenantId), eq(blockDocuments.id, id)))
    .returning({ id: sql<string>`id` });

/** What goes away together with the documents of a type, of a schema, or one document. */
export type DocumentsOf = { typeId: string } | { schemaId: string } | { documentId: string };

function documentsOf(tenantId: TenantId, of: DocumentsOf): SQL {
  if ("documentId" in of) return sql`SELECT ${of.documentId}`;
  const [column, id] = "typeId" in of ? [blockDocuments.blockTypeId, of.typeId] : [blockDocuments.blockSchemaId, of.schemaId];
  return sql`SELECT id FROM block_documents WHERE tenant_id = ${tenantId} AND ${sql.identifier(column.name)} = ${id}`;
}

/** The queues of the flow runs that have one of the documents as infrastructure. */
export const selectQueuesOfDocuments = (db: Database, tenantId: TenantId, of: DocumentsOf) =>
  db.query
    .selectDistinct({ id: flowRuns.workQueueId })
    .from(flowRuns)
    .where(and(eq(flowRuns.tenantId, tenantId), sql`${flowRuns.infrastructureDocumentId} IN (${documentsOf(tenantId, of)})`));
