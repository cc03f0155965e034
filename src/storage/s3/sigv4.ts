import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { queryPairs, uriDecode, uriEncode } from "./encoding.ts";
import { S3Error } from "./errors.ts";

/** A request as it was signed: path and query as they came, not decoded. */
export interface SignedRequest {
  method: string;
  rawPath: string;
  rawQuery: string;
  headers: Headers;
  /** `host` for a request that carries no such header. */
  host: string;
}

/** What a request says of its signature. */
export interface Claim {
  accessKeyId: string;
  /** `YYYYMMDD/region/s3/aws4_request`. */
  scope: string;
  /** `YYYYMMDDTHHMMSSZ`. */
  timestamp: string;
  signedHeaders: string[];
  signature: string;
  isPresigned: boolean;
  /** The hash of the body, or the word that stands for how it is signed. */
  payloadHash: string;
}

/** What the signatures of a body's chunks go on from. */
export interface Seed {
  key: Uint8Array;
  scope: string;
  timestamp: string;
  signature: string;
}

const ALGORITHM = "AWS4-HMAC-SHA256";
const MAX_SKEW_MILLIS = 15 * 60_000;
const MAX_EXPIRES_SECONDS = 7 * 86_400;

export const sha256Hex = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");
const hmac = (key: Uint8Array | string, data: string): Uint8Array => createHmac("sha256", key).update(data).digest();

/**
 * The claim of a request, by its `Authorization` header or its presigned query, checked for shape and time: within 15 minutes of
 * `nowMillis`, or not yet expired (Amazon S3, "Authenticating Requests: AWS Signature Version 4").
 */
export function readClaim(request: SignedRequest, nowMillis: number): Claim {
  const pairs = queryPairs(request.rawQuery);
  if (pairs === null) throw new S3Error("InvalidURI");
  const query = new Map(pairs);
  const authorization = request.headers.get("authorization");
  const claim = authorization === null ? presigned(query, request.headers, nowMillis) : signedByHeader(authorization, request, nowMillis);
  if (authorization !== null && query.has("X-Amz-Signature")) throw new S3Error("InvalidArgument", "Only one auth mechanism allowed.");
  const isSigned = new Set(claim.signedHeaders);
  const unsigned = [...request.headers.keys()].filter((name) => name.startsWith("x-amz-") && !isSigned.has(name));
  if (!isSigned.has("host") || unsigned.length > 0) {
    throw new S3Error("AccessDenied", "There were headers present in the request which were not signed.");
  }
  return claim;
}

function signedByHeader(authorization: string, { headers }: SignedRequest, nowMillis: number): Claim {
  if (!authorization.startsWith(ALGORITHM)) throw new S3Error("InvalidRequest", `The authorization mechanism must be ${ALGORITHM}.`);
  const parts = new Map(
    authorization
      .slice(ALGORITHM.length)
      .split(",")
      .map((part): [string, string] => [part.slice(0, part.indexOf("=")).trim(), part.slice(part.indexOf("=") + 1).trim()]),
  );
  const timestamp = headers.get("x-amz-date") ?? basicDate(headers.get("date"));
  if (timestamp === null) throw new S3Error("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header.");
  const at = millisOf(timestamp);
  if (at === null) throw new S3Error("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header.");
  if (Math.abs(nowMillis - at) > MAX_SKEW_MILLIS) throw new S3Error("RequestTimeTooSkewed");
  const payloadHash = headers.get("x-amz-content-sha256");
  if (payloadHash === null) throw new S3Error("InvalidRequest", "Missing required header for this request: x-amz-content-sha256.");
  return {
    ...credential(parts.get("Credential"), timestamp, "AuthorizationHeaderMalformed"),
    timestamp,
    signedHeaders: headerNames(parts.get("SignedHeaders"), "AuthorizationHeaderMalformed"),
    signature: parts.get("Signature") ?? "",
    isPresigned: false,
    payloadHash,
  };
}

function presigned(query: Map<string, string>, headers: Headers, nowMillis: number): Claim {
  if (!query.has("X-Amz-Signature")) throw new S3Error("AccessDenied");
  const malformed = "AuthorizationQueryParametersError";
  if (query.get("X-Amz-Algorithm") !== ALGORITHM) throw new S3Error(malformed, `X-Amz-Algorithm only supports "${ALGORITHM}".`);
  const timestamp = query.get("X-Amz-Date") ?? "";
  const at = millisOf(timestamp);
  if (at === null) throw new S3Error(malformed, "X-Amz-Date must be in the ISO8601 Long Format.");
  const expires = query.get("X-Amz-Expires") ?? "";
  if (!/^\d{1,7}$/.test(expires) || Number(expires) < 1 || Number(expires) > MAX_EXPIRES_SECONDS) {
    throw new S3Error(malformed, "X-Amz-Expires must be from 1 to 604800 seconds.");
  }
  if (at - nowMillis > MAX_SKEW_MILLIS) throw new S3Error("AccessDenied", "Request is not yet valid");
  if (nowMillis > at + Number(expires) * 1000) throw new S3Error("AccessDenied", "Request has expired");
  return {
    ...credential(query.get("X-Amz-Credential"), timestamp, malformed),
    timestamp,
    signedHeaders: headerNames(query.get("X-Amz-SignedHeaders"), malformed),
    signature: query.get("X-Amz-Signature") ?? "",
    isPresigned: true,
    payloadHash: headers.get("x-amz-content-sha256") ?? "UNSIGNED-PAYLOAD",
  };
}

