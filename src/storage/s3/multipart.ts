import type { TenantId } from "../../domain/ids.ts";
import { MICROS_PER_SECOND } from "../../domain/time.ts";
import type { Database, Statement } from "../../store/database.ts";
import {
  deleteOldUploads,
  deleteUpload,
  insertUpload,
  selectParts,
  selectUpload,
  selectUploads,
  upsertPart,
} from "../../store/storage-uploads.ts";
import { countUsageSoon, releaseParts, releaseUsage } from "../../store/storage-usage.ts";
import { rangeOf, requireCopyable, requireWritable, resolveRange } from "./conditions.ts";
import { S3Error, storageFailure, stored } from "./errors.ts";
import { BUCKET, checkPrefix } from "./keys.ts";
import { MAX_OBJECT_BYTES, MAX_PART_NUMBER, MIN_PART_BYTES, UPLOAD_DAYS } from "./limits.ts";
import { markedMetadataOf, uploadMarkOf } from "./metadata.ts";
import { copySource, xml } from "./objects.ts";
import type { S3Request } from "./request.ts";
import { makeUploadId, markIn, r2UploadId } from "./upload-ids.ts";
import { reserving } from "./usage.ts";
import { document, parseDocument, textOf } from "./xml.ts";

const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024;
const MOST_LISTED = 1000;

/** CreateMultipartUpload. Uploads that R2 has ended by itself are forgotten on the way. */
export async function createUpload({ files, key, headers, db, tenantId, now }: S3Request): Promise<Response> {
  const mark = crypto.randomUUID();
  const upload = await stored(() => files.bucket.createMultipartUpload(files.writing(key), markedMetadataOf(headers, mark)));
  const uploadId = makeUploadId(upload.uploadId, mark);
  const createdAt = now();
  // When this fails the upload is left to R2, which ends it: it may be noted all the same, and then it can be completed.
  await db.run(
    deleteOldUploads(db, tenantId, createdAt - UPLOAD_DAYS * 86_400 * MICROS_PER_SECOND),
    insertUpload(db, { tenantId, uploadId, objectKey: key, createdAt }),
  );
  return xml(document("InitiateMultipartUploadResult", { Bucket: BUCKET, Key: key, UploadId: uploadId }));
}

const uploadIdOf = (query: URLSearchParams) => query.get("uploadId") ?? "";

/** The upload that a request names, which must be the tenant's and of the same key. Refuses NoSuchUpload. */
async function openUpload({ files, key, query, db, tenantId }: S3Request): Promise<R2MultipartUpload> {
  const uploadId = uploadIdOf(query);
  const r2Key = files.writing(key);
  const [[upload]] = await db.run(selectUpload(db, tenantId, uploadId));
  if (upload?.objectKey !== key) throw new S3Error("NoSuchUpload");
  return files.bucket.resumeMultipartUpload(r2Key, r2UploadId(uploadId));
}

/** Runs something of the request's upload; one that R2 does not know, having ended it by itself, is forgotten. */
async function ofUpload<T>({ db, tenantId, query }: S3Request, work: () => Promise<T>): Promise<T> {
  try {
    return await stored(work);
  } catch (error) {
    if (isUnknownUpload(error)) await forgetUpload(db, tenantId, uploadIdOf(query));
    throw error;
  }
}

/** Forgets an upload, and takes off its parts. */
const forgetUpload = (db: Database, tenantId: TenantId, uploadId: string, ...more: Statement[]) =>
  db.runAll([...more, releaseParts(db, tenantId, uploadId), deleteUpload(db, tenantId, uploadId)]);

const isUnknownUpload = (error: unknown) => error instanceof S3Error && error.code === "NoSuchUpload";

function partNumberOf(query: URLSearchParams): number {
  const text = query.get("partNumber") ?? "";
  if (!/^\d{1,5}$/.test(text) || Number(text) < 1 || Number(text) > MAX_PART_NUMBER) {
    throw new S3Error("InvalidArgument", `Part number must be an integer between 1 and ${MAX_PART_NUMBER}, inclusive`);
  }
  return Number(text);
}

/** UploadPart: noted only when R2 has the whole part and it is the one signed. */
export async function uploadPart(request: S3Request): Promise<Response> {
  const partNumber = partNumberOf(request.query);
  const { payload } = request;
  if (payload.length > MAX_OBJECT_BYTES) throw new S3Error("EntityTooLarge");
  const upload = await openUpload(request);
  const part = await reserving(request, { bytes: payload.length, objects: 0 }, async () => {
    const uploaded = await ofUpload(request, () => payload.deliver((stream) => upload.uploadPart(partNumber, stream)));
    await notePart(request, uploaded, payload.length);
    return uploaded;
  });
  return new Response(null, { headers: { etag: `"${part.etag}"` } });
}

