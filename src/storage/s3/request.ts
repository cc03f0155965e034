import type { TenantId } from "../../domain/ids.ts";
import type { StorageScope } from "../../domain/storage-scope.ts";
import type { Micros } from "../../domain/time.ts";
import type { Database } from "../../store/database.ts";
import { S3Error } from "./errors.ts";
import { filesOf } from "./keys.ts";
import type { Payload } from "./payload.ts";
import type { StorageLimits } from "./usage.ts";

/** Who signed a request: the tenant and what its key may do. */
export interface Credential {
  tenantId: TenantId;
  shard: number;
  scope: StorageScope;
  /** All keys it may name begin with this. */
  prefix: string;
  secret: string;
}

/** A verified request on the tenant's bucket: what the operations work on. */
export interface S3Request {
  readonly headers: Headers;
  readonly query: URLSearchParams;
  /** `""` for the bucket itself. */
  readonly key: string;
  readonly payload: Payload;
  readonly files: Files;
  readonly db: Database;
  readonly tenantId: TenantId;
  readonly limits: StorageLimits;
  readonly now: () => Micros;
}

/**
 * A tenant's files in R2, for a key of a scope and prefix: the one place that makes R2 keys of the tenant's. Every operation asks
 * it for the keys it names, and so is refused (AccessDenied) what the key may not do.
 */
export class Files {
  readonly bucket: R2Bucket;
  readonly prefix: string;
  private readonly credential: Credential;

  constructor(bucket: R2Bucket, credential: Credential) {
    this.bucket = bucket;
    this.prefix = filesOf(credential.tenantId);
    this.credential = credential;
  }

  /** The R2 key of an object to be read, or of a prefix to be listed. */
  reading(key: string): string {
    if (!key.startsWith(this.credential.prefix)) throw new S3Error("AccessDenied");
    return this.prefix + key;
  }

  /** The R2 key of an object to be written or deleted. */
  writing(key: string): string {
    if (this.credential.scope !== "readwrite") throw new S3Error("AccessDenied");
    return this.reading(key);
  }

  /** Whether the tenant's key may name this one. */
  has(key: string): boolean {
    return key.startsWith(this.credential.prefix);
  }

  /** The tenant's own name of an R2 key. */
  nameOf(r2Key: string): string {
    return r2Key.slice(this.prefix.length);
  }
}
