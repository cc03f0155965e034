import { env, runInDurableObject } from "cloudflare:test";
import { getTableConfig, type SQLiteTable } from "drizzle-orm/sqlite-core";
import { describe, expect, it } from "vitest";
import worker from "../../src/index.ts";
import { r2UploadId } from "../../src/storage/s3/upload-ids.ts";
import * as tables from "../../src/store/tables.ts";
import { queueObject } from "./queue-world.ts";
import { elements, newKeys, s3 } from "./s3-client.ts";
import { watchedEnv } from "./statements.ts";
import { type Answer, Client, newTenant, send } from "./tenant.ts";
import { populate } from "./world.ts";

const post = (path: string, body: object, headers: Record<string, string> = {}): Promise<Answer> =>
  send(
    new Request(`http://slipway.test${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    }),
  );

const OWN_TABLES = Object.values(tables)
  .map((table) => getTableConfig(table as SQLiteTable))
  .filter(({ columns }) => columns.some(({ name }) => name === "tenant_id"))
  .map(({ name }) => name);

async function rowsOf(tenantId: string): Promise<string[]> {
  const counts = await env.DB_0.batch<{ n: number }>(
    OWN_TABLES.map((name) => env.DB_0.prepare(`SELECT count(*) n FROM ${name} WHERE tenant_id = ?1`).bind(tenantId)),
  );
  return OWN_TABLES.filter((_, index) => (counts[index]?.results[0]?.n ?? 0) > 0);
}

/** The objects of a tenant's queues, one of them filled by a poll. */
async function keepingObjects(by: Client) {
  await by.must("POST", "/work_pools/secret-pool/get_scheduled_flow_runs", {});
  const { results } = await env.DB_0.prepare("SELECT id FROM work_queues WHERE tenant_id = ?1").bind(by.workspaceId).all<{ id: string }>();
  return results.map(({ id }) => queueObject(by, id));
}

/** The tables in their storages. */
async function tablesIn(objects: Awaited<ReturnType<typeof keepingObjects>>): Promise<string[]> {
  const lists = objects.map((object) =>
    runInDurableObject(object, (_, state) =>
      state.storage.sql
        .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_%' ESCAPE '\\'")
        .toArray()
        .map(({ name }) => name),
    ),
  );
  return (await Promise.all(lists)).flat();
}

const filesBelow = async (tenantId: string) => (await env.STORAGE.list({ prefix: `tenants/${tenantId}/` })).objects.length;
const tick = (at = Date.now()) => worker.scheduled({ scheduledTime: at, cron: "* * * * *", noRetry: () => undefined }, watchedEnv as never);

describe("an account that is closed", () => {
  it("ends at once, and takes its files and rows with it", async () => {
    const account = { email: `${crypto.randomUUID()}@example.com`, password: "correct horse" };
    const made = (await post("/signup", account)).body;
    const me = new Client(made.api_key, made.workspace.id);
    const other = await newTenant();
    await populate(me);
    await populate(other);
    const [mine, others] = [await keepingObjects(me), await keepingObjects(other)];
    expect(await tablesIn(mine)).not.toEqual([]);
    const keys = await newKeys(me);
    const othersKeys = await newKeys(other);
    for (const by of [keys, othersKeys]) await s3(by, { method: "PUT", path: "/slipway/k", body: "data" });
    const begun = await s3(keys, { method: "POST", path: "/slipway/m", query: { uploads: "" } });
    const uploadId = r2UploadId(elements(begun.text, "UploadId")[0] ?? "");
    const upload = env.STORAGE.resumeMultipartUpload(`tenants/${me.workspaceId}/files/m`, uploadId);
    await upload.uploadPart(1, "x");
    for (let index = 0; index < 1005; index += 1) await env.STORAGE.put(`tenants/${me.workspaceId}/bodies/${index}`, "x");

    expect((await post("/close-account", { ...account, password: "wrong" })).status).toBe(401);
    expect((await post("/close-account", account, { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await me.get("/hello")).status).toBe(200);
    expect((await post("/close-account", account)).status).toBe(204);
    expect((await me.get("/hello")).status).toBe(401);
    expect(await s3(keys, { path: "/slipway/k" })).toMatchObject({ status: 403, code: "InvalidAccessKeyId" });
    expect((await post("/signin", account)).status).toBe(401);
    expect((await post("/close-account", account)).status).toBe(401);

    const before = await rowsOf(other.workspaceId);
    await tick();
    expect([await rowsOf(me.workspaceId), await filesBelow(me.workspaceId)]).toEqual([[], 0]);
    expect(await rowsOf(other.workspaceId)).toEqual(before);
    await expect(upload.uploadPart(1, "x")).rejects.toThrow("10024");
    expect(await tablesIn(mine)).toEqual([]);
    expect(await tablesIn(others)).not.toEqual([]);
    expect((await s3(othersKeys, { path: "/slipway/k" })).text).toBe("data");

    // What came after all goes a day later, and then nothing is remembered.
    await env.STORAGE.put(`tenants/${me.workspaceId}/files/late`, "x");
    const remembered = () => env.DB_0.prepare("SELECT id FROM deleted_workspaces WHERE id = ?1").bind(me.workspaceId).first();
    await tick();
    expect([await filesBelow(me.workspaceId), (await remembered()) !== null]).toEqual([1, true]);
    await tick(Date.now() + 86_400_000);
    expect([await filesBelow(me.workspaceId), await remembered()]).toEqual([0, null]);

    const again = (await post("/signup", account)).body;
    expect(again.workspace.id).not.toBe(me.workspaceId);
    expect(elements((await s3(await newKeys(new Client(again.api_key, again.workspace.id)), { path: "/slipway" })).text, "Key")).toEqual(
      [],
    );
  });
});
