import { separateReferences } from "../../domain/blocks/document-references.ts";
import { MAX_PLACES, tooManyPlaces } from "../../domain/blocks/nesting.ts";
import { ConstraintFailed, found, GuardFailed, Refusal } from "../../domain/errors.ts";
import type { JsonObject } from "../../domain/json.ts";
import {
  documentById,
  guardPlaces,
  insertBlockDocument,
  insertBlockDocumentReferences,
  selectDocumentTree,
} from "../../store/blocks/documents.ts";
import { insertStandard } from "../../store/blocks/standard.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { StandardBlocks } from "../block-types/standard-blocks.ts";
import { sealData } from "./document-data.ts";
import { type BlockDocument, buildDocuments } from "./read-block-documents.ts";

export interface NewBlockDocument {
  name: string | null;
  data: JsonObject;
  blockSchemaId: string;
  blockTypeId: string;
  isAnonymous: boolean;
}

/**
 * Saves a block document, its data encrypted; an anonymous one without name gets one. One round trip; the answer's secrets are
 * masked. Refuses a name that the type has (409), an unknown type, schema or referenced document (409), and data too large or nested too often (413).
 */
export async function createBlockDocument(ctx: TenantContext, input: NewBlockDocument): Promise<BlockDocument> {
  const id = ctx.newId();
  const { data, references } = separateReferences(input.data);
  const at = ctx.now();
  const row = {
    tenantId: ctx.tenantId,
    id,
    blockTypeId: input.blockTypeId,
    blockSchemaId: input.blockSchemaId,
    name: input.name || `anonymous-${crypto.randomUUID()}`,
    isAnonymous: input.isAnonymous,
    data: await sealData(ctx, id, data),
    createdAt: at,
    updatedAt: at,
  };
  const standard = new StandardBlocks(ctx.tenantId).needed([input.blockTypeId], [input.blockSchemaId]);
  try {
    const [, , , , , , ...tree] = await ctx.db.run(
      ...insertStandard(ctx.db, ctx.tenantId, standard),
      guardPlaces(
        ctx.db,
        ctx.tenantId,
        references.map(({ referenceId }) => referenceId),
        MAX_PLACES,
      ),
      insertBlockDocument(ctx.db, row),
      insertBlockDocumentReferences(
        ctx.db,
        ctx.tenantId,
        references.map((each) => ({ parentId: id, ...each })),
      ),
      ...selectDocumentTree(ctx.db, ctx.tenantId, documentById(ctx.tenantId, id)),
    );
    const [document] = await buildDocuments(ctx, tree, false);
    return found(document, "Block document not found");
  } catch (error) {
    if (error instanceof GuardFailed) throw tooManyPlaces();
    if (error instanceof ConstraintFailed && error.kind === "unique") throw new Refusal("conflict", "Block already exists");
    throw error;
  }
}
