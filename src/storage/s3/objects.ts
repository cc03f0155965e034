import {
  type Expected,
  isExpecting,
  isToBeRead,
  rangeOf,
  requireCopyable,
  requireExpected,
  resolveRange,
  writeCondition,
} from "./conditions.ts";
import { uriDecode } from "./encoding.ts";
import { S3Error, stored } from "./errors.ts";
import { BUCKET, checkKey } from "./keys.ts";
import { MAX_OBJECT_BYTES } from "./limits.ts";
import { copiedMetadata, metadataHeaders, metadataOf } from "./metadata.ts";
import type { S3Request } from "./request.ts";
import { removing, storing } from "./usage.ts";
import { document, parseDocument, textOf } from "./xml.ts";

const MAX_DELETES = 1000;
const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024;

/** An object does not remember its parts: it is its own first part, and has no other. Refuses InvalidPartNumber. */
function requireFirstPart(query: URLSearchParams): void {
  if ((query.get("partNumber") ?? "1") !== "1") throw new S3Error("InvalidPartNumber");
}

/** GetObject: the whole, or the one range asked for. Refuses NoSuchKey, InvalidRange, PreconditionFailed. */
export async function getObject(request: S3Request): Promise<Response> {
  requireFirstPart(request.query);
  const r2Key = request.files.reading(request.key);
  const range = rangeOf(request.headers.get("range"));
  if (range) return getRange(request, r2Key, range);
  const object = await stored(() => request.files.bucket.get(r2Key));
  if (!object) throw new S3Error("NoSuchKey");
  const headers = objectHeaders(object, request.query);
  if (await isUnwanted(request, object)) return new Response(null, { status: 304, headers });
  return new Response(object.body, { headers: { ...headers, "content-length": String(object.size) } });
}

async function getRange(request: S3Request, r2Key: string, range: NonNullable<ReturnType<typeof rangeOf>>): Promise<Response> {
  const wanted: R2Range =
    "suffix" in range
      ? { suffix: range.suffix }
      : { offset: range.first, ...(range.last === null ? {} : { length: range.last - range.first + 1 }) };
  // R2 refuses a range that is not there, as it fails for other reasons: the object's size tells.
  const object = await request.files.bucket.get(r2Key, { range: wanted }).catch(async (error: unknown) => {
    const head = await stored(() => request.files.bucket.head(r2Key));
    if (head) resolveRange(range, head.size);
    return stored(() => Promise.reject(error));
  });
  if (!object) throw new S3Error("NoSuchKey");
  const headers = objectHeaders(object, request.query);
  if (await isUnwanted(request, object)) return new Response(null, { status: 304, headers });
  const { offset, length } = resolveRange(range, object.size);
  return new Response(object.body, {
    status: 206,
    headers: { ...headers, "content-length": String(length), "content-range": `bytes ${offset}-${offset + length - 1}/${object.size}` },
  });
}

async function isUnwanted(request: S3Request, object: R2ObjectBody): Promise<boolean> {
  let isWanted = false;
  try {
    isWanted = isToBeRead(request.headers, object);
  } finally {
    if (!isWanted) await object.body.cancel();
  }
  return !isWanted;
}

/** HeadObject. */
export async function headObject(request: S3Request): Promise<Response> {
  requireFirstPart(request.query);
  const object = await stored(() => request.files.bucket.head(request.files.reading(request.key)));
  if (!object) throw new S3Error("NoSuchKey");
  const headers = objectHeaders(object, request.query);
  if (!isToBeRead(request.headers, object)) return new Response(null, { status: 304, headers });
  const range = rangeOf(request.headers.get("range"));
  if (!range) return new Response(null, { headers: { ...headers, "content-length": String(object.size) } });
  const { offset, length } = resolveRange(range, object.size);
  return new Response(null, {
    status: 206,
    headers: { ...headers, "content-length": String(length), "content-range": `bytes ${offset}-${offset + length - 1}/${object.size}` },
  });
}

/** PutObject: registered only when the whole body has arrived and is the one signed. */
export async function putObject(request: S3Request): Promise<Response> {
  const { files, headers, payload } = request;
  const r2Key = files.writing(request.key);
  if (payload.length > MAX_OBJECT_BYTES) throw new S3Error("EntityTooLarge");
  const options = { ...metadataOf(headers), ...writeCondition(headers) };
  const object = await storing(request, r2Key, payload.length, () =>
    payload.deliver(async (stream): Promise<R2Object | null> => files.bucket.put(r2Key, stream, options)),
  );
  return new Response(null, { headers: { etag: object.httpEtag } });
}

