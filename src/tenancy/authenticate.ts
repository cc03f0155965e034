import { Refusal } from "../domain/errors.ts";
import type { TenantId } from "../domain/ids.ts";
import { configOf, databaseOf, type Env } from "../env.ts";
import { Meter } from "../observe/meter.ts";
import { Database } from "../store/database.ts";
import { selectByKeyHash, selectLiveKeys } from "../store/directory.ts";
import type { Identity } from "./context.ts";
import { hashSecret } from "./keys.ts";
import { pageOriginOf } from "./same-origin.ts";
import { sessionTokenOf } from "./session-cookie.ts";
import { readSession } from "./sessions.ts";

/** How long a verified key or session is believed without asking again: the delay of a revocation. */
const CACHE_MILLIS = 60_000;
/** A bound on the cache, so that a flood of keys cannot fill the isolate. Unknown keys are never kept. */
const CACHE_SIZE = 1000;

export interface VerifiedKey extends Identity {
  /** Of the key, or of the session that stands for one. */
  keyId: string;
  keyName: string;
}

type Kind = "key" | "session";

/** What a session is called where keys are called by their names. */
const SESSION_NAME = "browser session";

interface Known {
  key: VerifiedKey;
  /** Milliseconds since the epoch. */
  until: number;
}

const cache = new Map<string, Known>();

/**
 * The tenant of a request: by its API key (`Authorization: Bearer KEY`, what unmodified clients send; RFC 6750), or by the session
 * cookie when our own page sends it. No D1 round trip while the isolate remembers it, one otherwise. Refuses (401) a missing, unknown
 * or revoked key and an ended session, (403) a cookie that another site's page could have made a browser send. `extendedToken` is the
 * token whose cookie is to be set anew.
 */
export async function authenticate(env: Env, request: Request, meter: Meter): Promise<{ key: VerifiedKey; extendedToken: string | null }> {
  const authorization = request.headers.get("authorization");
  const token = authorization === null ? sessionTokenOf(request.headers.get("cookie")) : null;
  if (token !== null) requireOwnPage(request, configOf(env).publicUrl);
  const secret = token ?? /^Bearer\s+(\S+)$/i.exec(authorization ?? "")?.[1];
  if (!secret) throw new Refusal("unauthorized", "Not authenticated: send the header `Authorization: Bearer <API key>`.");
  const kind: Kind = token === null ? "key" : "session";
  const hash = await hashSecret(secret);
  const known = cache.get(`${kind} ${hash}`);
  if (known && known.until > Date.now()) return { key: known.key, extendedToken: null };
  forget(kind, hash);
  const db = new Database(databaseOf(env, 0), meter);
  if (kind === "key") {
    const [[row]] = await db.run(selectByKeyHash(db, hash));
    if (!row) throw new Refusal("unauthorized", "Invalid API key.");
    return {
      key: remember(kind, hash, { tenantId: row.workspaceId as TenantId, shard: row.shard, keyId: row.keyId, keyName: row.keyName }),
      extendedToken: null,
    };
  }
  const session = await readSession(db, hash);
  if (!session) throw new Refusal("unauthorized", "The session has ended: sign in again.");
  const { tenantId, shard, id, expiresAt, isExtended } = session;
  return {
    key: remember(kind, hash, { tenantId, shard, keyId: id, keyName: SESSION_NAME }, expiresAt / 1000),
    extendedToken: isExtended ? token : null,
  };
}

/**
 * What only reads is answered unless another site's page asks; what may write must be shown to come from our own page, since a
 * browser adds the cookie to whatever it sends here. Refuses (403).
 */
function requireOwnPage(request: Request, publicUrl: string | null): void {
  const origin = pageOriginOf(request, publicUrl);
  if (origin === "own" || (origin === "unsaid" && ["GET", "HEAD", "OPTIONS"].includes(request.method))) return;
  throw new Refusal("forbidden", "A session is for requests of this site's own pages: send an API key instead.");
}

function remember(kind: Kind, hash: string, key: VerifiedKey, endsAtMillis = Number.POSITIVE_INFINITY): VerifiedKey {
  if (cache.size >= CACHE_SIZE) cache.delete(cache.keys().next().value ?? "");
  cache.set(`${kind} ${hash}`, { key, until: Math.min(Date.now() + CACHE_MILLIS, endsAtMillis) });
  return key;
}

/** Makes this isolate ask again for a key or session. */
export function forget(kind: Kind, hash: string): void {
  cache.delete(`${kind} ${hash}`);
}

/** Makes this isolate ask again for all keys and sessions of a tenant. */
export function forgetTenant(tenantId: TenantId): void {
  for (const [secret, { key }] of cache) if (key.tenantId === tenantId) cache.delete(secret);
}

/** Those of the keys, by their hashes, that were revoked or never were. One round trip. */
export async function endedKeys(env: Env, hashes: readonly string[]): Promise<Set<string>> {
  const db = new Database(databaseOf(env, 0), new Meter());
  const [live] = await db.run(selectLiveKeys(db, hashes));
  const alive = new Set(live.map(({ hash }) => hash));
  return new Set(hashes.filter((hash) => !alive.has(hash)));
}
