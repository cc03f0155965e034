import { env } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { elements, encode, type Keys, newKeys, type S3Answer, s3, sha256, storageTenant } from "./s3-client.ts";

const put = (keys: Keys, key: string, body: string, headers: Record<string, string> = {}): Promise<S3Answer> =>
  s3(keys, { method: "PUT", path: `/slipway/${key.split("/").map(encode).join("/")}`, body, headers });
const get = (keys: Keys, key: string, headers: Record<string, string> = {}, query: Record<string, string> = {}) =>
  s3(keys, { path: `/slipway/${key.split("/").map(encode).join("/")}`, headers, query });
const list = (keys: Keys, query: Record<string, string>) => s3(keys, { path: "/slipway", query: { "list-type": "2", ...query } });

describe("objects", () => {
  it("come back as they were put, below the tenant's own prefix", async () => {
    const { me, keys } = await storageTenant();
    const name = "a b/ü+&%25/c~'()*!.txt";
    const headers = {
      "content-type": "text/x",
      "x-amz-meta-color": "red",
      "cache-control": "no-store",
      "content-encoding": "aws-chunked,gzip",
    };
    const made = await put(keys, name, "hello", headers);
    expect([made.status, made.headers.get("etag")]).toEqual([200, '"5d41402abc4b2a76b9719d911017c592"']);
    expect(await env.STORAGE.head(`tenants/${me.workspaceId}/files/${name}`)).not.toBeNull();
    const read = await get(keys, name, {}, { "response-cache-control": "max-age=1" });
    expect(read.text).toBe("hello");
    expect(
      ["content-type", "x-amz-meta-color", "cache-control", "content-encoding", "content-length"].map((h) => read.headers.get(h)),
    ).toEqual(["text/x", "red", "max-age=1", "gzip", "5"]);
    const head = await s3(keys, { method: "HEAD", path: `/slipway/${name.split("/").map(encode).join("/")}` });
    expect([head.status, head.text, head.headers.get("content-length")]).toEqual([200, "", "5"]);
    expect((await s3(keys, { method: "DELETE", path: `/slipway/${name.split("/").map(encode).join("/")}` })).status).toBe(204);
    expect(await get(keys, name)).toMatchObject({ status: 404, code: "NoSuchKey" });
  });

  it("are read by range and under conditions", async () => {
    const { keys } = await storageTenant();
    const etag = (await put(keys, "r", "0123456789")).headers.get("etag") ?? "";
    const range = async (value: string) => {
      const { status, text, headers } = await get(keys, "r", { range: value });
      return [status, status === 206 ? text : "", headers.get("content-range")];
    };
    expect(await range("bytes=2-4")).toEqual([206, "234", "bytes 2-4/10"]);
    expect(await range("bytes=7-")).toEqual([206, "789", "bytes 7-9/10"]);
    expect(await range("bytes=-3")).toEqual([206, "789", "bytes 7-9/10"]);
    expect(await range("bytes=-30")).toEqual([206, "0123456789", "bytes 0-9/10"]);
    expect(await range("bytes=8-99")).toEqual([206, "89", "bytes 8-9/10"]);
    expect(await range("bytes=10-")).toEqual([416, "", "bytes */10"]);
    expect((await range("bytes=4-2"))[0]).toBe(200);
    const past = "Wed, 01 Jan 2020 00:00:00 GMT";
    const future = "Fri, 01 Jan 2100 00:00:00 GMT";
    const status = async (headers: Record<string, string>) => (await get(keys, "r", headers)).status;
    expect(await status({ "if-match": etag })).toBe(200);
    expect(await status({ "if-match": '"x"' })).toBe(412);
    expect(await status({ "if-none-match": etag })).toBe(304);
    expect(await status({ "if-none-match": '"x"' })).toBe(200);
    expect(await status({ "if-modified-since": future })).toBe(304);
    expect(await status({ "if-modified-since": past })).toBe(200);
    expect(await status({ "if-unmodified-since": past })).toBe(412);
    expect(await status({ "if-match": etag, "if-unmodified-since": past })).toBe(200);
    expect(await put(keys, "r", "x", { "if-none-match": "*" })).toMatchObject({ code: "PreconditionFailed" });
    expect(await put(keys, "r", "x", { "if-match": '"x"' })).toMatchObject({ code: "PreconditionFailed" });
    expect((await put(keys, "r", "y", { "if-match": etag })).status).toBe(200);
    expect((await put(keys, "new", "y", { "if-none-match": "*" })).status).toBe(200);
    expect(await get(keys, "r", {}, { partNumber: "2" })).toMatchObject({ status: 416, code: "InvalidPartNumber" });
    expect((await get(keys, "r", {}, { partNumber: "1" })).text).toBe("y");
  });

  it("are put, copied and deleted under conditions", async () => {
    const { keys } = await storageTenant();
    const etag = (await put(keys, "r", "one")).headers.get("etag") ?? "";
    expect(await put(keys, "none", "x", { "if-match": "*" })).toMatchObject({ status: 404, code: "NoSuchKey" });
    expect(await put(keys, "r", "x", { "if-none-match": etag })).toMatchObject({ status: 412, code: "PreconditionFailed" });
    expect((await put(keys, "r", "one", { "if-none-match": '"x"' })).status).toBe(200);
    const copy = async (to: string, headers: Record<string, string>) =>
      (await s3(keys, { method: "PUT", path: `/slipway/${to}`, headers: { "x-amz-copy-source": "slipway/r", ...headers } })).status;
    expect(await copy("to", { "if-match": "*" })).toBe(404);
    expect(await copy("to", { "if-none-match": "*" })).toBe(200);
    expect(await copy("to", { "if-none-match": "*" })).toBe(412);
    const remove = async (headers: Record<string, string>) => (await s3(keys, { method: "DELETE", path: "/slipway/r", headers })).status;
    expect(await remove({ "if-match": '"x"' })).toBe(412);
    expect(await remove({ "if-match": etag, "x-amz-if-match-size": "4" })).toBe(412);
    expect(await remove({ "x-amz-if-match-last-modified-time": "Wed, 01 Jan 2020 00:00:00 GMT" })).toBe(412);
    const modified = (await get(keys, "r")).headers.get("last-modified") ?? "";
    expect(await remove({ "if-match": etag, "x-amz-if-match-size": "3", "x-amz-if-match-last-modified-time": modified })).toBe(204);
    // The same call once more.
    expect(await remove({ "if-match": etag })).toBe(204);
    const body = `<Delete>${[`<Key>to</Key><ETag>x</ETag>`, "<Key>none</Key><Size>1</Size>"].map((each) => `<Object>${each}</Object>`).join("")}</Delete>`;
    const headers = { "x-amz-checksum-sha256": Buffer.from(sha256(body), "hex").toString("base64") };
    const answer = await s3(keys, { method: "POST", path: "/slipway", query: { delete: "" }, body, headers });
    expect([elements(answer.text, "Key"), answer.code]).toEqual([["none", "to"], "PreconditionFailed"]);
    expect((await get(keys, "to")).text).toBe("one");
  });

  it("are copied, deleted by the list, and refuse a document that is none", async () => {
    const { keys } = await storageTenant();
    await put(keys, "from", "data", { "x-amz-meta-a": "1" });
    const copy = (to: string, headers: Record<string, string> = {}) =>
      s3(keys, { method: "PUT", path: `/slipway/${to}`, headers: { "x-amz-copy-source": "slipway/from", ...headers } });
    expect((await copy("to")).status).toBe(200);
    expect((await get(keys, "to")).headers.get("x-amz-meta-a")).toBe("1");
    expect(await copy("from")).toMatchObject({ code: "InvalidRequest" });
    expect((await copy("from", { "x-amz-metadata-directive": "REPLACE", "x-amz-meta-b": "2" })).status).toBe(200);
    expect((await get(keys, "from")).headers.get("x-amz-meta-b")).toBe("2");
    expect(await copy("to", { "x-amz-copy-source-if-match": '"x"' })).toMatchObject({ code: "PreconditionFailed" });
    expect(await copy("to", { "x-amz-copy-source": "other/from" })).toMatchObject({ code: "NoSuchBucket" });
    expect(await copy("to", { "x-amz-copy-source": "slipway/..%2Fx" })).toMatchObject({ code: "InvalidURI" });
    const remove = (
      body: string,
      headers: Record<string, string> = { "x-amz-checksum-sha256": Buffer.from(sha256(body), "hex").toString("base64") },
    ) => s3(keys, { method: "POST", path: "/slipway", query: { delete: "" }, body, headers });
    const answer = await remove(
      '<Delete xmlns="x"><Object><Key>to</Key></Object><Object><Key>../x</Key></Object><Object><Key>a&amp;b</Key></Object></Delete>',
    );
    expect(elements(answer.text, "Key")).toEqual(["to", "a&amp;b", "../x"]);
    expect(answer.code).toBe("InvalidURI");
    expect((await get(keys, "to")).status).toBe(404);
    expect(await remove("<Delete><Object><Key>from</Key></Object>")).toMatchObject({ code: "MalformedXML" });
    expect(await remove("<!DOCTYPE x><Delete/>")).toMatchObject({ code: "MalformedXML" });
    expect(await remove("<Delete/>", {})).toMatchObject({ code: "InvalidRequest" });
    expect((await get(keys, "from")).status).toBe(200);
  });

  it("are listed by page, prefix and delimiter, in both versions", async () => {
    const { me, keys } = await storageTenant();
    const names = ["a", "b/1", "b/2", "b/3/x", "c d", "ü", "\u{1F600}"];
    for (const name of names) await put(keys, name, "x");
    expect(elements((await list(keys, {})).text, "Key")).toEqual(names);
    const pages: (string | undefined)[][] = [];
    let token: string | undefined = "";
    while (token !== undefined) {
      const { text } = await list(keys, { "max-keys": "2", delimiter: "/", ...(token ? { "continuation-token": token } : {}) });
      pages.push([...elements(text, "Key"), ...elements(text.replace(/<Prefix><\/Prefix>/, ""), "Prefix")]);
      expect(elements(text, "KeyCount")).toEqual([String(pages.at(-1)?.length)]);
      token = elements(text, "NextContinuationToken")[0];
    }
    expect(pages).toEqual([["a", "b/"], ["c d", "ü"], ["\u{1F600}"]]);
    const inside = (await list(keys, { prefix: "b/", delimiter: "/", "encoding-type": "url" })).text;
    expect([elements(inside, "Key"), elements(inside, "Prefix")]).toEqual([
      ["b/1", "b/2"],
      ["b/", "b/3/"],
    ]);
    expect(elements((await list(keys, { "start-after": "b/2" })).text, "Key")[0]).toBe("b/3/x");
    const first = (await s3(keys, { path: "/slipway", query: { delimiter: "/", "max-keys": "2" } })).text;
    expect(elements(first, "NextMarker")).toEqual(["b/"]);
    const second = (await s3(keys, { path: "/slipway", query: { delimiter: "/", marker: "b/" } })).text;
    expect(elements(second, "Key")).toEqual(["c d", "ü", "\u{1F600}"]);
    expect(elements((await list(keys, { "max-keys": "0" })).text, "IsTruncated")).toEqual(["false"]);
    expect((await list(keys, { "continuation-token": "" })).text).toContain("<ContinuationToken></ContinuationToken>");
    const owned = [await list(keys, { "fetch-owner": "true" }), await s3(keys, { path: "/slipway" }), await list(keys, {})];
    expect(owned.map(({ text }) => new Set(elements(text, "ID")))).toEqual([
      new Set([me.workspaceId]),
      new Set([me.workspaceId]),
      new Set(),
    ]);
    expect(await list(keys, { "continuation-token": "%%" })).toMatchObject({ code: "InvalidArgument" });
    expect(await list(keys, { "max-keys": "x" })).toMatchObject({ code: "InvalidArgument" });
  });
});

