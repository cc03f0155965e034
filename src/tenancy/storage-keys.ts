import type { TenantId } from "../domain/ids.ts";
import { configOf, databaseOf, type Env } from "../env.ts";
import type { Meter } from "../observe/meter.ts";
import type { Credential } from "../storage/s3/request.ts";
import { storageSecret } from "../storage/storage-secrets.ts";
import { Database } from "../store/database.ts";
import { selectByAccessKeyId } from "../store/storage-keys.ts";

/** How long a verified key is believed without asking again: the delay of a revocation. */
const CACHE_MILLIS = 60_000;
const CACHE_SIZE = 1000;

const cache = new Map<string, { credential: Credential; until: number }>();

/** Whose an access key id of the file storage is, and its secret; null for an unknown or revoked one. No round trip while the isolate remembers it. */
export async function storageCredential(env: Env, accessKeyId: string, meter: Meter): Promise<Credential | null> {
  const known = cache.get(accessKeyId);
  if (known && known.until > Date.now()) return known.credential;
  cache.delete(accessKeyId);
  const db = new Database(databaseOf(env, 0), meter);
  const [[row]] = await db.run(selectByAccessKeyId(db, accessKeyId));
  if (!row) return null;
  const tenantId = row.workspaceId as TenantId;
  const { shard, scope, prefix, version } = row;
  const secret = storageSecret(configOf(env).encryptionKey, { tenantId, accessKeyId, version });
  const credential = { tenantId, shard, scope, prefix, secret };
  if (cache.size >= CACHE_SIZE) cache.delete(cache.keys().next().value ?? "");
  cache.set(accessKeyId, { credential, until: Date.now() + CACHE_MILLIS });
  return credential;
}

/** Makes this isolate ask again for a key. */
export function forgetStorageKey(accessKeyId: string): void {
  cache.delete(accessKeyId);
}

/** Makes this isolate ask again for all keys of a tenant. */
export function forgetStorageKeysOf(tenantId: TenantId): void {
  for (const [accessKeyId, { credential }] of cache) if (credential.tenantId === tenantId) cache.delete(accessKeyId);
}
