import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { createHash, createHmac } from "node:crypto";
import worker from "../../src/index.ts";
import { watchedEnv } from "./statements.ts";
import { type Client, newTenant } from "./tenant.ts";

/** A signer of its own, written by the book of SigV4, so that the service's is not its own judge. */

export const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");
const hmac = (key: string | Uint8Array, text: string): Uint8Array => createHmac("sha256", key).update(text).digest();
const hex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
export const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

export interface Keys {
  id: string;
  secret: string;
}

export interface Call {
  method?: string;
  /** Below `/s3`, encoded as it is sent. */
  path: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
  /** In place of the body's hash. */
  payload?: string;
  at?: number;
  /** Seconds for which the query is signed instead of a header. */
  presign?: number;
  /** Changes the signed request before it is sent. */
  alter?: (request: { url: URL; headers: Headers; body: BodyInit | null }) => unknown;
}

export interface S3Answer {
  status: number;
  text: string;
  code: string | undefined;
  headers: Headers;
}

const HOST = "slipway.test";

export const stamp = (at: number) => `${new Date(at).toISOString().replace(/[-:]/g, "").slice(0, 15)}Z`;

/** The key that signs on a day. */
export const signingKey = (secret: string, day: string) => hmac(hmac(hmac(hmac(`AWS4${secret}`, day), "us-east-1"), "s3"), "aws4_request");

/** The request of a call, signed; and what its chunks' signatures go on from. */
export function sign(keys: Keys, call: Call): { request: Request; signature: string; key: Uint8Array; timestamp: string; scope: string } {
  const { method = "GET", path, query = {}, body } = call;
  const timestamp = stamp(call.at ?? Date.now());
  const scope = `${timestamp.slice(0, 8)}/us-east-1/s3/aws4_request`;
  const payload = call.presign === undefined ? (call.payload ?? sha256(body ?? "")) : "UNSIGNED-PAYLOAD";
  const headers: Record<string, string> = { ...call.headers };
  if (call.presign === undefined) Object.assign(headers, { "x-amz-date": timestamp, "x-amz-content-sha256": payload });
  const names = ["host", ...Object.keys(headers)].sort();
  const presigned: Record<string, string> =
    call.presign === undefined
      ? {}
      : {
          "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
          "X-Amz-Credential": `${keys.id}/${scope}`,
          "X-Amz-Date": timestamp,
          "X-Amz-Expires": String(call.presign),
          "X-Amz-SignedHeaders": names.join(";"),
        };
  const pairs = Object.entries({ ...query, ...presigned })
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort();
  const lines = names.map((name) => `${name}:${name === "host" ? HOST : (headers[name] ?? "").trim()}\n`).join("");
  const canonical = [method, `/s3${path}`, pairs.join("&"), lines, names.join(";"), payload].join("\n");
  const key = signingKey(keys.secret, timestamp.slice(0, 8));
  const signature = hex(hmac(key, ["AWS4-HMAC-SHA256", timestamp, scope, sha256(canonical)].join("\n")));
  const sent = new Headers(headers);
  if (call.presign === undefined) {
    sent.set("authorization", `AWS4-HMAC-SHA256 Credential=${keys.id}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`);
  } else pairs.push(`X-Amz-Signature=${signature}`);
  const altered = {
    url: new URL(`http://${HOST}/s3${path}${pairs.length ? "?" : ""}${pairs.join("&")}`),
    headers: sent,
    body: body ?? null,
  };
  call.alter?.(altered as never);
  if (altered.body !== null && !sent.has("content-length"))
    sent.set("content-length", String(new TextEncoder().encode(String(altered.body)).length));
  if (body instanceof Uint8Array && altered.body === body) sent.set("content-length", String(body.length));
  return { request: new Request(altered.url, { method, headers: sent, body: altered.body }), signature, key, timestamp, scope };
}

/** Sends a signed call through the Worker, with its R2 replaced when one is given. */
export async function s3(keys: Keys, call: Call, bucket?: R2Bucket): Promise<S3Answer> {
  return sendS3(sign(keys, call).request, bucket);
}

export async function sendS3(request: Request, bucket?: R2Bucket): Promise<S3Answer> {
  const execution = createExecutionContext();
  const env = bucket ? { ...watchedEnv, STORAGE: bucket } : watchedEnv;
  const response = await worker.fetch(request as never, env, execution);
  const text = await response.text();
  await waitOnExecutionContext(execution);
  return { status: response.status, text, code: /<Code>(\w+)<\/Code>/.exec(text)?.[1], headers: response.headers };
}

/** The hex signature of a chunk, or of trailers, that goes on from the one before. */
export const chained = (word: "PAYLOAD" | "TRAILER", key: Uint8Array, parts: string[]) =>
  hex(hmac(key, [`AWS4-HMAC-SHA256-${word}`, ...parts].join("\n")));

/** A tenant and a key of its file storage. */
export async function storageTenant(body: { scope?: string; prefix?: string } = {}): Promise<{ me: Client; keys: Keys }> {
  const me = await newTenant();
  return { me, keys: await newKeys(me, body) };
}

export async function newKeys(me: Client, body: { scope?: string; prefix?: string } = {}): Promise<Keys> {
  const made = await me.must("POST", "/storage_keys/", { name: "k", ...body });
  return { id: made.access_key_id, secret: made.secret_access_key };
}

/** The texts of all elements of a name. */
export const elements = (text: string, name: string) => [...text.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"))].map((m) => m[1]);
