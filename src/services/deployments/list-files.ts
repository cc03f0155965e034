import { DEFAULT_NAME, DEFAULT_STORAGE_TYPES } from "../../domain/blocks/default-storage.ts";
import { codePrefix } from "../../domain/blocks/stored-code.ts";
import { Refusal } from "../../domain/errors.ts";
import { BUCKET } from "../../storage/s3/keys.ts";
import type { StoredFile } from "../../storage/stored-files.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { readBlockDocument } from "../block-documents/read-block-documents.ts";
import { StandardBlocks } from "../block-types/standard-blocks.ts";
import { readDeployment } from "./read-deployments.ts";

/**
 * The files of a deployment's code in the tenant's own storage, by name; none for code that is elsewhere. Two round trips, and one
 * page of R2. Refuses 404.
 */
export async function listDeploymentFiles(
  ctx: TenantContext,
  id: string,
  { after, limit }: { after: string; limit: number },
): Promise<{ files: StoredFile[]; next: string | null }> {
  const deployment = await readDeployment(ctx, id);
  const hasDefault = deployment.storageDocumentId !== null && (await isDefaultStorage(ctx, deployment.storageDocumentId));
  const prefix = codePrefix(deployment, hasDefault, BUCKET);
  return prefix === null ? { files: [], next: null } : ctx.files.list(prefix, after, limit);
}

async function isDefaultStorage(ctx: TenantContext, documentId: string): Promise<boolean> {
  const document = await readBlockDocument(ctx, documentId, false).catch((error: unknown) => {
    if (error instanceof Refusal && error.kind === "notFound") return null;
    throw error;
  });
  if (document?.row.name !== DEFAULT_NAME) return false;
  const standard = new StandardBlocks(ctx.tenantId);
  return DEFAULT_STORAGE_TYPES.some((slug) => standard.typeOfSlug(slug)?.id === document.row.blockTypeId);
}
