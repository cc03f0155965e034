import { Refusal } from "../domain/errors.ts";
import type { TenantId } from "../domain/ids.ts";
import { databaseOf, type Env } from "../env.ts";
import type { Meter } from "../observe/meter.ts";
import { Database } from "../store/database.ts";
import { selectByKeyHash } from "../store/directory.ts";
import type { Identity } from "./context.ts";
import { hashApiKey } from "./keys.ts";

/** How long a verified key is believed without asking again: the delay of a revocation. */
const CACHE_MILLIS = 60_000;
/** A bound on the cache, so that a flood of keys cannot fill the isolate. Unknown keys are never kept. */
const CACHE_SIZE = 1000;

export interface VerifiedKey extends Identity {
  keyId: string;
}

const cache = new Map<string, { key: VerifiedKey; until: number }>();

/**
 * The tenant of a request's API key (`Authorization: Bearer KEY`, what unmodified clients send; RFC 6750). No D1 round trip
 * while the isolate remembers the key, one otherwise. Refuses (401) a missing, unknown or revoked key.
 */
export async function authenticate(env: Env, authorization: string | null, meter: Meter): Promise<VerifiedKey> {
  const key = /^Bearer\s+(\S+)$/i.exec(authorization ?? "")?.[1];
  if (!key) throw new Refusal("unauthorized", "Not authenticated: send the header `Authorization: Bearer <API key>`.");
  const hash = await hashApiKey(key);
  const known = cache.get(hash);
  if (known && known.until > Date.now()) return known.key;
  cache.delete(hash);
  const db = new Database(databaseOf(env, 0), meter);
  const [[row]] = await db.run(selectByKeyHash(db, hash));
  if (!row) throw new Refusal("unauthorized", "Invalid API key.");
  const verified: VerifiedKey = { tenantId: row.workspaceId as TenantId, shard: row.shard, keyId: row.keyId };
  if (cache.size >= CACHE_SIZE) cache.delete(cache.keys().next().value ?? "");
  cache.set(hash, { key: verified, until: Date.now() + CACHE_MILLIS });
  return verified;
}
