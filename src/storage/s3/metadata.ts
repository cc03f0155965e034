import { S3Error } from "./errors.ts";
import { MAX_METADATA_BYTES } from "./limits.ts";

const OWN = "x-amz-meta-";
const DEFAULT_TYPE = "binary/octet-stream";

/** Headers that come back as they were given, by R2's names. */
const KEPT = {
  contentType: "content-type",
  contentLanguage: "content-language",
  contentDisposition: "content-disposition",
  contentEncoding: "content-encoding",
  cacheControl: "cache-control",
} as const;

type Kept = keyof typeof KEPT;
const KEPT_NAMES = Object.keys(KEPT) as Kept[];

/** Of the headers of an upload what is kept with the object. Refuses (MetadataTooLarge) more than 2 KB of its own. */
export function metadataOf(headers: Headers): { httpMetadata: R2HTTPMetadata; customMetadata: Record<string, string> } {
  const httpMetadata: R2HTTPMetadata = { contentType: DEFAULT_TYPE };
  for (const name of KEPT_NAMES) {
    const value = name === "contentEncoding" ? encodingOf(headers) : headers.get(KEPT[name]);
    if (value) httpMetadata[name] = value;
  }
  const expires = Date.parse(headers.get("expires") ?? "");
  if (!Number.isNaN(expires)) httpMetadata.cacheExpiry = new Date(expires);
  const own = [...headers].filter(([name]) => name.startsWith(OWN)).map(([name, value]) => [name.slice(OWN.length), value] as const);
  const bytes = own.reduce((sum, [name, value]) => sum + name.length + new TextEncoder().encode(value).length, 0);
  if (bytes > MAX_METADATA_BYTES) throw new S3Error("MetadataTooLarge");
  return { httpMetadata, customMetadata: Object.fromEntries(own) };
}

/** The encoding of the content itself: `aws-chunked` is one of the transfer. */
function encodingOf(headers: Headers): string {
  return (headers.get("content-encoding") ?? "")
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "" && each !== "aws-chunked")
    .join(", ");
}

/** The headers of a stored object; `response-content-type` and the like in the query replace them. */
export function metadataHeaders({ httpMetadata, customMetadata }: R2Object, query: URLSearchParams): Record<string, string> {
  const headers: Record<string, string> = { "content-type": DEFAULT_TYPE };
  for (const name of KEPT_NAMES) {
    const value = query.get(`response-${KEPT[name]}`) ?? httpMetadata?.[name];
    if (value) headers[KEPT[name]] = value;
  }
  const expires = query.get("response-expires") ?? httpMetadata?.cacheExpiry?.toUTCString();
  if (expires) headers.expires = expires;
  for (const [name, value] of Object.entries(customMetadata ?? {})) headers[OWN + name] = value;
  return headers;
}
