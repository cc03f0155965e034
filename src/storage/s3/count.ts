import type { TenantId } from "../../domain/ids.ts";
import { MICROS_PER_SECOND, type Micros } from "../../domain/time.ts";
import type { Database } from "../../store/database.ts";
import { deleteOldUploads } from "../../store/storage-uploads.ts";
import { beginCount, continueCount, finishCount, type StorageUsageRow } from "../../store/storage-usage.ts";
import { filesOf } from "./keys.ts";
import { UPLOAD_DAYS } from "./limits.ts";

const DAY = 86_400 * MICROS_PER_SECOND;
/** When files are counted again that were written while they were counted. */
const SOON = 600 * MICROS_PER_SECOND;
/** Pages of 1000 objects that are counted before it is noted how far the count has come. */
const PAGES = 10;

/** Counts a tenant's files from where the last call ended; a call takes a bounded part. Uploads that R2 has ended are forgotten. */
export async function countFiles(bucket: R2Bucket, db: Database, row: StorageUsageRow, now: Micros): Promise<void> {
  const tenantId = row.tenantId as TenantId;
  const found = { bytes: row.countedBytes, objects: row.countedObjects };
  if (row.countedTo === null) {
    await db.run(beginCount(db, tenantId));
    found.bytes = found.objects = 0;
  }
  let startAfter = row.countedTo;
  for (let page = 0; page < PAGES; page += 1) {
    const { objects, truncated } = await bucket.list({ prefix: filesOf(tenantId), ...(startAfter === null ? {} : { startAfter }) });
    for (const { size } of objects) found.bytes += size;
    found.objects += objects.length;
    startAfter = objects.at(-1)?.key ?? startAfter;
    if (truncated && startAfter !== null) continue;
    const times = { soon: now + SOON, later: now + DAY };
    await db.run(deleteOldUploads(db, tenantId, now - UPLOAD_DAYS * DAY), finishCount(db, tenantId, found, times));
    return;
  }
  if (startAfter !== null) await db.run(continueCount(db, tenantId, startAfter, found));
}
