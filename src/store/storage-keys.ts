import { and, eq, isNull, sql } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
import type { Micros } from "../domain/time.ts";
import { type Database, named } from "./database.ts";
import { storageKeys, workspaces } from "./tables.ts";

/** Keys of the S3 gateway. They live in `DB_0`, as the directory does. */

export type StorageKeyRow = typeof storageKeys.$inferSelect;

/** Stores a key, unless its id is there already. */
export const insertStorageKey = (db: Database, key: typeof storageKeys.$inferInsert) =>
  db.query.insert(storageKeys).values(key).onConflictDoNothing();

/** One of a tenant's keys, revoked or not. */
export const selectStorageKey = (db: Database, tenantId: TenantId, accessKeyId: string) =>
  db.query.select().from(storageKeys).where(ownKey(tenantId, accessKeyId));

/** A tenant's keys, the oldest first. */
export const selectStorageKeys = (db: Database, tenantId: TenantId) =>
  db.query.select().from(storageKeys).where(eq(storageKeys.workspaceId, tenantId)).orderBy(storageKeys.createdAt, storageKeys.accessKeyId);

/** Gives a key that is not revoked its next version; gives the row. */
export const rotateStorageKey = (db: Database, tenantId: TenantId, accessKeyId: string) =>
  db.query
    .update(storageKeys)
    .set({ version: sql`${storageKeys.version} + 1` })
    .where(and(ownKey(tenantId, accessKeyId), isNull(storageKeys.revokedAt)))
    .returning();

/** Revokes a key; gives its id. One that is revoked keeps its time. */
export const revokeStorageKey = (db: Database, tenantId: TenantId, accessKeyId: string, at: Micros) =>
  db.query
    .update(storageKeys)
    .set({ revokedAt: sql`coalesce(${storageKeys.revokedAt}, ${at})` })
    .where(ownKey(tenantId, accessKeyId))
    .returning({ accessKeyId: storageKeys.accessKeyId });

/** Whose key it is and what it may do; nothing for an unknown or revoked one. */
export const selectByAccessKeyId = (db: Database, accessKeyId: string) =>
  db.query
    .select({
      workspaceId: storageKeys.workspaceId,
      scope: storageKeys.scope,
      prefix: storageKeys.prefix,
      version: storageKeys.version,
      shard: named(workspaces.shard, "shard"),
    })
    .from(storageKeys)
    .innerJoin(workspaces, eq(workspaces.id, storageKeys.workspaceId))
    .where(and(eq(storageKeys.accessKeyId, accessKeyId), isNull(storageKeys.revokedAt)));

const ownKey = (tenantId: TenantId, accessKeyId: string) =>
  and(eq(storageKeys.workspaceId, tenantId), eq(storageKeys.accessKeyId, accessKeyId));
