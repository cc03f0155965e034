import { type Amount, countUsageSoon, releaseUsage, reserveUsage } from "../../store/storage-usage.ts";
import { requireWritable } from "./conditions.ts";
import { compareKeys } from "./encoding.ts";
import { S3Error, stored } from "./errors.ts";
import type { Files, S3Request } from "./request.ts";

/** What a tenant may keep: bytes and objects in all, and bytes of one object. */
export interface StorageLimits extends Amount {
  objectBytes: number;
}

/** Pages that are listed to learn what is deleted; what lies past them is counted by the scheduler. */
const MOST_PAGES = 3;

/**
 * Does a write that adds `amount` at most, within the tenant's limits. Refuses EntityTooLarge and QuotaExceeded. A write that is
 * refused adds nothing; of one that failed nobody knows, so the files are counted anew.
 */
export async function reserving<T>(request: S3Request, amount: Amount, write: () => Promise<T>): Promise<T> {
  const { db, tenantId, limits, now } = request;
  if (amount.bytes > limits.objectBytes) throw new S3Error("EntityTooLarge");
  if (amount.bytes > limits.bytes || amount.objects > limits.objects) throw new S3Error("QuotaExceeded");
  const [[reserved]] = await db.run(reserveUsage(db, tenantId, amount, limits, now()));
  if (!reserved) throw new S3Error("QuotaExceeded");
  try {
    return await write();
  } catch (error) {
    const isRefused = error instanceof S3Error && error.status < 500;
    await db
      .run(isRefused ? releaseUsage(db, tenantId, amount) : countUsageSoon(db, tenantId, now()))
      // Too much stays counted, until the next count.
      .catch(() => undefined);
    throw error;
  }
}

/**
 * Writes an object of `size` bytes, within the tenant's limits and the request's conditions (`write` gives null where R2 found that they
 * do not hold); what it replaces is taken off.
 */
export async function storing(request: S3Request, r2Key: string, size: number, write: () => Promise<R2Object | null>): Promise<R2Object> {
  return reserving(request, { bytes: size, objects: 1 }, async () => {
    const replaced = await stored(() => request.files.bucket.head(r2Key));
    const written = await write();
    if (!written) {
      requireWritable(request.headers, replaced);
      throw new S3Error("PreconditionFailed");
    }
    if (replaced) await taken(request, { bytes: replaced.size, objects: 1 });
    return written;
  });
}

/** Takes off what is gone; what was done is done, so a failure leaves it to the next count. */
export async function taken({ db, tenantId }: S3Request, amount: Amount): Promise<void> {
  if (amount.objects > 0) await db.run(releaseUsage(db, tenantId, amount)).catch(() => undefined);
}

/** Deletes objects, and takes off what they were. */
export async function removing(request: S3Request, r2Keys: string[]): Promise<void> {
  const { files, db, tenantId, now } = request;
  const { amount, isWhole } = await amountOf(files, r2Keys);
  await stored(() => files.bucket.delete(r2Keys));
  await taken(request, amount);
  if (!isWhole) await db.run(countUsageSoon(db, tenantId, now())).catch(() => undefined);
}

/** What objects are, those that are not there left out: by one look at the first, and by listing what follows to the last. */
async function amountOf({ bucket, prefix }: Files, r2Keys: string[]): Promise<{ amount: Amount; isWhole: boolean }> {
  const [first = "", ...others] = [...r2Keys].sort(compareKeys);
  const head = await stored(() => bucket.head(first));
  const amount = { bytes: head?.size ?? 0, objects: head ? 1 : 0 };
  const wanted = new Set(others);
  const last = others.at(-1);
  let startAfter = first;
  for (let page = 0; last !== undefined && page < MOST_PAGES; page += 1) {
    const { objects, truncated } = await stored(() => bucket.list({ prefix, startAfter }));
    for (const { key, size } of objects) {
      if (!wanted.has(key)) continue;
      amount.bytes += size;
      amount.objects += 1;
    }
    startAfter = objects.at(-1)?.key ?? last;
    if (!truncated || compareKeys(startAfter, last) >= 0) return { amount, isWhole: true };
  }
  return { amount, isWhole: last === undefined };
}
