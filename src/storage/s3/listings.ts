import { compareKeys, uriDecode, uriEncode } from "./encoding.ts";
import { S3Error, stored } from "./errors.ts";
import { BUCKET, checkPrefix, LAST_CHARACTER } from "./keys.ts";
import { xml } from "./objects.ts";
import type { S3Request } from "./request.ts";
import { document } from "./xml.ts";

const MOST_KEYS = 1000;

interface Page {
  entries: Entry[];
  isTruncated: boolean;
}

/** An object, or what keys with the same beginning up to the delimiter are rolled into. */
type Entry = { name: string; object: R2Object | null };

/** ListObjectsV2. A token names the entry that a page ended with, so it stays good whatever happens meanwhile. */
export async function listObjectsV2(request: S3Request): Promise<Response> {
  const { query } = request;
  const token = query.get("continuation-token");
  const after = token === null || token === "" ? (query.get("start-after") ?? "") : readToken(token);
  const page = await readPage(request, after);
  const last = page.entries.at(-1)?.name;
  const encode = encoder(query);
  return xml(
    document("ListBucketResult", {
      ...shared(request, page),
      KeyCount: page.entries.length,
      ContinuationToken: token ?? undefined,
      NextContinuationToken: page.isTruncated && last !== undefined ? makeToken(last) : undefined,
      StartAfter: query.has("start-after") ? encode(query.get("start-after") ?? "") : undefined,
      ...contents(page, encode, query.get("fetch-owner") === "true" ? request.tenantId : null),
    }),
  );
}

/** ListObjects, the first version: a marker in place of a token. */
export async function listObjects(request: S3Request): Promise<Response> {
  const { query } = request;
  const marker = query.get("marker") ?? "";
  const page = await readPage(request, marker);
  const last = page.entries.at(-1)?.name;
  const encode = encoder(query);
  return xml(
    document("ListBucketResult", {
      ...shared(request, page),
      Marker: encode(marker),
      NextMarker: page.isTruncated && query.get("delimiter") && last !== undefined ? encode(last) : undefined,
      ...contents(page, encode, request.tenantId),
    }),
  );
}

/** Up to `max-keys` entries after a name, in the order of their keys. */
async function readPage({ files, query }: S3Request, after: string): Promise<Page> {
  const prefix = checkPrefix(query.get("prefix") ?? "");
  const delimiter = query.get("delimiter") ?? "";
  const limit = maxKeys(query);
  const entries: Entry[] = [];
  const options: R2ListOptions = { prefix: files.reading(prefix), ...(delimiter ? { delimiter } : {}) };
  // What was rolled up is behind us with all its keys.
  const isRolledUp = delimiter !== "" && after.startsWith(prefix) && after.slice(prefix.length).endsWith(delimiter);
  let startAfter = after === "" ? "" : files.prefix + after + (isRolledUp ? LAST_CHARACTER : "");
  let isTruncated = limit > 0;
  while (isTruncated && entries.length < limit) {
    const listed = await stored(() =>
      files.bucket.list({ ...options, limit: limit - entries.length, ...(startAfter === "" ? {} : { startAfter }) }),
    );
    const page: Entry[] = [
      ...listed.objects.map((object) => ({ name: files.nameOf(object.key), object })),
      ...listed.delimitedPrefixes.map((name) => ({ name: files.nameOf(name), object: null })),
    ].sort((a, b) => compareKeys(a.name, b.name));
    entries.push(...page);
    const last = page.at(-1);
    isTruncated = listed.truncated && last !== undefined;
    if (last) startAfter = files.prefix + last.name + (last.object ? "" : LAST_CHARACTER);
  }
  return { entries, isTruncated };
}

function maxKeys(query: URLSearchParams): number {
  const text = query.get("max-keys") ?? String(MOST_KEYS);
  if (!/^\d{1,10}$/.test(text)) throw new S3Error("InvalidArgument", "Provided max-keys not an integer or within integer range");
  return Math.min(MOST_KEYS, Number(text));
}

const encoder = (query: URLSearchParams) =>
  query.get("encoding-type") === "url" ? (text: string) => uriEncode(text).replaceAll("%2F", "/") : (text: string) => text;

function shared({ query }: S3Request, page: Page) {
  const encode = encoder(query);
  return {
    Name: BUCKET,
    Prefix: encode(query.get("prefix") ?? ""),
    Delimiter: query.get("delimiter") ? encode(query.get("delimiter") ?? "") : undefined,
    MaxKeys: maxKeys(query),
    EncodingType: query.get("encoding-type") === "url" ? "url" : undefined,
    IsTruncated: page.isTruncated,
  };
}

/** What is listed; each object with its owner, where one is given. */
function contents({ entries }: Page, encode: (text: string) => string, owner: string | null) {
  return {
    Contents: entries.flatMap(({ name, object }) =>
      object
        ? [
            {
              Key: encode(name),
              LastModified: object.uploaded.toISOString(),
              ETag: object.httpEtag,
              Size: object.size,
              StorageClass: "STANDARD",
              Owner: owner === null ? undefined : { ID: owner, DisplayName: owner },
            },
          ]
        : [],
    ),
    CommonPrefixes: entries.flatMap(({ name, object }) => (object ? [] : [{ Prefix: encode(name) }])),
  };
}

const makeToken = (name: string) => btoa(uriEncode(name));

function readToken(token: string): string {
  try {
    const name = uriDecode(atob(token));
    if (name) return name;
  } catch {
    // Refused below, as what decodes to nothing is.
  }
  throw new S3Error("InvalidArgument", "The continuation token provided is incorrect");
}
