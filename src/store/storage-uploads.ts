import { and, asc, eq, gt, lt, sql } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
import type { Micros } from "../domain/time.ts";
import type { Database } from "./database.ts";
import { storageParts, storageUploads } from "./tables.ts";

/** Uploads in parts that are under way, and the parts that R2 has. */

export const insertUpload = (db: Database, upload: typeof storageUploads.$inferInsert) => db.query.insert(storageUploads).values(upload);

export const selectUpload = (db: Database, tenantId: TenantId, uploadId: string) =>
  db.query.select().from(storageUploads).where(ownUpload(tenantId, uploadId));

/** A tenant's uploads, by id. */
export const selectSomeUploads = (db: Database, tenantId: TenantId, limit: number) =>
  db.query.select().from(storageUploads).where(eq(storageUploads.tenantId, tenantId)).limit(limit);

/** A tenant's uploads, by key and id. */
export const selectUploads = (db: Database, tenantId: TenantId) =>
  db.query
    .select()
    .from(storageUploads)
    .where(eq(storageUploads.tenantId, tenantId))
    .orderBy(asc(storageUploads.objectKey), asc(storageUploads.uploadId));

/** Forgets an upload and its parts. */
export const deleteUpload = (db: Database, tenantId: TenantId, uploadId: string) =>
  db.query.delete(storageUploads).where(ownUpload(tenantId, uploadId));

/** Forgets a tenant's uploads from before `at`. */
export const deleteOldUploads = (db: Database, tenantId: TenantId, at: Micros) =>
  db.query.delete(storageUploads).where(and(eq(storageUploads.tenantId, tenantId), lt(storageUploads.createdAt, at)));

/** Notes a part; one of the same number is replaced. */
export const upsertPart = (db: Database, part: typeof storageParts.$inferInsert) =>
  db.query
    .insert(storageParts)
    .values(part)
    .onConflictDoUpdate({
      target: [storageParts.tenantId, storageParts.uploadId, storageParts.partNumber],
      set: { etag: sql`excluded.etag`, size: sql`excluded.size`, uploadedAt: sql`excluded.uploaded_at` },
    });

/** At most `limit` parts of an upload after a number, in their order. */
export const selectParts = (db: Database, tenantId: TenantId, uploadId: string, after = 0, limit = 10_001) =>
  db.query
    .select()
    .from(storageParts)
    .where(and(eq(storageParts.tenantId, tenantId), eq(storageParts.uploadId, uploadId), gt(storageParts.partNumber, after)))
    .orderBy(asc(storageParts.partNumber))
    .limit(limit);

const ownUpload = (tenantId: TenantId, uploadId: string) =>
  and(eq(storageUploads.tenantId, tenantId), eq(storageUploads.uploadId, uploadId));
