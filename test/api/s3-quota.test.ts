import { createExecutionContext, env, waitOnExecutionContext } from "cloudflare:test";
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import worker from "../../src/index.ts";
import { type Call, elements, type Keys, sign, storageTenant } from "./s3-client.ts";
import { watchedEnv } from "./statements.ts";

const LIMITS = { STORAGE_BYTES: "100", STORAGE_OBJECTS: "4", STORAGE_OBJECT_BYTES: "60" };

/** A call to a service with small limits. */
async function small(keys: Keys, call: Call, limits: Record<string, string> = LIMITS) {
  const execution = createExecutionContext();
  const response = await worker.fetch(sign(keys, call).request as never, { ...watchedEnv, ...limits }, execution);
  const text = await response.text();
  await waitOnExecutionContext(execution);
  return { status: response.status, text, code: elements(text, "Code")[0] };
}

const put = (keys: Keys, key: string, size: number, headers: Record<string, string> = {}) =>
  small(keys, { method: "PUT", path: `/slipway/${key}`, body: "x".repeat(size), headers });

/** Bytes and objects that the tenant is said to have, and those that R2 has. */
async function usage(workspaceId: string): Promise<[number, number][]> {
  const row = await env.DB_0.prepare("SELECT bytes, objects FROM storage_usage WHERE tenant_id = ?1")
    .bind(workspaceId)
    .first<{ bytes: number; objects: number }>();
  const { objects } = await env.STORAGE.list({ prefix: `tenants/${workspaceId}/files/` });
  return [
    [row?.bytes ?? 0, row?.objects ?? 0],
    [objects.reduce((sum, { size }) => sum + size, 0), objects.length],
  ];
}

async function expectExact(workspaceId: string, bytes: number, objects: number): Promise<void> {
  expect(await usage(workspaceId)).toEqual([
    [bytes, objects],
    [bytes, objects],
  ]);
}

const tick = () => worker.scheduled({ scheduledTime: Date.now(), cron: "* * * * *", noRetry: () => undefined }, watchedEnv as never);

describe("the limits of a tenant's files", () => {
  it("hold for bytes, objects and the size of one, and follow what is overwritten, copied and deleted", async () => {
    const { me, keys } = await storageTenant();
    expect(await put(keys, "a", 61)).toMatchObject({ status: 400, code: "EntityTooLarge" });
    expect((await put(keys, "a", 50)).status).toBe(200);
    expect((await put(keys, "b", 40)).status).toBe(200);
    expect(await put(keys, "c", 11)).toMatchObject({ status: 403, code: "QuotaExceeded" });
    await expectExact(me.workspaceId, 90, 2);
    expect((await put(keys, "b", 5)).status).toBe(200);
    await expectExact(me.workspaceId, 55, 2);
    const copy = (to: string) => small(keys, { method: "PUT", path: `/slipway/${to}`, headers: { "x-amz-copy-source": "slipway/b" } });
    expect([(await copy("c")).status, (await copy("d")).status]).toEqual([200, 200]);
    await expectExact(me.workspaceId, 65, 4);
    expect(await copy("e")).toMatchObject({ status: 403, code: "QuotaExceeded" });
    expect(await put(keys, "e", 0)).toMatchObject({ status: 403, code: "QuotaExceeded" });
    expect(await put(keys, "a", 1, { "if-none-match": "*" })).toMatchObject({ code: "QuotaExceeded" });
    expect((await small(keys, { method: "DELETE", path: "/slipway/a" })).status).toBe(204);
    expect((await small(keys, { method: "DELETE", path: "/slipway/a" })).status).toBe(204);
    await expectExact(me.workspaceId, 15, 3);
    expect(await put(keys, "b", 1, { "if-none-match": "*" })).toMatchObject({ code: "PreconditionFailed" });
    expect(await put(keys, "b", 1, { "content-md5": "AAAAAAAAAAAAAAAAAAAAAA==" })).toMatchObject({ code: "BadDigest" });
    await expectExact(me.workspaceId, 15, 3);
    const body = `<Delete>${["d", "b", "none"].map((key) => `<Object><Key>${key}</Key></Object>`).join("")}</Delete>`;
    const md5 = createHash("md5").update(body).digest("base64");
    const removed = await small(keys, { method: "POST", path: "/slipway", query: { delete: "" }, body, headers: { "content-md5": md5 } });
    expect(removed.status).toBe(200);
    await expectExact(me.workspaceId, 5, 1);
  });

  it("hold for puts at the same time", async () => {
    const { me, keys } = await storageTenant();
    const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => put(keys, `k${index}`, 30)));
    expect(answers.map(({ code }) => code ?? "").sort()).toEqual(["", "", "", ...Array(9).fill("QuotaExceeded")]);
    await expectExact(me.workspaceId, 90, 3);
  });

  it("count the parts of an upload until it is completed or aborted", async () => {
    const { me, keys } = await storageTenant();
    const call = (method: string, query: Record<string, string>, body?: string) =>
      small(keys, { method, path: "/slipway/m", query, ...(body === undefined ? {} : { body }) });
    const begin = async () => elements((await call("POST", { uploads: "" })).text, "UploadId")[0] ?? "";
    const part = (uploadId: string, partNumber: string, size: number) => call("PUT", { partNumber, uploadId }, "x".repeat(size));
    const counted = async () => (await usage(me.workspaceId))[0];
    const uploadId = await begin();
    await part(uploadId, "1", 50);
    await part(uploadId, "1", 20);
    expect(await counted()).toEqual([20, 0]);
    await part(uploadId, "2", 50);
    expect(await part(uploadId, "3", 31)).toMatchObject({ status: 403, code: "QuotaExceeded" });
    expect(await counted()).toEqual([70, 0]);
    const etag = elements((await call("GET", { uploadId })).text, "ETag")[0];
    const document = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>`;
    expect((await call("POST", { uploadId }, document)).status).toBe(200);
    await expectExact(me.workspaceId, 20, 1);
    const second = await begin();
    await part(second, "1", 30);
    expect(await counted()).toEqual([50, 1]);
    expect((await call("DELETE", { uploadId: second })).status).toBe(204);
    await expectExact(me.workspaceId, 20, 1);
  });

  it("are held by a count anew, whatever was missed", async () => {
    const { me, keys } = await storageTenant();
    await put(keys, "a", 10);
    // What the service never heard of, more than one page of it.
    for (let index = 0; index < 1100; index += 1) await env.STORAGE.put(`tenants/${me.workspaceId}/files/n/${index}`, "xy");
    await env.DB_0.prepare(
      "UPDATE storage_usage SET bytes = 0, count_at = 0, reserved_bytes = 0, reserved_objects = 0 WHERE tenant_id = ?1",
    )
      .bind(me.workspaceId)
      .run();
    await tick();
    const row = await env.DB_0.prepare("SELECT bytes, objects, count_at FROM storage_usage WHERE tenant_id = ?1")
      .bind(me.workspaceId)
      .first();
    expect(row).toMatchObject({ bytes: 2210, objects: 1101 });
    expect(Number(row?.count_at)).toBeGreaterThan(Date.now() * 1000);
  });
});