type Malformed = "AuthorizationHeaderMalformed" | "AuthorizationQueryParametersError";

function credential(text: string | undefined, timestamp: string, malformed: Malformed): Pick<Claim, "accessKeyId" | "scope"> {
  const [accessKeyId, date, region, service, end, more] = (text ?? "").split("/");
  if (!accessKeyId || !region || date !== timestamp.slice(0, 8) || service !== "s3" || end !== "aws4_request" || more !== undefined) {
    throw new S3Error(malformed, "The credential must be <access key>/<date of the request>/<region>/s3/aws4_request.");
  }
  return { accessKeyId, scope: `${date}/${region}/${service}/${end}` };
}

function headerNames(text: string | undefined, malformed: Malformed): string[] {
  const names = (text ?? "").split(";");
  if (!names.every((name) => /^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name))) throw new S3Error(malformed, "The signed headers are malformed.");
  return names;
}

/** The seed of a request whose signature is that of its claim and the secret. Refuses (SignatureDoesNotMatch) any other. */
export function verifyClaim(claim: Claim, secret: string, request: SignedRequest): Seed {
  const toSign = [ALGORITHM, claim.timestamp, claim.scope, sha256Hex(canonicalRequest(claim, request))].join("\n");
  const [date = "", region = "", service = ""] = claim.scope.split("/");
  const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), service), "aws4_request");
  requireSame(hex(hmac(key, toSign)), claim.signature);
  return { key, scope: claim.scope, timestamp: claim.timestamp, signature: claim.signature };
}

/** The request in the one form that is signed. */
export function canonicalRequest(claim: Claim, { method, rawPath, rawQuery, headers, host }: SignedRequest): string {
  const path = rawPath.split("/").map((segment) => uriEncode(uriDecode(segment) ?? segment));
  const query = (queryPairs(rawQuery) ?? [])
    .filter(([name]) => !(claim.isPresigned && name === "X-Amz-Signature"))
    .map(([name, value]) => [uriEncode(name), uriEncode(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? order(x, y) : order(a, b)));
  const lines = [...claim.signedHeaders].sort().map((name) => {
    const value = headers.get(name) ?? (name === "host" ? host : "");
    return `${name}:${value.trim().replace(/ +/g, " ")}\n`;
  });
  return [
    method,
    path.join("/"),
    query.map((pair) => pair.join("=")).join("&"),
    lines.join(""),
    claim.signedHeaders.join(";"),
    claim.payloadHash,
  ].join("\n");
}

const order = (a: string, b: string) => (a < b ? -1 : Number(a > b));

/** The signature of the next chunk of a body, of the hash of its data and the signature before it. */
export function chunkSignature(seed: Seed, previous: string, dataHash: string): string {
  return hex(hmac(seed.key, [`${ALGORITHM}-PAYLOAD`, seed.timestamp, seed.scope, previous, sha256Hex(""), dataHash].join("\n")));
}

/** The signature of the headers that follow a body, `name:value\n` each. */
export function trailerSignature(seed: Seed, previous: string, trailers: string): string {
  return hex(hmac(seed.key, [`${ALGORITHM}-TRAILER`, seed.timestamp, seed.scope, previous, sha256Hex(trailers)].join("\n")));
}

/** Refuses (SignatureDoesNotMatch) a signature that is not the expected one; compares in constant time. */
export function requireSame(expected: string, given: string): void {
  const encoder = new TextEncoder();
  const [left, right] = [encoder.encode(expected), encoder.encode(given)];
  if (left.length !== right.length || !timingSafeEqual(left, right)) throw new S3Error("SignatureDoesNotMatch");
}

const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Milliseconds of `YYYYMMDDTHHMMSSZ`; null for what is no time. */
function millisOf(timestamp: string): number | null {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp);
  if (!parts) return null;
  const [, year, month, day, hours, minutes, seconds] = parts;
  const millis = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
  return Number.isNaN(millis) ? null : millis;
}

/** An HTTP date as `YYYYMMDDTHHMMSSZ`; null for none. */
function basicDate(text: string | null): string | null {
  const millis = Date.parse(text ?? "");
  return Number.isNaN(millis) ? null : `${new Date(millis).toISOString().replace(/[-:]/g, "").slice(0, 15)}Z`;
}
