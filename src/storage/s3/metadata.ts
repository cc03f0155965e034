import { S3Error } from "./errors.ts";
import { MAX_METADATA_BYTES } from "./limits.ts";

const OWN = "x-amz-meta-";
/** Of the metadata in R2 what is the gateway's own: which upload an object came of. */
const UPLOAD_MARK = "slipway-upload";
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
  const own = [...headers]
    .filter(([name]) => name.startsWith(OWN) && name !== OWN + UPLOAD_MARK)
    .map(([name, value]) => [name.slice(OWN.length), value] as const);
  const bytes = own.reduce((sum, [name, value]) => sum + name.length + new TextEncoder().encode(value).length, 0);
  if (bytes > MAX_METADATA_BYTES) throw new S3Error("MetadataTooLarge");
  return { httpMetadata, customMetadata: Object.fromEntries(own) };
}

/** What is kept with an object that comes of an upload: its metadata, and the upload's mark. */
export function markedMetadataOf(headers: Headers, mark: string): ReturnType<typeof metadataOf> {
  const { httpMetadata, customMetadata } = metadataOf(headers);
  return { httpMetadata, customMetadata: { ...customMetadata, [UPLOAD_MARK]: mark } };
}

/** The mark of the upload that an object came of; undefined for one that was put whole. */
export const uploadMarkOf = ({ customMetadata }: R2Object) => customMetadata?.[UPLOAD_MARK];

/** The metadata of an object for a copy of it. */
export function copiedMetadata({ httpMetadata = {}, customMetadata = {} }: R2Object): ReturnType<typeof metadataOf> {
  const { [UPLOAD_MARK]: _, ...own } = customMetadata;
  return { httpMetadata, customMetadata: own };
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
export function metadataHeaders(object: R2Object, query: URLSearchParams): Record<string, string> {
  const { httpMetadata, customMetadata } = copiedMetadata(object);
  const headers: Record<string, string> = { "content-type": DEFAULT_TYPE };
  for (const name of KEPT_NAMES) {
    const value = query.get(`response-${KEPT[name]}`) ?? httpMetadata[name];
    if (value) headers[KEPT[name]] = value;
  }
  const expires = query.get("response-expires") ?? httpMetadata.cacheExpiry?.toUTCString();
  if (expires) headers.expires = expires;
  for (const [name, value] of Object.entries(customMetadata)) headers[OWN + name] = value;
  return headers;
}