/** UploadPartCopy: a part of an object that is there, whole or a range of it. */
export async function uploadPartCopy(request: S3Request): Promise<Response> {
  const { files, headers } = request;
  const partNumber = partNumberOf(request.query);
  const sourceKey = files.reading(copySource(headers));
  const upload = await openUpload(request);
  const head = await stored(() => files.bucket.head(sourceKey));
  if (!head) throw new S3Error("NoSuchKey");
  requireCopyable(headers, head);
  const wanted = copiedRange(headers.get("x-amz-copy-source-range"), head.size);
  const source = await stored(() => files.bucket.get(sourceKey, { range: wanted, onlyIf: { etagMatches: head.etag } }));
  if (!source || !("body" in source)) throw new S3Error("PreconditionFailed");
  const part = await reserving(request, { bytes: wanted.length, objects: 0 }, async () => {
    const uploaded = await ofUpload(request, () => upload.uploadPart(partNumber, source.body));
    await notePart(request, uploaded, wanted.length);
    return uploaded;
  });
  return xml(document("CopyPartResult", { LastModified: head.uploaded.toISOString(), ETag: `"${part.etag}"` }));
}

/** The bytes of the source that are copied: all, or those of a range, which must be written out and lie within it. */
function copiedRange(header: string | null, size: number): { offset: number; length: number } {
  if (header === null) return { offset: 0, length: size };
  const range = rangeOf(header);
  if (!range || "suffix" in range || range.last === null) {
    throw new S3Error("InvalidArgument", "The x-amz-copy-source-range value must be of the form bytes=first-last.");
  }
  if (range.last >= size) throw new S3Error("InvalidRange");
  return resolveRange(range, size);
}

async function notePart({ db, tenantId, query, now }: S3Request, { partNumber, etag }: R2UploadedPart, size: number): Promise<void> {
  const uploadId = uploadIdOf(query);
  await db.run(
    releaseParts(db, tenantId, uploadId, partNumber),
    upsertPart(db, { tenantId, uploadId, partNumber, etag, size, uploadedAt: now() }),
  );
}

/**
 * CompleteMultipartUpload: of the parts that are named, in their order. Refuses parts that are not there, or too small, and conditions
 * that do not hold. The same call once more gets the same answer, as long as the object is there: it bears the upload's mark.
 */
export async function completeUpload(request: S3Request): Promise<Response> {
  const { files, payload, headers, key, query, db, tenantId, limits, now } = request;
  const wanted = readParts(await payload.text(MAX_DOCUMENT_BYTES));
  const uploadId = uploadIdOf(query);
  const r2Key = files.writing(key);
  const isOurs = (object: R2Object) => uploadMarkOf(object) === markIn(uploadId);
  const replaced = await stored(() => files.bucket.head(r2Key));
  const [[row], rows] = await db.run(selectUpload(db, tenantId, uploadId), selectParts(db, tenantId, uploadId));
  const isOpen = row?.objectKey === key;
  if (replaced && isOurs(replaced)) {
    // The answer to an earlier call was lost, and what it replaced is not known any more.
    if (isOpen) await forgetUpload(db, tenantId, uploadId, countUsageSoon(db, tenantId, now()));
    return completed(key, replaced);
  }
  if (!isOpen) throw new S3Error("NoSuchUpload");
  const size = sizeOf(wanted, new Map(rows.map((part) => [part.partNumber, part])));
  if (size > limits.objectBytes) throw new S3Error("EntityTooLarge");
  // R2 completes without conditions, so this is looked at just before.
  requireWritable(headers, replaced);
  const upload = files.bucket.resumeMultipartUpload(r2Key, r2UploadId(uploadId));
  const finish = async () => {
    try {
      return { made: await upload.complete(wanted), isFirst: true };
    } catch (error) {
      const there = isUnknownUpload(storageFailure(error)) ? await files.bucket.head(r2Key) : null;
      if (there && isOurs(there)) return { made: there, isFirst: false };
      throw error;
    }
  };
  const object = await reserving(request, { bytes: 0, objects: 1 }, async () => {
    const { made, isFirst } = await ofUpload(request, finish);
    // The object is there in place of its parts, and of what it replaced.
    const gone = { bytes: (replaced?.size ?? 0) - size, objects: replaced ? 1 : 0 };
    if (isFirst) await forgetUpload(db, tenantId, uploadId, releaseUsage(db, tenantId, gone));
    // The same call at the same time was faster, and counts it.
    else await db.run(releaseUsage(db, tenantId, { bytes: 0, objects: 1 }));
    return made;
  });
  return completed(key, object);
}

const completed = (key: string, { httpEtag }: R2Object) =>
  xml(document("CompleteMultipartUploadResult", { Location: `/${BUCKET}/${key}`, Bucket: BUCKET, Key: key, ETag: httpEtag }));