/** DeleteObject: no matter whether it was there. Refuses (PreconditionFailed) one that is not what the conditions say. */
export async function deleteObject(request: S3Request): Promise<Response> {
  const { files, headers, key } = request;
  const r2Key = files.writing(key);
  const value = (name: string) => headers.get(name) ?? undefined;
  await requireDeletable(request, r2Key, {
    etag: value("if-match"),
    modified: value("x-amz-if-match-last-modified-time"),
    size: value("x-amz-if-match-size"),
  });
  await removing(request, [r2Key]);
  return new Response(null, { status: 204 });
}

/** R2 deletes without conditions, so what is there is looked at just before. */
async function requireDeletable({ files }: S3Request, r2Key: string, expected: Expected): Promise<void> {
  if (isExpecting(expected)) requireExpected(expected, await stored(() => files.bucket.head(r2Key)));
}

/** DeleteObjects: up to 1000 keys; what may not be named is told of one by one. */
export async function deleteObjects(request: S3Request): Promise<Response> {
  const { files, payload, headers } = request;
  if (headers.get("content-md5") === null && ![...headers.keys(), headers.get("x-amz-trailer") ?? ""].some(isChecksum)) {
    throw new S3Error("InvalidRequest", "Missing required header for this request: Content-MD5 or a checksum.");
  }
  const root = parseDocument(await payload.text(MAX_DOCUMENT_BYTES));
  const objects = root.children.filter(({ name }) => name === "Object");
  if (root.name !== "Delete" || objects.length === 0 || objects.length > MAX_DELETES) throw new S3Error("MalformedXML");
  const refused: { Key: string; Code: string; Message: string }[] = [];
  const named = await Promise.all(
    objects.map(async (node) => {
      const key = textOf(node, "Key") ?? "";
      try {
        const [etag, modified, size] = [textOf(node, "ETag"), textOf(node, "LastModifiedTime"), textOf(node, "Size")];
        await requireDeletable(request, files.writing(checkKey(key)), { etag, modified, size });
        return [key];
      } catch (error) {
        if (!(error instanceof S3Error) || error.status >= 500) throw error;
        refused.push({ Key: key, Code: error.code, Message: error.message });
        return [];
      }
    }),
  );
  const deleted = named.flat();
  if (deleted.length > 0)
    await removing(
      request,
      [...new Set(deleted)].map((key) => files.writing(key)),
    );
  const isQuiet = textOf(root, "Quiet") === "true";
  return xml(document("DeleteResult", { Deleted: isQuiet ? [] : deleted.map((Key) => ({ Key })), Error: refused }));
}

const isChecksum = (name: string) => name.startsWith("x-amz-checksum-");

/** CopyObject, within the bucket: the source streams into the target. */
export async function copyObject(request: S3Request): Promise<Response> {
  const { files, headers, key } = request;
  const r2Key = files.writing(key);
  const isReplaced = headers.get("x-amz-metadata-directive")?.toUpperCase() === "REPLACE";
  const sourceKey = copySource(headers);
  if (sourceKey === key && !isReplaced) {
    throw new S3Error("InvalidRequest", "This copy request is illegal because it is trying to copy an object to itself unchanged.");
  }
  const source = await stored(() => files.bucket.get(files.reading(sourceKey)));
  if (!source) throw new S3Error("NoSuchKey");
  try {
    requireCopyable(headers, source);
  } catch (error) {
    await source.body.cancel();
    throw error;
  }
  const metadata = isReplaced ? metadataOf(headers) : copiedMetadata(source);
  const options = { ...metadata, ...writeCondition(headers) };
  const write = async (): Promise<R2Object | null> => files.bucket.put(r2Key, source.body, options);
  const put = () => storing(request, r2Key, source.size, () => stored(write));
  const object = await put().catch(async (error: unknown) => {
    await source.body.cancel().catch(() => undefined);
    throw error;
  });
  return xml(document("CopyObjectResult", { LastModified: object.uploaded.toISOString(), ETag: object.httpEtag }));
}

/** The key that `x-amz-copy-source` names in the tenant's bucket. */
export function copySource(headers: Headers): string {
  const raw = uriDecode(headers.get("x-amz-copy-source") ?? "");
  const [, bucket, key] = /^\/?([^/]+)\/([\s\S]+?)(?:\?versionId=null)?$/.exec(raw ?? "") ?? [];
  if (bucket === undefined || key === undefined)
    throw new S3Error("InvalidArgument", "Copy Source must mention the source bucket and key.");
  if (bucket !== BUCKET) throw new S3Error("NoSuchBucket");
  return checkKey(key);
}

/** An answer that is a document. */
export const xml = (text: string, status = 200) => new Response(text, { status, headers: { "content-type": "application/xml" } });

function objectHeaders(object: R2Object, query: URLSearchParams): Record<string, string> {
  return {
    etag: object.httpEtag,
    "last-modified": object.uploaded.toUTCString(),
    "accept-ranges": "bytes",
    ...metadataHeaders(object, query),
  };
}
