import type { TenantId } from "../../domain/ids.ts";
import { S3Error } from "./errors.ts";
import { BUCKET } from "./keys.ts";
import { xml } from "./objects.ts";
import { document } from "./xml.ts";

/** ListBuckets: the one that each tenant has, as old as the tenant (the time in its id, a UUIDv7). */
export function listBuckets(tenantId: TenantId): Response {
  const CreationDate = new Date(Number.parseInt(tenantId.slice(0, 8) + tenantId.slice(9, 13), 16)).toISOString();
  return xml(
    document("ListAllMyBucketsResult", {
      Owner: { ID: tenantId, DisplayName: tenantId },
      Buckets: { Bucket: { Name: BUCKET, CreationDate } },
    }),
  );
}

/** HeadBucket. */
export const headBucket = () => new Response(null, { headers: { "x-amz-bucket-region": "us-east-1" } });

/** GetBucketLocation: empty is S3's word for its first region. */
export const bucketLocation = () => xml(document("LocationConstraint", ""));

/** CreateBucket: it is there. */
export function createBucket(): Response {
  throw new S3Error("BucketAlreadyOwnedByYou");
}
