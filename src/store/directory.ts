import { and, eq, isNull } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
import type { Micros } from "../domain/time.ts";
import { type Database, named, type Statement } from "./database.ts";
import { accounts, apiKeys, workspaces } from "./tables.ts";

/** The directory of accounts, workspaces and keys. It lives in `DB_0`, whatever shard a workspace's objects live on. */

export const insertAccount = (db: Database, account: typeof accounts.$inferInsert): Statement => db.query.insert(accounts).values(account);

export const insertWorkspace = (db: Database, workspace: typeof workspaces.$inferInsert): Statement =>
  db.query.insert(workspaces).values(workspace);

export const insertApiKey = (db: Database, key: typeof apiKeys.$inferInsert): Statement => db.query.insert(apiKeys).values(key);

/** Who a key belongs to; nothing for an unknown or revoked one. */
export const selectByKeyHash = (db: Database, hash: string) =>
  db.query
    .select({ keyId: named(apiKeys.id, "key_id"), workspaceId: workspaces.id, shard: workspaces.shard })
    .from(apiKeys)
    .innerJoin(workspaces, eq(workspaces.id, apiKeys.workspaceId))
    .where(and(eq(apiKeys.hash, hash), isNull(apiKeys.revokedAt)));

/** Revokes a workspace's key. */
export const revokeApiKey = (db: Database, tenantId: TenantId, id: string, at: Micros): Statement =>
  db.query
    .update(apiKeys)
    .set({ revokedAt: at })
    .where(and(eq(apiKeys.workspaceId, tenantId), eq(apiKeys.id, id), isNull(apiKeys.revokedAt)));
