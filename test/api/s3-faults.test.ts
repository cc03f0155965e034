import { env } from "cloudflare:test";
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { r2UploadId } from "../../src/storage/s3/upload-ids.ts";
import { during, type Fault } from "./faults.ts";
import { type Call, elements, type Keys, s3, storageTenant } from "./s3-client.ts";

type Method = keyof R2Bucket | keyof R2MultipartUpload;
type Kind = Fault["kind"];

/** R2 with a fault of one method: it fails before it has an effect, or has it and its answer is lost. */
function faulty(method: Method, kind: Kind): R2Bucket {
  const wrap = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(_, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        return (...values: unknown[]) => {
          if (name === method && kind === "before") return Promise.reject(new Error("internal error (10001)"));
          const result: unknown = value.apply(target, values);
          if (name === method) return Promise.resolve(result).then(() => Promise.reject(new Error("internal error (10001)")));
          if (name === "resumeMultipartUpload") return wrap(result as object);
          return result;
        };
      },
    });
  return wrap(env.STORAGE);
}

const KINDS: Kind[] = ["before", "after"];
const PART = "x".repeat(5 * 1024 * 1024);

const begin = async (keys: Keys) =>
  elements((await s3(keys, { method: "POST", path: "/slipway/m", query: { uploads: "" } })).text, "UploadId")[0] ?? "";
const part = (uploadId: string): Call => ({ method: "PUT", path: "/slipway/m", query: { partNumber: "1", uploadId }, body: PART });
const complete = (uploadId: string, etag: string | null): Call => ({
  method: "POST",
  path: "/slipway/m",
  query: { uploadId },
  body: `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>`,
});
const abort = (uploadId: string): Call => ({ method: "DELETE", path: "/slipway/m", query: { uploadId } });
const uploadsOf = async (keys: Keys) => elements((await s3(keys, { path: "/slipway", query: { uploads: "" } })).text, "UploadId");
const namesOf = async (keys: Keys) => elements((await s3(keys, { path: "/slipway", query: { "list-type": "2" } })).text, "Key");

