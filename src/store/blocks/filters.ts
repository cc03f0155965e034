import { type SQL, sql } from "drizzle-orm";
import type { BlockDocumentFilter, BlockSchemaFilter, BlockTypeFilter } from "../../domain/filters.ts";
import type { TenantId } from "../../domain/ids.ts";
import { all, type Condition, combine, equals, holdsAll, isAnyOf, like } from "../filters/conditions.ts";
import { blockDocuments, blockSchemas, blockTypes } from "../tables.ts";

/** Conditions over the table each is named for; used in that table's own query or inside an EXISTS over it. */

export const blockTypeMatches = (filter: BlockTypeFilter): Condition =>
  combine("and_", [like(blockTypes.name, filter.name?.like), isAnyOf(blockTypes.slug, filter.slug?.any)]);

export const blockSchemaMatches = (filter: BlockSchemaFilter): Condition =>
  combine(filter.operator, [
    isAnyOf(blockSchemas.blockTypeId, filter.blockTypeId?.any),
    filter.blockCapabilities?.all ? holdsAll(blockSchemas.capabilities, filter.blockCapabilities.all) : undefined,
    isAnyOf(blockSchemas.id, filter.id?.any),
    isAnyOf(blockSchemas.version, filter.version?.any),
  ]);

export const blockDocumentMatches = (filter: BlockDocumentFilter): Condition =>
  combine(filter.operator, [
    isAnyOf(blockDocuments.id, filter.id?.any),
    equals(blockDocuments.isAnonymous, filter.isAnonymous?.eq),
    isAnyOf(blockDocuments.blockTypeId, filter.blockTypeId?.any),
    filter.name ? combine("and_", [isAnyOf(blockDocuments.name, filter.name.any), like(blockDocuments.name, filter.name.like)]) : undefined,
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
