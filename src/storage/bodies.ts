import type { TenantId } from "../domain/ids.ts";
import { isJsonObject, type Json, parseJson, stringifyJson } from "../domain/json.ts";
import { bodyKey } from "./keys.ts";

/** A JSON text past this many characters goes to R2. D1 refuses rows past 2 MB, and a list reads 200 rows. */
const SPILL_CHARACTERS = 128 * 1024;

/** The one key of the object that stands in D1 for a spilled body. A body that has this key itself is spilled too, so it cannot be mistaken. */
const MARK = "__slipway_r2_body";

/**
 * Large JSON values of one tenant: kept in R2 past a threshold, and put back transparently. A spilled value is written
 * before the row that names it, so a row never points at nothing; a failed row leaves an orphan that no row names.
 */
export class Bodies {
  private readonly bucket: R2Bucket;
  private readonly tenantId: TenantId;

  constructor(bucket: R2Bucket, tenantId: TenantId) {
    this.bucket = bucket;
    this.tenantId = tenantId;
  }

  /** What to store in D1 for `value`: itself, or a small object that names where it went. `id` must be fresh. */
  async spill<T extends Json>(value: T, id: string): Promise<T> {
    const text = stringifyJson(value);
    if (text === undefined || (text.length <= SPILL_CHARACTERS && !(isJsonObject(value) && MARK in value))) return value;
    await this.bucket.put(bodyKey(this.tenantId, id), text, { httpMetadata: { contentType: "application/json" } });
    return { [MARK]: id } as Json as T;
  }

  /** The value itself for what `spill` gave. Throws when R2 does not have it. */
  async restore<T extends Json>(stored: T): Promise<T> {
    if (!isJsonObject(stored) || !(MARK in stored)) return stored;
    const object = await this.bucket.get(bodyKey(this.tenantId, String(stored[MARK])));
    if (!object) throw new Error("a spilled body is missing");
    return parseJson(await object.text()) as T;
  }

  /** Puts back, in place, the spilled values of the named keys of rows. Free when nothing was spilled. */
  async restoreRows<K extends string>(rows: readonly { [P in K]: Json | null }[], ...keys: K[]): Promise<void> {
    const waiting: Promise<void>[] = [];
    for (const row of rows) {
      for (const key of keys) {
        const stored = row[key];
        if (!isJsonObject(stored) || !(MARK in stored)) continue;
        waiting.push(
          this.restore(stored).then((value) => {
            row[key] = value;
          }),
        );
      }
    }
    await Promise.all(waiting);
  }
}
