import type { TenantId } from "../domain/ids.ts";
import type { Micros } from "../domain/time.ts";
import { filesOf } from "./s3/keys.ts";

/** One of a tenant's files. `name` is its key in the tenant's bucket. */
export interface StoredFile {
  name: string;
  bytes: number;
  modifiedAt: Micros;
}

/** A tenant's files in R2, to be looked at. */
export class StoredFiles {
  private readonly bucket: R2Bucket;
  private readonly prefix: string;

  constructor(bucket: R2Bucket, tenantId: TenantId) {
    this.bucket = bucket;
    this.prefix = filesOf(tenantId);
  }

  /** At most `limit` (1000) files whose names begin with `prefix` and come after `after`, by name; `next` is where to go on, null at the end. */
  async list(prefix: string, after: string, limit: number): Promise<{ files: StoredFile[]; next: string | null }> {
    const { objects, truncated } = await this.bucket.list({
      prefix: this.prefix + prefix,
      limit,
      ...(after === "" ? {} : { startAfter: this.prefix + after }),
    });
    const files = objects.map(({ key, size, uploaded }) => ({
      name: key.slice(this.prefix.length),
      bytes: size,
      modifiedAt: uploaded.getTime() * 1000,
    }));
    return { files, next: truncated ? (files.at(-1)?.name ?? null) : null };
  }
}
