import { Refusal } from "../../domain/errors.ts";
import type { Micros } from "../../domain/time.ts";
import type { Database } from "../../store/database.ts";
import { bucketLocation, createBucket, headBucket, listBuckets } from "./buckets.ts";
import { S3Error } from "./errors.ts";
import { BUCKET, targetOf } from "./keys.ts";
import { listObjects, listObjectsV2 } from "./listings.ts";
import { abortUpload, completeUpload, createUpload, listParts, listUploads, uploadPart, uploadPartCopy } from "./multipart.ts";
import { copyObject, deleteObject, deleteObjects, getObject, headObject, putObject } from "./objects.ts";
import { Payload } from "./payload.ts";
import { type Credential, Files, type S3Request } from "./request.ts";
import { readClaim, type SignedRequest, verifyClaim } from "./sigv4.ts";
import type { StorageLimits } from "./usage.ts";
import { errorDocument } from "./xml.ts";

/** What the gateway works with. */
export interface Gateway {
  bucket: R2Bucket;
  requestId: string;
  /** Whose an access key id is; null for an unknown or revoked one. */
  credentialOf(accessKeyId: string): Promise<Credential | null>;
  /** The tenant's database. */
  databaseOf(shard: number): Database;
  limits: StorageLimits;
  /** In microseconds. */
  now(): Micros;
  /** Told of what is not the caller's doing. */
  onFailure(error: unknown): void;
}

/** Answers one request of the S3 API on the tenant's bucket, which the key that signed it says; errors are S3's documents. */
export async function serveS3(request: Request, gateway: Gateway): Promise<Response> {
  const signed = signedRequest(request);
  let response: Response;
  try {
    response = await answer(request, signed, gateway);
  } catch (error) {
    response = errorResponse(toS3Error(error, gateway), request.method, signed.rawPath, gateway.requestId);
  }
  response.headers.set("x-amz-request-id", gateway.requestId);
  return response;
}

/** Path and query as they came: parsed as a URL, `..` would be gone before the signature was compared. */
function signedRequest(request: Request): SignedRequest {
  const [, host = "", rawPath = "", rawQuery = ""] = /^[a-z]+:\/\/([^/?#]*)([^?#]*)\??([^#]*)/i.exec(request.url) ?? [];
  return { method: request.method, rawPath, rawQuery, headers: request.headers, host };
}

async function answer(request: Request, signed: SignedRequest, gateway: Gateway): Promise<Response> {
  const claim = readClaim(signed, gateway.now() / 1000);
  const credential = await gateway.credentialOf(claim.accessKeyId);
  if (!credential) throw new S3Error("InvalidAccessKeyId");
  const seed = verifyClaim(claim, credential.secret, signed);
  const { bucket, key } = targetOf(signed.rawPath);
  const query = new URLSearchParams(signed.rawQuery);
  if (bucket === "") {
    if (request.method !== "GET") throw new S3Error("MethodNotAllowed");
    return listBuckets(credential.tenantId);
  }
  if (bucket !== BUCKET) throw new S3Error(request.method === "PUT" && key === "" ? "AccessDenied" : "NoSuchBucket");
  const operation = operationOf(request.method, key, query, request.headers);
  return operation({
    headers: request.headers,
    query,
    key,
    payload: new Payload(request.body, request.headers, claim.payloadHash, seed, operation !== completeUpload),
    files: new Files(gateway.bucket, credential),
    db: gateway.databaseOf(credential.shard),
    tenantId: credential.tenantId,
    limits: gateway.limits,
    now: gateway.now,
  });
}

type Operation = (request: S3Request) => Promise<Response> | Response;

/** What the query may say besides the name of an operation. */
const PARAMETERS =
  /^(?:x-id|prefix|delimiter|marker|max-keys|encoding-type|continuation-token|start-after|fetch-owner|list-type|partNumber|uploadId|max-parts|part-number-marker|max-uploads|key-marker|upload-id-marker|response-.*|x-amz-.*)$/i;

const OBJECT_OPERATIONS: Record<string, Operation> = {
  "GET ": getObject,
  "HEAD ": headObject,
  "PUT ": putObject,
  "PUT copy": copyObject,
  "DELETE ": deleteObject,
  "POST uploads": createUpload,
  "PUT upload": uploadPart,
  "PUT upload copy": uploadPartCopy,
  "POST upload": completeUpload,
  "DELETE upload": abortUpload,
  "GET upload": listParts,
};

const BUCKET_OPERATIONS: Record<string, Operation> = {
  "GET ": (request) => (request.query.get("list-type") === "2" ? listObjectsV2(request) : listObjects(request)),
  "HEAD ": headBucket,
  "PUT ": createBucket,
  "GET location": bucketLocation,
  "GET uploads": listUploads,
  "POST delete": deleteObjects,
};

/** Headers that ask for what would not be kept, by clients that would rely on it: encryption by a key of theirs, and locks. */
const UNKEPT = /^x-amz-(?:(?:copy-source-)?server-side-encryption-customer-|object-lock-)/;

/** The operation that method and query name. Refuses (NotImplemented) what S3 has and the gateway has not. */
function operationOf(method: string, key: string, query: URLSearchParams, headers: Headers): Operation {
  if ([...headers.keys(), ...query.keys()].some((name) => UNKEPT.test(name.toLowerCase()))) throw new S3Error("NotImplemented");
  const words = [...new Set([...query.keys()].filter((name) => !PARAMETERS.test(name)))];
  if (key !== "" && query.has("uploadId")) words.push("upload");
  if (method === "PUT" && headers.has("x-amz-copy-source")) words.push("copy");
  const operations = key === "" ? BUCKET_OPERATIONS : OBJECT_OPERATIONS;
  const operation = operations[`${method} ${words.join(" ")}`];
  if (operation) return operation;
  throw new S3Error(words.length > 0 || method === "DELETE" ? "NotImplemented" : "MethodNotAllowed");
}

/** A failure in S3's words: what is not the caller's doing is a 503, which clients try again. */
function toS3Error(error: unknown, gateway: Gateway): S3Error {
  if (error instanceof S3Error) {
    if (error.code === "SlowDown") gateway.onFailure(error.cause);
    return error;
  }
  if (!(error instanceof Refusal)) gateway.onFailure(error);
  return new S3Error("SlowDown", undefined, { "retry-after": "1" });
}

function errorResponse(error: S3Error, method: string, resource: string, requestId: string): Response {
  const body = errorDocument({ Code: error.code, Message: error.message, Resource: resource, RequestId: requestId });
  return new Response(method === "HEAD" ? null : body, {
    status: error.status,
    headers: { "content-type": "application/xml", ...error.headers },
  });
}
