import { ownSecretPaths } from "../../domain/blocks/default-storage.ts";
import { diffReferences, separateReferences, updateData } from "../../domain/blocks/document-references.ts";
import { MAX_PLACES, tooManyPlaces } from "../../domain/blocks/nesting.ts";
import { secretFields } from "../../domain/blocks/secrets.ts";
import { found, GuardFailed, Refusal } from "../../domain/errors.ts";
import type { JsonObject } from "../../domain/json.ts";
import {
  deleteBlockDocumentReferences,
  deleteBlockDocument as deleteStatement,
  documentById,
  insertBlockDocumentReferences,
  selectDocumentTree,
  selectPlaces,
  selectQueuesOfDocuments,
  updateBlockDocument as updateStatement,
} from "../../store/blocks/documents.ts";
import { selectTypeOfSchema } from "../../store/blocks/schemas.ts";
import { insertStandard } from "../../store/blocks/standard.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { StandardBlocks } from "../block-types/standard-blocks.ts";
import { openData, sealData } from "./document-data.ts";

export interface BlockDocumentChanges {
  /** Absent: nothing changes, unless the data is replaced. */
  data?: JsonObject | undefined;
  /** Counts only together with data. */
  blockSchemaId?: string | null | undefined;
  mergeExistingData: boolean;
}

const ATTEMPTS = 5;

/**
 * Changes a document's data, by merging top-level keys or altogether; masks stand for the secrets there are. Two round trips.
 * Refuses 404, references that are none and a schema of another type (400), and data too large or nested too often (413).
 */
export async function updateBlockDocument(ctx: TenantContext, id: string, changes: BlockDocumentChanges): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await change(ctx, id, changes);
    } catch (error) {
      // Somebody else changed it meanwhile: decide again on what is there now.
      if (!(error instanceof GuardFailed) || attempt === ATTEMPTS) throw error;
    }
  }
}

async function change(ctx: TenantContext, id: string, changes: BlockDocumentChanges): Promise<void> {
  const proposedId = changes.blockSchemaId ?? null;
  const nestedIds = separateReferences(changes.data ?? {}).references.map(({ referenceId }) => referenceId);
  const [, rows, schemas, , [proposed], [places]] = await ctx.db.run(
    ...selectDocumentTree(ctx.db, ctx.tenantId, documentById(ctx.tenantId, id)),
    selectTypeOfSchema(ctx.db, ctx.tenantId, proposedId ?? ""),
    selectPlaces(ctx.db, ctx.tenantId, nestedIds, MAX_PLACES),
  );
  const row = found(
    rows.find((each) => each.id === id),
    "Block document not found",
  );
  if (changes.data === undefined && changes.mergeExistingData) return;

  if ((places?.count ?? 0) > MAX_PLACES) throw tooManyPlaces();

  const standard = new StandardBlocks(ctx.tenantId);
  if (proposedId !== null && proposedId !== row.blockSchemaId) {
    const { blockTypeId } = found(proposed ?? standard.schema(proposedId), "Block schema not found");
    if (blockTypeId !== row.blockTypeId) {
      throw new Refusal("badRequest", "Must migrate block document to a block schema of the same block type.");
    }
  }
  const [stored = {}] = await openData(ctx, [row]);
  const schemaFields = schemas.find((schema) => schema.id === row.blockSchemaId)?.fields ?? {};
  const secretPaths = [...secretFields(schemaFields), ...ownSecretPaths(stored)];
  const wanted = updateData(stored, changes.data ?? {}, secretPaths, changes.mergeExistingData);
  const { removed, added } = diffReferences(id, row.references, wanted.references);
  const update = {
    data: await sealData(ctx, id, wanted.data),
    blockSchemaId: proposedId ?? row.blockSchemaId,
    updatedAt: Math.max(ctx.now(), row.updatedAt + 1),
  };
  await ctx.db.run(
    ...insertStandard(ctx.db, ctx.tenantId, standard.needed([], [update.blockSchemaId])),
    updateStatement(ctx.db, row, update),
    ctx.db.guardChanged(),
    deleteBlockDocumentReferences(
      ctx.db,
      ctx.tenantId,
      id,
      removed.map(({ name }) => name),
    ),
    insertBlockDocumentReferences(ctx.db, ctx.tenantId, added),
  );
}

/** Deletes a document, and with it references to it, deployments that use it and flow runs on its infrastructure. Refuses 404. */
export async function deleteBlockDocument(ctx: TenantContext, id: string): Promise<void> {
  const [queues, [row]] = await ctx.db.run(
    selectQueuesOfDocuments(ctx.db, ctx.tenantId, { documentId: id }),
    deleteStatement(ctx.db, ctx.tenantId, id),
  );
  found(row, "Block document not found");
  await ctx.queues.refill(queues.flatMap(({ id: queueId }) => queueId ?? []));
}