/** The bytes of the parts that are wanted. Refuses parts that are not there (InvalidPart) and those too small that are not the last. */
function sizeOf(wanted: R2UploadedPart[], there: Map<number, { etag: string; size: number }>): number {
  let size = 0;
  for (const [index, { partNumber, etag }] of wanted.entries()) {
    const part = there.get(partNumber);
    if (part?.etag !== etag) throw new S3Error("InvalidPart");
    if (index < wanted.length - 1 && part.size < MIN_PART_BYTES) throw new S3Error("EntityTooSmall");
    size += part.size;
  }
  return size;
}

function readParts(text: string): R2UploadedPart[] {
  const root = parseDocument(text);
  const parts = root.children
    .filter(({ name }) => name === "Part")
    .map((node) => ({
      partNumber: Number(textOf(node, "PartNumber")),
      etag: (textOf(node, "ETag") ?? "").trim().replaceAll('"', ""),
    }));
  if (root.name !== "CompleteMultipartUpload" || parts.length === 0) throw new S3Error("MalformedXML");
  if (!parts.every(({ partNumber }) => Number.isInteger(partNumber))) throw new S3Error("MalformedXML");
  if (parts.some(({ partNumber }, index) => index > 0 && partNumber <= (parts[index - 1]?.partNumber ?? 0))) {
    throw new S3Error("InvalidPartOrder");
  }
  return parts;
}

/** AbortMultipartUpload: one that R2 does not know any more is aborted too. */
export async function abortUpload(request: S3Request): Promise<Response> {
  const { db, tenantId, query } = request;
  const upload = await openUpload(request);
  await stored(() => upload.abort()).catch((error: unknown) => {
    if (!isUnknownUpload(error)) throw error;
  });
  await forgetUpload(db, tenantId, uploadIdOf(query));
  return new Response(null, { status: 204 });
}

/** ListParts. */
export async function listParts({ files, key, query, db, tenantId }: S3Request): Promise<Response> {
  files.reading(key);
  const uploadId = uploadIdOf(query);
  const after = count(query, "part-number-marker", 0);
  const limit = Math.min(MOST_LISTED, count(query, "max-parts", MOST_LISTED));
  const [[upload], rows] = await db.run(selectUpload(db, tenantId, uploadId), selectParts(db, tenantId, uploadId, after, limit + 1));
  if (upload?.objectKey !== key) throw new S3Error("NoSuchUpload");
  const parts = rows.slice(0, limit);
  return xml(
    document("ListPartsResult", {
      Bucket: BUCKET,
      Key: key,
      UploadId: uploadId,
      PartNumberMarker: after,
      NextPartNumberMarker: parts.at(-1)?.partNumber ?? after,
      MaxParts: limit,
      IsTruncated: rows.length > limit,
      StorageClass: "STANDARD",
      Part: parts.map(({ partNumber, etag, size, uploadedAt }) => ({
        PartNumber: partNumber,
        LastModified: new Date(uploadedAt / 1000).toISOString(),
        ETag: `"${etag}"`,
        Size: size,
      })),
    }),
  );
}

/** ListMultipartUploads: those under way, by key. */
export async function listUploads({ files, query, db, tenantId }: S3Request): Promise<Response> {
  const prefix = checkPrefix(query.get("prefix") ?? "");
  files.reading(prefix);
  const [keyMarker, idMarker] = [query.get("key-marker") ?? "", query.get("upload-id-marker") ?? ""];
  const limit = Math.min(MOST_LISTED, count(query, "max-uploads", MOST_LISTED));
  const [rows] = await db.run(selectUploads(db, tenantId));
  const matching = rows.filter(
    ({ objectKey, uploadId }) =>
      objectKey.startsWith(prefix) &&
      (keyMarker === "" || objectKey > keyMarker || (objectKey === keyMarker && idMarker !== "" && uploadId > idMarker)),
  );
  const uploads = matching.slice(0, limit);
  const isTruncated = matching.length > limit;
  const last = uploads.at(-1);
  return xml(
    document("ListMultipartUploadsResult", {
      Bucket: BUCKET,
      KeyMarker: keyMarker,
      UploadIdMarker: idMarker,
      NextKeyMarker: isTruncated ? last?.objectKey : undefined,
      NextUploadIdMarker: isTruncated ? last?.uploadId : undefined,
      Prefix: prefix,
      MaxUploads: limit,
      IsTruncated: isTruncated,
      Upload: uploads.map(({ objectKey, uploadId, createdAt }) => ({
        Key: objectKey,
        UploadId: uploadId,
        StorageClass: "STANDARD",
        Initiated: new Date(createdAt / 1000).toISOString(),
      })),
    }),
  );
}

function count(query: URLSearchParams, name: string, fallback: number): number {
  const text = query.get(name) || String(fallback);
  if (!/^\d{1,10}$/.test(text)) throw new S3Error("InvalidArgument", `${name} must be a number`);
  return Number(text);
}
