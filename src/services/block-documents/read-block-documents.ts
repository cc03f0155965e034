import { ownSecretPaths } from "../../domain/blocks/default-storage.ts";
import { buildDocument, type FullDocument } from "../../domain/blocks/document-references.ts";
import { requireFewPlaces } from "../../domain/blocks/nesting.ts";
import { secretFields } from "../../domain/blocks/secrets.ts";
import { found } from "../../domain/errors.ts";
import type { Page } from "../../domain/filters.ts";
import type { JsonObject } from "../../domain/json.ts";
import {
  countDocuments,
  type DocumentSort,
  documentById,
  documentByName,
  documentsMatching,
  documentsOfType,
  type LinkedDocumentRow,
  selectDocumentTree,
} from "../../store/blocks/documents.ts";
import type { BlockFilters } from "../../store/blocks/filters.ts";
import type { LinkedSchemaRow } from "../../store/blocks/schemas.ts";
import { selectHidden } from "../../store/blocks/standard.ts";
import { type BlockTypeRow, selectBlockTypesBySlug } from "../../store/blocks/types.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { type FullSchema, FullSchemas } from "../block-schemas/full-schemas.ts";
import { shown } from "../block-types/read-block-types.ts";
import { StandardBlocks } from "../block-types/standard-blocks.ts";
import { openData } from "./document-data.ts";

/** A stored document, its data decrypted, and its type. */
export type OpenDocument = Omit<LinkedDocumentRow, "data" | "references"> & {
  data: JsonObject;
  secretPaths: readonly string[];
  blockType: BlockTypeRow;
};

/** A document as it is read: data with that of the documents nested in it, masked unless asked for, and its schema in full. */
export interface BlockDocument extends FullDocument<OpenDocument> {
  blockSchema: FullSchema;
}

const MISSING = "Block document not found";

/** A block document by id. Refuses 404. One round trip, however deep it is nested; so are the others. */
export async function readBlockDocument(ctx: TenantContext, id: string, includeSecrets: boolean): Promise<BlockDocument> {
  const tree = await ctx.db.run(...selectDocumentTree(ctx.db, ctx.tenantId, documentById(ctx.tenantId, id)));
  const [document] = await buildDocuments(ctx, tree, includeSecrets);
  return found(document, MISSING);
}

/** A block document by name and the slug of its type. Refuses 404. */
export async function readBlockDocumentByName(
  ctx: TenantContext,
  slug: string,
  name: string,
  includeSecrets: boolean,
): Promise<BlockDocument> {
  const tree = await ctx.db.run(...selectDocumentTree(ctx.db, ctx.tenantId, documentByName(ctx.tenantId, slug, name)));
  const [document] = await buildDocuments(ctx, tree, includeSecrets);
  return found(document, MISSING);
}

/** All named documents of a type, by name. Refuses 404 for an unknown type. */
export async function readDocumentsOfType(ctx: TenantContext, slug: string, includeSecrets: boolean): Promise<BlockDocument[]> {
  const [[type], hidden, ...tree] = await ctx.db.run(
    selectBlockTypesBySlug(ctx.db, ctx.tenantId, [slug]),
    selectHidden(ctx.db, ctx.tenantId),
    ...selectDocumentTree(ctx.db, ctx.tenantId, documentsOfType(ctx.tenantId, slug)),
  );
  found(type ?? shown(new StandardBlocks(ctx.tenantId).typeOfSlug(slug), hidden), "Block type not found");
  return buildDocuments(ctx, tree, includeSecrets);
}

/** A page of the block documents that match. */
export async function filterBlockDocuments(
  ctx: TenantContext,
  filters: BlockFilters,
  sort: DocumentSort,
  page: Page,
  includeSecrets: boolean,
): Promise<BlockDocument[]> {
  const tree = await ctx.db.run(...selectDocumentTree(ctx.db, ctx.tenantId, documentsMatching(ctx.tenantId, filters, sort, page)));
  return buildDocuments(ctx, tree, includeSecrets);
}

/** How many block documents match. */
export async function countBlockDocuments(ctx: TenantContext, filters: BlockFilters): Promise<number> {
  const [[row]] = await ctx.db.run(countDocuments(ctx.db, ctx.tenantId, filters));
  return row?.count ?? 0;
}

/** Makes documents of what the statements of `selectDocumentTree` gave. */
export async function buildDocuments(
  ctx: TenantContext,
  [ids, rows, schemaRows, types]: readonly [{ id: string }[], LinkedDocumentRow[], LinkedSchemaRow[], BlockTypeRow[]],
  includeSecrets: boolean,
): Promise<BlockDocument[]> {
  const references = rows.flatMap((row) => row.references);
  requireFewPlaces(
    ids.map(({ id }) => id),
    references,
  );
  const schemas = new FullSchemas(schemaRows, types);
  const data = await openData(ctx, rows);
  const open = rows.map((row, index): OpenDocument => {
    const { data: _, references: __, ...own } = row;
    const opened = data[index] ?? {};
    const secretPaths = [...secretFields(schemas.row(row.blockSchemaId)?.fields ?? {}), ...ownSecretPaths(opened)];
    return { ...own, data: opened, secretPaths, blockType: schemas.type(row) };
  });
  return ids.map(({ id }) => {
    const document = buildDocument(id, open, references, includeSecrets);
    return { ...document, blockSchema: found(schemas.get(document.row.blockSchemaId), "Block schema not found") };
  });
}
