import { env } from "cloudflare:test";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CHECKSUMS } from "../../src/storage/s3/checksums.ts";
import { type Call, chained, encode, type Keys, s3, sendS3, sha256, sign, storageTenant } from "./s3-client.ts";

const MINUTE = 60_000;

/** Every R2 key of a tenant, and of nobody. */
async function keysBelow(prefix: string): Promise<string[]> {
  return (await env.STORAGE.list({ prefix })).objects.map(({ key }) => key);
}

/** A body in signed or unsigned chunks, as `aws-chunked`; `spoil` changes a chunk's data after it was signed. */
function chunked(
  keys: Keys,
  path: string,
  chunks: string[],
  options: { signed: boolean; trailer?: [string, string]; spoil?: number; cut?: number },
) {
  const { signed, trailer } = options;
  const payload = `STREAMING-${signed ? "AWS4-HMAC-SHA256" : "UNSIGNED"}-PAYLOAD${trailer ? "-TRAILER" : ""}`;
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const headers = {
    "content-encoding": "aws-chunked",
    "x-amz-decoded-content-length": String(length),
    ...(trailer ? { "x-amz-trailer": trailer[0] } : {}),
  };
  const call: Call = { method: "PUT", path, payload, headers, body: "to come" };
  const { request, key, timestamp, scope, signature } = sign(keys, call);
  let previous = signature;
  let body = "";
  for (const [index, chunk] of [...chunks, ""].entries()) {
    previous = chained("PAYLOAD", key, [timestamp, scope, previous, sha256(""), sha256(chunk)]);
    const sent = index === options.spoil ? chunk.replace("a", "b") : chunk;
    body += `${chunk.length.toString(16)}${signed ? `;chunk-signature=${previous}` : ""}\r\n${chunk === "" ? "" : `${sent}\r\n`}`;
  }
  if (trailer) {
    body += `${trailer[0]}:${trailer[1]}\r\n`;
    if (signed) {
      const mac = chained("TRAILER", key, [timestamp, scope, previous, sha256(`${trailer[0]}:${trailer[1]}\n`)]);
      body += `x-amz-trailer-signature:${mac}\r\n`;
    }
  }
  body = `${body}\r\n`.slice(0, options.cut);
  const sent = new Headers(request.headers);
  sent.set("content-length", String(body.length));
  return sendS3(new Request(request.url, { method: "PUT", headers: sent, body }));
}

