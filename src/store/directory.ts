import { and, eq, isNull, sql } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
import type { Micros } from "../domain/time.ts";
import { type Database, inList, named, type Statement } from "./database.ts";
import { accounts, apiKeys, workspaces } from "./tables.ts";

/** The directory of accounts, workspaces and keys. It lives in `DB_0`, whatever shard a workspace's objects live on. */

export const insertAccount = (db: Database, account: typeof accounts.$inferInsert): Statement => db.query.insert(accounts).values(account);

export const insertWorkspace = (db: Database, workspace: typeof workspaces.$inferInsert): Statement =>
  db.query.insert(workspaces).values(workspace);

export const insertApiKey = (db: Database, key: typeof apiKeys.$inferInsert): Statement => db.query.insert(apiKeys).values(key);

export type ApiKeyRow = Pick<typeof apiKeys.$inferSelect, "id" | "name" | "createdAt" | "revokedAt">;

/** A workspace's keys, the oldest first. */
export const selectApiKeys = (db: Database, tenantId: TenantId) =>
  db.query
    .select({ id: apiKeys.id, name: apiKeys.name, createdAt: apiKeys.createdAt, revokedAt: apiKeys.revokedAt })
    .from(apiKeys)
    .where(eq(apiKeys.workspaceId, tenantId))
    .orderBy(apiKeys.createdAt, apiKeys.id);

/** Revokes a key of a workspace; gives its hash. One that is revoked keeps its time. */
export const revokeApiKey = (db: Database, tenantId: TenantId, id: string, at: Micros) =>
  db.query
    .update(apiKeys)
    .set({ revokedAt: sql`coalesce(${apiKeys.revokedAt}, ${at})` })
    .where(and(eq(apiKeys.workspaceId, tenantId), eq(apiKeys.id, id)))
    .returning({ hash: apiKeys.hash });

/** The account of an address and its first workspace; nothing for an unknown one. */
export const selectAccountByEmail = (db: Database, email: string) =>
  db.query
    .select({
      accountId: named(accounts.id, "account_id"),
      accountName: named(accounts.name, "account_name"),
      passwordHash: accounts.passwordHash,
      workspaceId: named(workspaces.id, "workspace_id"),
      workspaceName: named(workspaces.name, "workspace_name"),
    })
    .from(accounts)
    .innerJoin(workspaces, eq(workspaces.accountId, accounts.id))
    .where(eq(accounts.email, email))
    .orderBy(workspaces.id)
    .limit(1);

/** Who a key belongs to; nothing for an unknown or revoked one. */
export const selectByKeyHash = (db: Database, hash: string) =>
  db.query
    .select({
      keyId: named(apiKeys.id, "key_id"),
      keyName: named(apiKeys.name, "key_name"),
      workspaceId: workspaces.id,
      shard: workspaces.shard,
    })
    .from(apiKeys)
    .innerJoin(workspaces, eq(workspaces.id, apiKeys.workspaceId))
    .where(and(eq(apiKeys.hash, hash), isNull(apiKeys.revokedAt)));

/** Those of the keys, by their hashes, that are not revoked. */
export const selectLiveKeys = (db: Database, hashes: readonly string[]) =>
  db.query
    .select({ hash: apiKeys.hash })
    .from(apiKeys)
    .where(and(inList(apiKeys.hash, hashes), isNull(apiKeys.revokedAt)));
