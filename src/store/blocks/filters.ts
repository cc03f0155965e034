import { type SQL, sql } from "drizzle-orm";
import type { BlockDocumentFilter, BlockSchemaFilter, BlockTypeFilter } from "../../domain/filters.ts";
import type { TenantId } from "../../domain/ids.ts";
import { all, type Condition, combine, criterion, equals, tagged } from "../filters/conditions.ts";
import { blockDocuments, blockSchemas, blockTypes } from "../tables.ts";

/** Conditions over the table each is named for; used in that table's own query or inside an EXISTS over it. */

export const blockTypeMatches = (filter: BlockTypeFilter): Condition =>
  combine("and_", [criterion(blockTypes.name, filter.name), criterion(blockTypes.slug, filter.slug)]);

export const blockSchemaMatches = (filter: BlockSchemaFilter): Condition =>
  combine(filter.operator, [
    criterion(blockSchemas.blockTypeId, filter.blockTypeId),
    tagged(blockSchemas.capabilities, filter.blockCapabilities),
    criterion(blockSchemas.id, filter.id),
    criterion(blockSchemas.version, filter.version),
  ]);

export const blockDocumentMatches = (filter: BlockDocumentFilter): Condition =>
  combine(filter.operator, [
    criterion(blockDocuments.id, filter.id),
    equals(blockDocuments.isAnonymous, filter.isAnonymous),
    criterion(blockDocuments.blockTypeId, filter.blockTypeId),
    criterion(blockDocuments.name, filter.name),
  ]);

/** What lists of documents can be narrowed by together; all given ones must hold. */
export interface BlockFilters {
  blockDocuments?: BlockDocumentFilter | null | undefined;
  blockTypes?: BlockTypeFilter | null | undefined;
  blockSchemas?: BlockSchemaFilter | null | undefined;
}

/** The whole WHERE of a list or count of documents. Without a filter of documents only named ones match. */
export const documentsCondition = (tenantId: TenantId, filters: BlockFilters): SQL =>
  all(
    sql`${blockDocuments.tenantId} = ${tenantId}`,
    blockDocumentMatches(filters.blockDocuments ?? { isAnonymous: { eq: false } }),
    filters.blockTypes
      ? sql`EXISTS (SELECT 1 FROM ${blockTypes} WHERE ${blockTypes.tenantId} = ${tenantId} AND ${blockTypes.id} = ${blockDocuments.blockTypeId} AND ${blockTypeMatches(filters.blockTypes) ?? sql`1`})`
      : undefined,
    filters.blockSchemas
      ? sql`EXISTS (SELECT 1 FROM ${blockSchemas} WHERE ${blockSchemas.tenantId} = ${tenantId} AND ${blockSchemas.id} = ${blockDocuments.blockSchemaId} AND ${blockSchemaMatches(filters.blockSchemas) ?? sql`1`})`
      : undefined,
  );
