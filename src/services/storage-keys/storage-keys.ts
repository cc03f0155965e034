import { found, Refusal } from "../../domain/errors.ts";
import type { StorageScope } from "../../domain/storage-scope.ts";
import { makeAccessKeyId, storageSecret } from "../../storage/storage-secrets.ts";
import {
  insertStorageKey,
  revokeStorageKey as revokeStatement,
  rotateStorageKey as rotateStatement,
  type StorageKeyRow,
  selectStorageKey,
  selectStorageKeys,
} from "../../store/storage-keys.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { renewDefaultStorage } from "../block-documents/default-storage.ts";

const MISSING = "Storage key not found";

/** A key and its secret, which is derived anew and shown when it changes. */
export interface OpenStorageKey {
  row: StorageKeyRow;
  secret: string;
}

/** A tenant's keys, the oldest first, revoked ones too. One round trip, as all here but the rotation. */
export async function listStorageKeys(ctx: TenantContext): Promise<StorageKeyRow[]> {
  const [rows] = await ctx.directory.run(selectStorageKeys(ctx.directory, ctx.tenantId));
  return rows;
}

/** A new key, tied to a scope and to the files whose keys begin with `prefix`. */
export async function createStorageKey(
  ctx: TenantContext,
  { name, scope, prefix }: { name: string; scope: StorageScope; prefix: string },
): Promise<OpenStorageKey> {
  const accessKeyId = makeAccessKeyId();
  const row = { accessKeyId, workspaceId: ctx.tenantId, name, scope, prefix, version: 1, createdAt: ctx.now(), revokedAt: null };
  await ctx.directory.run(insertStorageKey(ctx.directory, row));
  return open(ctx, row);
}

/** Gives a key a new secret, in the default blocks too; the old one ends within a minute. Refuses 404, and a revoked key (409). */
export async function rotateStorageKey(ctx: TenantContext, accessKeyId: string): Promise<OpenStorageKey> {
  const [[row], [stored]] = await ctx.directory.run(
    rotateStatement(ctx.directory, ctx.tenantId, accessKeyId),
    selectStorageKey(ctx.directory, ctx.tenantId, accessKeyId),
  );
  found(stored, MISSING);
  if (!row) throw new Refusal("conflict", "The storage key is revoked.");
  ctx.forgetStorageKey(accessKeyId);
  const key = open(ctx, row);
  await renewDefaultStorage(ctx, accessKeyId, key.secret);
  return key;
}

/** Ends a key, within a minute everywhere. Refuses 404. */
export async function revokeStorageKey(ctx: TenantContext, accessKeyId: string): Promise<void> {
  const [[row]] = await ctx.directory.run(revokeStatement(ctx.directory, ctx.tenantId, accessKeyId, ctx.now()));
  found(row, MISSING);
  ctx.forgetStorageKey(accessKeyId);
}

const open = (ctx: TenantContext, row: StorageKeyRow): OpenStorageKey => ({
  row,
  secret: storageSecret(ctx.config.encryptionKey, { tenantId: ctx.tenantId, accessKeyId: row.accessKeyId, version: row.version }),
});