describe("uploads in parts", () => {
  const PART = "x".repeat(5 * 1024 * 1024);

  it("are listed, completed in order, and forgotten", async () => {
    const { keys } = await storageTenant();
    const call = (method: string, query: Record<string, string>, body?: string, headers: Record<string, string> = {}) =>
      s3(keys, { method, path: "/slipway/big", query, headers, ...(body === undefined ? {} : { body }) });
    const uploadId = elements((await call("POST", { uploads: "" })).text, "UploadId")[0] ?? "";
    const one = await call("PUT", { partNumber: "1", uploadId }, PART);
    const two = await call("PUT", { partNumber: "2", uploadId }, "end");
    const [a, b] = [one, two].map(({ headers }) => headers.get("etag"));
    expect(await call("PUT", { partNumber: "0", uploadId }, "x")).toMatchObject({ code: "InvalidArgument" });
    expect(await call("PUT", { partNumber: "1", uploadId: "none" }, "x")).toMatchObject({ code: "NoSuchUpload" });
    expect(elements((await call("GET", { uploadId, "max-parts": "1" })).text, "IsTruncated")).toEqual(["true"]);
    expect(elements((await call("GET", { uploadId })).text, "Size")).toEqual([String(PART.length), "3"]);
    expect(elements((await s3(keys, { path: "/slipway", query: { uploads: "" } })).text, "UploadId")).toEqual([uploadId]);
    const complete = (...parts: [number, string | null | undefined][]) =>
      call(
        "POST",
        { uploadId },
        `<CompleteMultipartUpload>${parts.map(([n, e]) => `<Part><PartNumber>${n}</PartNumber><ETag>${e}</ETag></Part>`).join("")}</CompleteMultipartUpload>`,
      );
    expect(await complete([2, b], [1, a])).toMatchObject({ code: "InvalidPartOrder" });
    expect(await complete([1, "wrong"])).toMatchObject({ code: "InvalidPart" });
    expect(await complete([1, a], [3, b])).toMatchObject({ code: "InvalidPart" });
    expect(await complete()).toMatchObject({ code: "MalformedXML" });
    expect((await get(keys, "big")).status).toBe(404);
    expect((await complete([1, a], [2, b])).status).toBe(200);
    expect((await get(keys, "big", { range: "bytes=-4" })).text).toBe("xend");
    expect(elements((await s3(keys, { path: "/slipway", query: { uploads: "" } })).text, "UploadId")).toEqual([]);
    expect(await call("PUT", { partNumber: "1", uploadId }, "x")).toMatchObject({ code: "NoSuchUpload" });
  });

  it("are completed once, however often they are told to", async () => {
    const { me, keys } = await storageTenant();
    const begin = async (key: string) =>
      elements(
        (await s3(keys, { method: "POST", path: `/slipway/${key}`, query: { uploads: "" }, headers: { "x-amz-meta-a": "1" } })).text,
        "UploadId",
      )[0] ?? "";
    const part = async (key: string, uploadId: string, body: string) =>
      (await s3(keys, { method: "PUT", path: `/slipway/${key}`, query: { partNumber: "1", uploadId }, body })).headers.get("etag");
    const complete = (key: string, uploadId: string, etag: string | null, headers: Record<string, string> = {}) =>
      s3(keys, {
        method: "POST",
        path: `/slipway/${key}`,
        query: { uploadId },
        headers,
        body: `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>`,
      });
    const counted = async () =>
      env.DB_0.prepare("SELECT bytes, objects FROM storage_usage WHERE tenant_id = ?1").bind(me.workspaceId).first();
    const uploadId = await begin("k");
    const etag = await part("k", uploadId, "data");
    const answers = await Promise.all([1, 2, 3].map(() => complete("k", uploadId, etag, { "if-none-match": "*" })));
    answers.push(await complete("k", uploadId, etag, { "if-none-match": "*" }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    // The upload's mark is seen by nobody, and not of a copy.
    await s3(keys, { method: "PUT", path: "/slipway/copy", headers: { "x-amz-copy-source": "slipway/k" } });
    for (const name of ["k", "copy"]) {
      const { headers } = await get(keys, name);
      expect([...headers.keys()].filter((each) => each.startsWith("x-amz-meta-"))).toEqual(["x-amz-meta-a"]);
    }
    expect(await complete("copy", uploadId, etag)).toMatchObject({ code: "NoSuchUpload" });
    await s3(keys, { method: "DELETE", path: "/slipway/copy" });
    expect(await counted()).toEqual({ bytes: 4, objects: 1 });
    const second = await begin("k");
    const other = await part("k", second, "other");
    expect(await complete("k", second, other, { "if-none-match": "*" })).toMatchObject({ status: 412, code: "PreconditionFailed" });
    expect(await complete("k", second, other, { "if-match": '"x"' })).toMatchObject({ status: 412 });
    expect((await complete("k", second, other, { "if-match": "*" })).status).toBe(200);
    // What the first upload made is no longer there.
    expect(await complete("k", uploadId, etag)).toMatchObject({ code: "NoSuchUpload" });
    expect((await get(keys, "k")).text).toBe("other");
    const third = await begin("none");
    expect(await complete("none", third, await part("none", third, "x"), { "if-match": "*" })).toMatchObject({ code: "NoSuchKey" });
  });

  it("are aborted, take copies as parts, and refuse small ones and another tenant", async () => {
    const { keys } = await storageTenant();
    const other = await storageTenant();
    await put(keys, "source", "0123456789");
    const uploadId = elements((await s3(keys, { method: "POST", path: "/slipway/m", query: { uploads: "" } })).text, "UploadId")[0] ?? "";
    const part = (by: Keys, partNumber: string, path = "/slipway/m") =>
      s3(by, {
        method: "PUT",
        path,
        query: { partNumber, uploadId },
        headers: { "x-amz-copy-source": "/slipway/source", "x-amz-copy-source-range": "bytes=2-4" },
      });
    const [a, b] = [await part(keys, "1"), await part(keys, "2")].map(({ text }) => elements(text, "ETag")[0]);
    expect(await part(other.keys, "1")).toMatchObject({ code: "NoSuchUpload" });
    expect(await part(keys, "1", "/slipway/other")).toMatchObject({ code: "NoSuchUpload" });
    for (const [range, code] of [
      ["bytes=8-10", "InvalidRange"],
      ["bytes=2-", "InvalidArgument"],
      ["2-4", "InvalidArgument"],
    ]) {
      const headers = { "x-amz-copy-source": "/slipway/source", "x-amz-copy-source-range": range ?? "" };
      expect(await s3(keys, { method: "PUT", path: "/slipway/m", query: { partNumber: "1", uploadId }, headers })).toMatchObject({ code });
    }
    const body = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${a}</ETag></Part><Part><PartNumber>2</PartNumber><ETag>${b}</ETag></Part></CompleteMultipartUpload>`;
    expect(await s3(keys, { method: "POST", path: "/slipway/m", query: { uploadId }, body })).toMatchObject({ code: "EntityTooSmall" });
    expect(await s3(other.keys, { method: "DELETE", path: "/slipway/m", query: { uploadId } })).toMatchObject({ code: "NoSuchUpload" });
    expect((await s3(keys, { method: "DELETE", path: "/slipway/m", query: { uploadId } })).status).toBe(204);
    expect(await s3(keys, { path: "/slipway/m", query: { uploadId } })).toMatchObject({ code: "NoSuchUpload" });
  });
});

describe("the bucket", () => {
  it("is one, and there already", async () => {
    const { keys } = await storageTenant();
    expect(elements((await s3(keys, { path: "/" })).text, "Name")).toEqual(["slipway"]);
    expect((await s3(keys, { method: "HEAD", path: "/slipway" })).status).toBe(200);
    expect((await s3(keys, { path: "/slipway", query: { location: "" } })).text).toContain("<LocationConstraint");
    expect(await s3(keys, { method: "PUT", path: "/slipway" })).toMatchObject({ status: 409, code: "BucketAlreadyOwnedByYou" });
    expect(await s3(keys, { path: "/other/x" })).toMatchObject({ status: 404, code: "NoSuchBucket" });
    expect(await s3(keys, { path: "/slipway/x", query: { acl: "" } })).toMatchObject({ status: 501, code: "NotImplemented" });
    for (const name of ["x-amz-server-side-encryption-customer-algorithm", "x-amz-object-lock-mode"])
      expect(await put(keys, "x", "secret", { [name]: "AES256" })).toMatchObject({ status: 501, code: "NotImplemented" });
    expect((await get(keys, "x")).status).toBe(404);
  });
});

describe("storage keys", () => {
  it("are bound to scope and prefix, rotate and end; their secrets are shown once", async () => {
    const { me, keys } = await storageTenant();
    await put(keys, "team/a", "1");
    await put(keys, "rest", "2");
    const reader = await newKeys(me, { scope: "read", prefix: "team/" });
    expect((await get(reader, "team/a")).text).toBe("1");
    expect(await get(reader, "rest")).toMatchObject({ status: 403, code: "AccessDenied" });
    expect(await list(reader, {})).toMatchObject({ code: "AccessDenied" });
    expect(elements((await list(reader, { prefix: "team/" })).text, "Key")).toEqual(["team/a"]);
    for (const method of ["PUT", "DELETE"])
      expect(await s3(reader, { method, path: "/slipway/team/a" })).toMatchObject({ code: "AccessDenied" });
    expect(await s3(reader, { method: "POST", path: "/slipway/team/b", query: { uploads: "" } })).toMatchObject({ code: "AccessDenied" });
    const writer = await newKeys(me, { prefix: "team/" });
    expect((await put(writer, "team/b", "3")).status).toBe(200);
    expect(await put(writer, "rest", "3")).toMatchObject({ code: "AccessDenied" });
    expect(await s3(writer, { method: "PUT", path: "/slipway/team/c", headers: { "x-amz-copy-source": "slipway/rest" } })).toMatchObject({
      code: "AccessDenied",
    });

    const listed = await me.get("/storage_keys/");
    expect(listed.body.map((key: { scope: string; prefix: string; version: number }) => [key.scope, key.prefix, key.version])).toEqual([
      ["readwrite", "", 1],
      ["read", "team/", 1],
      ["readwrite", "team/", 1],
    ]);
    expect(JSON.stringify(listed.body)).not.toContain(keys.secret);
    const rotated = await me.must("POST", `/storage_keys/${keys.id}/rotate`);
    expect(await get(keys, "rest")).toMatchObject({ code: "SignatureDoesNotMatch" });
    const fresh = { id: keys.id, secret: rotated.secret_access_key };
    expect((await get(fresh, "rest")).text).toBe("2");
    expect((await me.delete(`/storage_keys/${keys.id}`)).status).toBe(204);
    expect(await get(fresh, "rest")).toMatchObject({ status: 403, code: "InvalidAccessKeyId" });
    expect((await me.post(`/storage_keys/${keys.id}/rotate`)).status).toBe(409);
  });
});

describe("the default storage blocks", () => {
  it("are made when first asked for, with a key that works and a masked secret", async () => {
    const { me, keys } = await storageTenant();
    expect(await me.must("POST", "/block_documents/filter", {})).toEqual([]);
    const path = (slug: string) => `/block_types/slug/${slug}/block_documents/name/default`;
    expect((await me.get(path("gcs"))).status).toBe(404);
    const masked = await me.must("GET", path("remote-file-system"));
    expect(masked.data).toEqual({
      basepath: "s3://slipway/",
      settings: { key: expect.stringMatching(/^SLW/), secret: "********", client_kwargs: { endpoint_url: "http://slipway.test/s3" } },
    });
    const [remote, old] = await Promise.all(
      ["remote-file-system", "s3"].map((slug) => me.must("GET", `${path(slug)}?include_secrets=true`)),
    );
    expect(remote.id).toBe(masked.id);
    const own = { id: old.data.aws_access_key_id, secret: old.data.aws_secret_access_key };
    expect(remote.data.settings).toMatchObject({ key: own.id, secret: own.secret });
    await put(keys, "x", "1");
    expect((await get(own, "x")).text).toBe("1");
    expect((await me.must("GET", `/block_documents/${masked.id}`)).data.settings.secret).toBe("********");
    // What was read masked can be written back.
    await me.must("PATCH", `/block_documents/${masked.id}`, { data: { settings: masked.data.settings } });
    expect((await me.must("GET", `/block_documents/${masked.id}?include_secrets=true`)).data.settings.secret).toBe(own.secret);
    const { secret_access_key: secret } = await me.must("POST", `/storage_keys/${own.id}/rotate`);
    const renewed = await me.must("GET", `${path("remote-file-system")}?include_secrets=true`);
    expect(renewed.data.settings.secret).toBe(secret);
    expect((await me.must("GET", `${path("s3")}?include_secrets=true`)).data.aws_secret_access_key).toBe(secret);
  });
});
