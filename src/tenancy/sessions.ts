import type { TenantId } from "../domain/ids.ts";
import { MICROS_PER_SECOND } from "../domain/time.ts";
import type { Database, Statement } from "../store/database.ts";
import { extendSession, insertSession, selectBySessionHash } from "../store/sessions.ts";
import type { Identity } from "./context.ts";
import { newId, now } from "./context.ts";
import { hashSecret, makeSessionToken } from "./keys.ts";

/** How long a session lasts after it was last used, to a day. */
export const SESSION_DAYS = 30;
const MICROS_PER_DAY = 86_400 * MICROS_PER_SECOND;

/** A session of an account in one of its workspaces: the token for the cookie and the statement that stores its hash. */
export async function newSession(db: Database, accountId: string, workspaceId: string): Promise<{ token: string; statement: Statement }> {
  const token = makeSessionToken();
  const createdAt = now();
  const session = { hash: await hashSecret(token), id: newId(), accountId, workspaceId, createdAt };
  return { token, statement: insertSession(db, { ...session, expiresAt: createdAt + SESSION_DAYS * MICROS_PER_DAY }) };
}

export interface OpenSession extends Identity {
  id: string;
  expiresAt: number;
  /** Its time was just extended: the browser's cookie wants the same. */
  isExtended: boolean;
}

/** The session of a token's hash, its time extended when a day of it is gone; null when there is none or it has expired. One round trip. */
export async function readSession(db: Database, hash: string): Promise<OpenSession | null> {
  const at = now();
  const expiresAt = at + SESSION_DAYS * MICROS_PER_DAY;
  const extension = { at, usedBefore: expiresAt - MICROS_PER_DAY, expiresAt };
  const [extended, [row]] = await db.run(extendSession(db, hash, extension), selectBySessionHash(db, hash, at));
  if (!row) return null;
  return {
    tenantId: row.workspaceId as TenantId,
    shard: row.shard,
    id: row.sessionId,
    expiresAt: row.expiresAt,
    isExtended: extended.length > 0,
  };
}
