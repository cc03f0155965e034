import { and, asc, eq, isNull, lte, type SQL, sql } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
import type { Micros } from "../domain/time.ts";
import type { Database } from "./database.ts";
import { storageParts, storageUsage } from "./tables.ts";

/** What each tenant's files take, one row a tenant. */

export type StorageUsageRow = typeof storageUsage.$inferSelect;

/** Files, or a change of them. */
export interface Amount {
  bytes: number;
  objects: number;
}

const NO_COUNT = { countedTo: null, countedBytes: 0, countedObjects: 0, reservedBytes: 0, reservedObjects: 0 };

/**
 * Adds what is about to be written; gives the tenant, or nothing where a limit would be passed. A tenant's first row is made, to be
 * counted at once: it may have files already.
 */
export const reserveUsage = (db: Database, tenantId: TenantId, { bytes, objects }: Amount, limits: Amount, at: Micros) =>
  db.query
    .insert(storageUsage)
    .values({ ...NO_COUNT, tenantId, bytes, objects, countAt: at })
    .onConflictDoUpdate({
      target: storageUsage.tenantId,
      set: {
        bytes: sql`${storageUsage.bytes} + ${bytes}`,
        objects: sql`${storageUsage.objects} + ${objects}`,
        reservedBytes: sql`${storageUsage.reservedBytes} + ${bytes}`,
        reservedObjects: sql`${storageUsage.reservedObjects} + ${objects}`,
      },
      setWhere: sql`${storageUsage.bytes} + ${bytes} <= ${limits.bytes} AND ${storageUsage.objects} + ${objects} <= ${limits.objects}`,
    })
    .returning({ tenantId: storageUsage.tenantId });

/** Takes off what is gone. */
export const releaseUsage = (db: Database, tenantId: TenantId, { bytes, objects }: Amount) => lower(db, tenantId, sql`${bytes}`, objects);

/** Takes off the parts of an upload; one part of it alone when a number is given. To stand before they are deleted or replaced. */
export const releaseParts = (db: Database, tenantId: TenantId, uploadId: string, partNumber?: number) => {
  const parts = and(
    eq(storageParts.tenantId, tenantId),
    eq(storageParts.uploadId, uploadId),
    partNumber === undefined ? undefined : eq(storageParts.partNumber, partNumber),
  );
  return lower(db, tenantId, sql`(SELECT coalesce(sum(${storageParts.size}), 0) FROM ${storageParts} WHERE ${parts})`, 0);
};

const lower = (db: Database, tenantId: TenantId, bytes: SQL, objects: number) =>
  db.query
    .update(storageUsage)
    .set({
      bytes: sql`max(0, ${storageUsage.bytes} - ${bytes})`,
      objects: sql`max(0, ${storageUsage.objects} - ${objects})`,
    })
    .where(eq(storageUsage.tenantId, tenantId));

/** Lets a tenant's files be counted by the next turn of the scheduler. */
export const countUsageSoon = (db: Database, tenantId: TenantId, at: Micros) =>
  db.query
    .update(storageUsage)
    .set({ countAt: at })
    .where(and(eq(storageUsage.tenantId, tenantId), sql`${storageUsage.countAt} > ${at}`));

/** Tenants whose files are to be counted, the longest due first. */
export const selectUsageToCount = (db: Database, at: Micros, limit: number) =>
  db.query.select().from(storageUsage).where(lte(storageUsage.countAt, at)).orderBy(asc(storageUsage.countAt)).limit(limit);

/** Begins a count, unless one is under way. */
export const beginCount = (db: Database, tenantId: TenantId) =>
  db.query
    .update(storageUsage)
    .set(NO_COUNT)
    .where(and(eq(storageUsage.tenantId, tenantId), isNull(storageUsage.countedTo)));

/** Notes how far a count has come. */
export const continueCount = (db: Database, tenantId: TenantId, countedTo: string, found: Amount) =>
  db.query
    .update(storageUsage)
    .set({ countedTo, countedBytes: found.bytes, countedObjects: found.objects })
    .where(eq(storageUsage.tenantId, tenantId));

/**
 * Ends a count: what was found, the parts of uploads and what was written meanwhile, which may be among them. So it is never too
 * little for that; when there was any it is counted again at `soon`, else at `later`.
 */
export const finishCount = (db: Database, tenantId: TenantId, found: Amount, { soon, later }: { soon: Micros; later: Micros }) => {
  const parts = sql`(SELECT coalesce(sum(${storageParts.size}), 0) FROM ${storageParts} WHERE ${storageParts.tenantId} = ${tenantId})`;
  return db.query
    .update(storageUsage)
    .set({
      bytes: sql`${found.bytes} + ${storageUsage.reservedBytes} + ${parts}`,
      objects: sql`${found.objects} + ${storageUsage.reservedObjects}`,
      countAt: sql`iif(${storageUsage.reservedBytes} + ${storageUsage.reservedObjects} > 0, ${soon}, ${later})`,
      ...NO_COUNT,
    })
    .where(eq(storageUsage.tenantId, tenantId));
};