/** The call is answered as a failure that clients try again, with nothing of R2's own words. */
async function expectFailure(keys: Keys, call: Call, method: Method, kind: Kind): Promise<void> {
  const answer = await s3(keys, call, faulty(method, kind));
  const { status, code, headers } = answer;
  if (call.method === "HEAD") expect([method, kind, status]).toEqual([method, kind, 503]);
  else expect([method, kind, status, code, headers.get("retry-after")]).toEqual([method, kind, 503, "SlowDown", "1"]);
  expect(headers.get("x-amz-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  if (call.method !== "HEAD") expect(elements(answer.text, "RequestId")).toEqual([headers.get("x-amz-request-id")]);
  expect(answer.text).not.toContain("10001");
}

describe("R2 out of order", () => {
  it.each(KINDS)("%s the effect is told of as a failure, and the same call then succeeds", async (kind) => {
    const { keys } = await storageTenant();
    await s3(keys, { method: "PUT", path: "/slipway/k", body: "data" });
    const remove = "<Delete><Object><Key>new</Key></Object><Object><Key>copy</Key></Object></Delete>";
    const calls: [Call, Method][] = [
      [{ path: "/slipway/k" }, "get"],
      [{ path: "/slipway/k", headers: { range: "bytes=0-1" } }, "get"],
      [{ method: "HEAD", path: "/slipway/k" }, "head"],
      [{ path: "/slipway" }, "list"],
      [{ path: "/slipway", query: { "list-type": "2" } }, "list"],
      [{ method: "PUT", path: "/slipway/new", body: "data" }, "put"],
      [{ method: "PUT", path: "/slipway/copy", headers: { "x-amz-copy-source": "slipway/k" } }, "put"],
      [{ method: "PUT", path: "/slipway/copy", headers: { "x-amz-copy-source": "slipway/k" } }, "get"],
      [{ method: "POST", path: "/slipway", query: { delete: "" }, body: remove, headers: { "content-md5": md5(remove) } }, "delete"],
      [{ method: "DELETE", path: "/slipway/k" }, "delete"],
    ];
    for (const [call, method] of calls) {
      const before = await namesOf(keys);
      await expectFailure(keys, call, method, kind);
      if (kind === "before") expect(await namesOf(keys)).toEqual(before);
      const again = await s3(keys, call);
      expect([method, again.status]).toEqual([method, method === "delete" ? (call.body ? 200 : 204) : call.headers?.range ? 206 : 200]);
    }
    expect(await namesOf(keys)).toEqual([]);
  });

  it.each(KINDS)("%s the effect on an upload leaves one that goes on, or none", async (kind) => {
    const { keys } = await storageTenant();
    await expectFailure(keys, { method: "POST", path: "/slipway/m", query: { uploads: "" } }, "createMultipartUpload", kind);
    expect(await uploadsOf(keys)).toEqual([]);
    const uploadId = await begin(keys);
    await expectFailure(keys, part(uploadId), "uploadPart", kind);
    expect(elements((await s3(keys, { path: "/slipway/m", query: { uploadId } })).text, "PartNumber")).toEqual([]);
    const etag = (await s3(keys, part(uploadId))).headers.get("etag");
    await expectFailure(keys, complete(uploadId, etag), "complete", kind);
    expect(await uploadsOf(keys)).toEqual([uploadId]);
    expect((await s3(keys, complete(uploadId, etag))).status).toBe(200);
    expect([await uploadsOf(keys), await namesOf(keys)]).toEqual([[], ["m"]]);
    const second = await begin(keys);
    await expectFailure(keys, abort(second), "abort", kind);
    expect((await s3(keys, abort(second))).status).toBe(204);
    expect(await uploadsOf(keys)).toEqual([]);
  });

  it("forgets an upload that R2 has ended, whatever is done with it", async () => {
    const { me, keys } = await storageTenant();
    const ended = async () => {
      const uploadId = await begin(keys);
      const etag = (await s3(keys, part(uploadId))).headers.get("etag");
      await env.STORAGE.resumeMultipartUpload(`tenants/${me.workspaceId}/files/m`, r2UploadId(uploadId)).abort();
      return { uploadId, etag };
    };
    const one = await ended();
    expect(await s3(keys, part(one.uploadId))).toMatchObject({ status: 404, code: "NoSuchUpload" });
    const two = await ended();
    expect(await s3(keys, complete(two.uploadId, two.etag))).toMatchObject({ status: 404, code: "NoSuchUpload" });
    const three = await ended();
    expect((await s3(keys, abort(three.uploadId))).status).toBe(204);
    expect(await uploadsOf(keys)).toEqual([]);
  });
});

describe("the database out of order", () => {
  const faults = [0, 1, 2, 3, 4].flatMap((skip) => KINDS.map((kind): Fault => ({ skip, kind })));

  it.each(faults)("in a step of an upload leaves one that can be completed: %o", async (fault) => {
    const { keys } = await storageTenant();
    // The key is known from here on.
    await namesOf(keys);
    const retried = async (call: Call) => {
      const first = await during(fault, () => s3(keys, call));
      if (first && first.status < 400) return first;
      expect([first?.status, first?.code]).toEqual([503, "SlowDown"]);
      return s3(keys, call);
    };
    const uploadId = elements((await retried({ method: "POST", path: "/slipway/m", query: { uploads: "" } })).text, "UploadId")[0] ?? "";
    const etag = (await retried(part(uploadId))).headers.get("etag");
    const completed = await retried(complete(uploadId, etag));
    expect(completed.status).toBe(200);
    expect(await namesOf(keys)).toEqual(["m"]);
    for (const listed of await uploadsOf(keys)) expect((await s3(keys, abort(listed ?? ""))).status).toBe(204);
    expect(await uploadsOf(keys)).toEqual([]);
  });
});

function md5(text: string): string {
  return createHash("md5").update(text).digest("base64");
}