describe("a signature", () => {
  it("is refused in S3's words when anything is not as it was signed", async () => {
    const { me, keys } = await storageTenant();
    const put: Call = { method: "PUT", path: "/slipway/k", body: "data", headers: { "x-amz-meta-a": "1", "content-type": "text/plain" } };
    const refused = async (call: Partial<Call>, code: string, by: Keys = keys) => {
      const answer = await s3(by, { ...put, ...call });
      expect([answer.code, answer.headers.get("x-amz-request-id")]).toEqual([code, expect.any(String)]);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(await keysBelow(`tenants/${me.workspaceId}/`)).toEqual([]);
    };
    await refused({}, "SignatureDoesNotMatch", { ...keys, secret: `${keys.secret.slice(0, -1)}x` });
    await refused({}, "InvalidAccessKeyId", { ...keys, id: "SLWAAAAAAAAAAAAAAAAA" });
    await refused({ alter: (r) => Object.assign(r, { body: "date" }) }, "XAmzContentSHA256Mismatch");
    await refused({ alter: (r) => r.headers.set("x-amz-meta-a", "2") }, "SignatureDoesNotMatch");
    await refused({ alter: (r) => r.headers.set("content-type", "text/html") }, "SignatureDoesNotMatch");
    await refused({ alter: (r) => r.headers.set("x-amz-meta-b", "2") }, "AccessDenied");
    await refused({ alter: (r) => Object.assign(r.url, { pathname: "/s3/slipway/other" }) }, "SignatureDoesNotMatch");
    await refused({ alter: (r) => Object.assign(r.url, { search: "?x-id=PutObject" }) }, "SignatureDoesNotMatch");
    await refused({ alter: (r) => r.headers.set("x-amz-content-sha256", "UNSIGNED-PAYLOAD") }, "SignatureDoesNotMatch");
    await refused({ alter: (r) => r.headers.delete("authorization") }, "AccessDenied");
    await refused({ at: Date.now() - 15.5 * MINUTE }, "RequestTimeTooSkewed");
    await refused({ at: Date.now() + 15.5 * MINUTE }, "RequestTimeTooSkewed");
    await refused({ payload: "nonsense" }, "InvalidArgument");
    await refused({ headers: { "content-md5": "AAAAAAAAAAAAAAAAAAAAAA==" } }, "BadDigest");
    await refused({ headers: { "content-md5": "x" } }, "InvalidDigest");
    await refused({ body: "", payload: sha256("something") }, "XAmzContentSHA256Mismatch");
    await refused({ headers: { "x-amz-checksum-crc32": "AAAAAA==" } }, "BadDigest");
    await refused({ headers: { "content-length": "3" } }, "IncompleteBody");
    await refused({ headers: { "x-amz-meta-big": "x".repeat(2100) } }, "MetadataTooLarge");
    await refused({ path: "/slipway/a%2Fb" }, "InvalidURI");
    await refused({ path: "/slipway/a%00b" }, "InvalidURI");
    await refused({ path: `/slipway/${"x".repeat(961)}` }, "KeyTooLongError");
    await refused({ path: "/slipway/a/../b" }, "SignatureDoesNotMatch");
    expect((await s3(keys, { ...put, at: Date.now() - 14 * MINUTE })).status).toBe(200);
    expect((await s3(keys, { ...put, payload: "UNSIGNED-PAYLOAD" })).status).toBe(200);
  });

  it("in the query opens one request for its time, and nothing else", async () => {
    const { keys } = await storageTenant();
    await s3(keys, { method: "PUT", path: "/slipway/k", body: "data" });
    const read = (call: Partial<Call>) => s3(keys, { path: "/slipway/k", presign: 60, ...call });
    expect((await read({})).text).toBe("data");
    expect((await read({ at: Date.now() - 59_000 })).status).toBe(200);
    expect(await read({ at: Date.now() - 61_000 })).toMatchObject({ status: 403, code: "AccessDenied" });
    expect(await read({ at: Date.now() + 16 * MINUTE })).toMatchObject({ code: "AccessDenied" });
    for (const presign of [0, 604_801]) expect(await read({ presign })).toMatchObject({ code: "AuthorizationQueryParametersError" });
    expect(await read({ alter: (r) => Object.assign(r.url, { pathname: "/s3/slipway/other" }) })).toMatchObject({
      code: "SignatureDoesNotMatch",
    });
    expect(await read({ alter: (r) => r.url.searchParams.set("X-Amz-Expires", "600") })).toMatchObject({ code: "SignatureDoesNotMatch" });
    expect(await read({ method: "PUT", body: "new" })).toMatchObject({ status: 200 });
    expect((await read({})).text).toBe("new");
  });

  it("matches the published example of a chunked upload", async () => {
    const { chunkSignature } = await import("../../src/storage/s3/sigv4.ts");
    const { signingKey } = await import("./s3-client.ts");
    const seed = {
      key: signingKey("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "20130524"),
      timestamp: "20130524T000000Z",
      scope: "20130524/us-east-1/s3/aws4_request",
      signature: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
    };
    const expected = [
      [65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"],
      [1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"],
      [0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"],
    ] as const;
    let previous = seed.signature;
    for (const [size, signature] of expected) {
      previous = chunkSignature(seed, previous, sha256("a".repeat(size)));
      expect(previous).toBe(signature);
    }
  });
});

describe("a body in chunks", () => {
  it("is taken when its signatures, checksum and length are right, else not at all", async () => {
    const { me, keys } = await storageTenant();
    const chunks = ["aaaa".repeat(40_000), "abc".repeat(1000), "a"];
    const crc = CHECKSUMS.crc32?.();
    crc?.update(new TextEncoder().encode(chunks.join("")));
    const trailer: [string, string] = ["x-amz-checksum-crc32", crc?.digest() ?? ""];
    const wrong: [string, string] = ["x-amz-checksum-crc32", "AAAAAA=="];
    const put = (options: Parameters<typeof chunked>[3]) => chunked(keys, "/slipway/c", chunks, options);
    for (const signed of [true, false]) {
      expect(await put({ signed, trailer: wrong })).toMatchObject({ status: 400, code: "BadDigest" });
      expect(await put({ signed, trailer, cut: 200 })).toMatchObject({ code: "IncompleteBody" });
    }
    for (const spoil of [0, 1, 2]) expect(await put({ signed: true, spoil })).toMatchObject({ status: 403, code: "SignatureDoesNotMatch" });
    expect(await put({ signed: false, trailer, spoil: 1 })).toMatchObject({ code: "BadDigest" });
    expect(await put({ signed: false })).toMatchObject({ code: "NotImplemented" });
    expect(await keysBelow(`tenants/${me.workspaceId}/`)).toEqual([]);
    for (const options of [{ signed: true }, { signed: true, trailer }, { signed: false, trailer }]) {
      expect((await put(options)).status).toBe(200);
      expect((await s3(keys, { path: "/slipway/c" })).text).toBe(chunks.join(""));
      await s3(keys, { method: "DELETE", path: "/slipway/c" });
    }
  });

  it("comes through whole, however it lies in the buffer that it is read with", async () => {
    const { keys } = await storageTenant();
    const text = Array.from({ length: 60_000 }, (_, index) => index.toString(36).padStart(4, "-")).join("");
    const trailerOf = (data: string): [string, string] => {
      const crc = CHECKSUMS.crc32?.();
      crc?.update(new TextEncoder().encode(data));
      return ["x-amz-checksum-crc32", crc?.digest() ?? ""];
    };
    const sent = async (chunks: string[], signed: boolean) => {
      const options = { signed, ...(signed ? {} : { trailer: trailerOf(chunks.join("")) }) };
      expect((await chunked(keys, "/slipway/c", chunks, options)).status).toBe(200);
      expect(sha256((await s3(keys, { path: "/slipway/c" })).text)).toBe(sha256(chunks.join("")));
    };
    for (const signed of [true, false])
      await sent([text.slice(0, 1), text.slice(1, 70_000), text.slice(70_000, 70_003), text.slice(70_003)], signed);
    // What is held back till all is verified lies before the end of a read, and what verifies it comes with the next.
    for (let short = 0; short < 200; short += 20) await sent([text.slice(0, 64 * 1024 - short)], short % 40 === 0);
    expect((await s3(keys, { method: "PUT", path: "/slipway/c", body: text })).status).toBe(200);
    expect(sha256((await s3(keys, { path: "/slipway/c" })).text)).toBe(sha256(text));
  });

  it("has the checksums of the catalogue of CRCs", () => {
    const expected = { crc32: "y/Q5Jg==", crc32c: "4waSgw==", crc64nvme: "rosUhgp5mIg=", sha1: "98O8HYCOBHMq32eZZczDTKeuNEE=" };
    for (const [name, digest] of Object.entries(expected)) {
      const checksum = CHECKSUMS[name]?.();
      for (const piece of ["1234", "56789"]) checksum?.update(new TextEncoder().encode(piece));
      expect([name, checksum?.digest()]).toEqual([name, digest]);
    }
  });
});

describe("whatever a client sends", () => {
  it("is refused when one thing is not as it was signed, in the word for that thing", async () => {
    const { me, keys } = await storageTenant();
    const name = fc.stringMatching(/^[a-z0-9-]{1,12}$/);
    const text = fc.stringMatching(/^[ -~]{1,60}$/);
    const value = fc.stringMatching(/^[!-~]{1,20}$/);
    const other = (value: string, at: number) => {
      const index = at % value.length;
      return value.slice(0, index) + (value[index] === "q" ? "r" : "q") + value.slice(index + 1);
    };
    type Case = { key: string; body: string; meta: string; at: number; skew: number };
    type Change = (c: Case) => { call: Partial<Call>; by?: Keys };
    const alter = (change: NonNullable<Call["alter"]>): ReturnType<Change> => ({ call: { alter: change } });
    const changes: [string, Change][] = [
      ["XAmzContentSHA256Mismatch", ({ body, at }) => alter((r) => Object.assign(r, { body: other(body, at) }))],
      ["SignatureDoesNotMatch", ({ meta, at }) => alter((r) => r.headers.set("x-amz-meta-a", other(meta, at)))],
      ["AccessDenied", ({ meta }) => alter((r) => r.headers.set("x-amz-meta-b", meta))],
      ["SignatureDoesNotMatch", ({ key, at }) => alter((r) => Object.assign(r.url, { pathname: `/s3/slipway/${other(key, at)}` }))],
      ["SignatureDoesNotMatch", ({ meta }) => alter((r) => r.url.searchParams.set("x-id", meta))],
      ["SignatureDoesNotMatch", ({ body, at }) => alter((r) => r.headers.set("x-amz-content-sha256", sha256(other(body, at))))],
      ["SignatureDoesNotMatch", ({ at }) => ({ call: {}, by: { ...keys, secret: other(keys.secret, at) } })],
      ["InvalidAccessKeyId", ({ at }) => ({ call: {}, by: { ...keys, id: `SLW${other(keys.id.slice(3), at)}` } })],
      ["RequestTimeTooSkewed", ({ skew }) => ({ call: { at: Date.now() + Math.sign(skew) * 15.1 * MINUTE + skew } })],
    ];
    const given = fc.record({
      key: name,
      body: text,
      meta: value,
      at: fc.nat(),
      skew: fc.integer({ min: -9e8, max: 9e8 }).filter((s) => s !== 0),
    });
    await fc.assert(
      fc.asyncProperty(given, fc.constantFrom(...changes), async (c, [code, change]) => {
        const { call, by = keys } = change(c);
        const put: Call = { method: "PUT", path: `/slipway/${c.key}`, body: c.body, headers: { "x-amz-meta-a": c.meta } };
        const answer = await s3(by, { ...put, ...call });
        expect([answer.code, answer.status >= 400 && answer.status < 500]).toEqual([code, true]);
      }),
      { numRuns: 300 },
    );
    expect(await keysBelow(`tenants/${me.workspaceId}/`)).toEqual([]);
  });

  it("is kept below its tenant, or refused", async () => {
    const { me, keys } = await storageTenant();
    const other = await storageTenant();
    await s3(other.keys, { method: "PUT", path: "/slipway/own", body: "other" });
    const piece = fc.constantFrom(
      "..",
      ".",
      "a",
      "/",
      "%2F",
      "%2e%2e",
      "tenants",
      other.me.workspaceId,
      "files",
      "own",
      "%00",
      "%25",
      "%ff",
      "?",
      "ü",
      "\\",
    );
    const path = fc.array(piece, { minLength: 1, maxLength: 8 }).map((pieces) => `/${pieces.join("")}`);
    await fc.assert(
      fc.asyncProperty(path, fc.constantFrom("PUT", "GET", "DELETE", "HEAD"), async (suffix, method) => {
        const encoded = suffix.replace(/[^\x21-\x7e]/g, (c) => encode(c));
        const call: Call = { method, path: `/slipway${encoded}`, ...(method === "PUT" ? { body: "mine" } : {}) };
        const answer = await s3(keys, call);
        expect(answer.status).toBeLessThan(500);
        expect(answer.text).not.toBe("other");
      }),
      { numRuns: 150 },
    );
    expect((await s3(other.keys, { path: "/slipway/own" })).text).toBe("other");
    expect(await keysBelow(`tenants/${other.me.workspaceId}/`)).toHaveLength(1);
    expect((await keysBelow("")).filter((key) => !/^tenants\/[0-9a-f-]{36}\/(files|bodies)\//.test(key))).toEqual([]);
    expect((await keysBelow(`tenants/${me.workspaceId}/files/`)).every((key) => !key.split("/").includes(".."))).toBe(true);
  });

  it("with any part of its signature changed is refused", async () => {
    const { keys } = await storageTenant();
    await s3(keys, { method: "PUT", path: "/slipway/k", body: "data" });
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 33, max: 126 }), async (position, code) => {
        const { request } = sign(keys, { path: "/slipway/k" });
        const text = request.headers.get("authorization") ?? "";
        const at = position % text.length;
        const spoiled = text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
        fc.pre(spoiled !== text && text[at] !== " ");
        const answer = await sendS3(
          new Request(request.url, { headers: { ...Object.fromEntries(request.headers), authorization: spoiled } }),
        );
        expect([400, 403]).toContain(answer.status);
        expect(answer.text).not.toContain("data<");
      }),
      { numRuns: 200 },
    );
  });
});
