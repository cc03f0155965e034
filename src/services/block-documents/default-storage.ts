import {
  accessKeyIdOf,
  DEFAULT_NAME,
  DEFAULT_STORAGE_TYPES,
  defaultStorageData,
  type StorageAccess,
} from "../../domain/blocks/default-storage.ts";
import { found, Refusal } from "../../domain/errors.ts";
import { isJsonObject } from "../../domain/json.ts";
import { BUCKET, MOUNT } from "../../storage/s3/keys.ts";
import { defaultAccessKeyId, storageSecret } from "../../storage/storage-secrets.ts";
import { insertStorageKey, selectStorageKey } from "../../store/storage-keys.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { StandardBlocks } from "../block-types/standard-blocks.ts";
import { updateBlockDocument } from "./change-block-document.ts";
import { createBlockDocument } from "./create-block-document.ts";
import { type BlockDocument, readBlockDocumentByName } from "./read-block-documents.ts";

/**
 * A block document by name and type, as `readBlockDocumentByName`; the tenant's default storage blocks are made when they are first
 * asked for, so that the lists of a tenant that does not use them are empty. `origin` is the address the request came to.
 */
export async function readNamedBlockDocument(
  ctx: TenantContext,
  slug: string,
  name: string,
  includeSecrets: boolean,
  origin: string,
): Promise<BlockDocument> {
  try {
    return await readBlockDocumentByName(ctx, slug, name, includeSecrets);
  } catch (error) {
    const isMissing = error instanceof Refusal && error.kind === "notFound";
    if (!isMissing || name !== DEFAULT_NAME || !DEFAULT_STORAGE_TYPES.includes(slug)) throw error;
  }
  await createDefaultStorage(ctx, slug, origin);
  return readBlockDocumentByName(ctx, slug, name, includeSecrets);
}

async function createDefaultStorage(ctx: TenantContext, slug: string, origin: string): Promise<void> {
  const standard = new StandardBlocks(ctx.tenantId);
  const type = found(standard.typeOfSlug(slug), "Block document not found");
  const schema = found(
    standard.schemas().find(({ blockTypeId }) => blockTypeId === type.id),
    "Block document not found",
  );
  const data = defaultStorageData(slug, await defaultAccess(ctx, origin)) ?? {};
  try {
    await createBlockDocument(ctx, { name: DEFAULT_NAME, data, blockSchemaId: schema.id, blockTypeId: type.id, isAnonymous: false });
  } catch (error) {
    // Somebody else was first.
    if (!(error instanceof Refusal && error.kind === "conflict")) throw error;
  }
}

/** The key of the default blocks, made when there is none. */
async function defaultAccess(ctx: TenantContext, origin: string): Promise<StorageAccess> {
  const { tenantId, directory, config } = ctx;
  const accessKeyId = defaultAccessKeyId(config.encryptionKey, tenantId);
  const [, [row]] = await directory.run(
    insertStorageKey(directory, {
      accessKeyId,
      workspaceId: tenantId,
      name: "default storage blocks",
      scope: "readwrite",
      prefix: "",
      version: 1,
      createdAt: ctx.now(),
    }),
    selectStorageKey(directory, tenantId, accessKeyId),
  );
  const { version } = found(row, "Storage key not found");
  return {
    bucket: BUCKET,
    endpointUrl: config.storageUrl ?? (config.publicUrl ?? origin) + MOUNT,
    accessKeyId,
    secret: storageSecret(config.encryptionKey, { tenantId, accessKeyId, version }),
  };
}

/** Puts a key's new secret into the default blocks that have the key. */
export async function renewDefaultStorage(ctx: TenantContext, accessKeyId: string, secret: string): Promise<void> {
  if (accessKeyId !== defaultAccessKeyId(ctx.config.encryptionKey, ctx.tenantId)) return;
  for (const slug of DEFAULT_STORAGE_TYPES) {
    const document = await readBlockDocumentByName(ctx, slug, DEFAULT_NAME, true).catch((error: unknown) => {
      if (error instanceof Refusal && error.kind === "notFound") return null;
      throw error;
    });
    if (!document || accessKeyIdOf(document.data) !== accessKeyId) continue;
    const { settings } = document.data;
    const data = isJsonObject(settings) ? { settings: { ...settings, secret } } : { aws_secret_access_key: secret };
    await updateBlockDocument(ctx, document.row.id, { data, mergeExistingData: true });
  }
}
