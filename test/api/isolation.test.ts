import { env } from "cloudflare:test";
import { getTableConfig, type SQLiteTable } from "drizzle-orm/sqlite-core";
import { beforeAll, describe, expect, it } from "vitest";
import * as tables from "../../src/store/tables.ts";
import { type Client, newTenant, send } from "./tenant.ts";
import { bodyOf, operations, pathOf, populate, type World } from "./world.ts";

/**
 * The fourth wall, generated from the OpenAPI document: every operation, called as tenant B with tenant A's ids and names,
 * finds nothing and changes nothing of A.
 */
const OWN_TABLES = Object.values(tables)
  .map((table) => getTableConfig(table as SQLiteTable))
  .filter(({ columns }) => columns.some(({ name }) => name === "tenant_id"))
  .map(({ name }) => name);

/** Every row of a tenant, table by table. */
async function rowsOf(tenantId: string): Promise<string> {
  const results = await env.DB_0.batch(
    OWN_TABLES.map((name) => env.DB_0.prepare(`SELECT * FROM ${name} WHERE tenant_id = ?1`).bind(tenantId)),
  );
  return JSON.stringify(results.map(({ results: rows }, index) => [OWN_TABLES[index], rows]));
}

describe("tenants", () => {
  let a: Client;
  let b: Client;
  let world: World;

  beforeAll(async () => {
    a = await newTenant();
    b = await newTenant();
    world = await populate(a);
  });

  const named = operations.filter(
    ({ path }) => path.startsWith("/api/") && path.includes("{") && !path.includes("{view}") && !path.includes("{countable}"),
  );

  it("covers the API", () => expect(named.length).toBeGreaterThan(60));

  it.each(named.map((operation) => [operation.name, operation] as const))("%s finds nothing of another tenant's", async (_, operation) => {
    const before = await rowsOf(a.workspaceId);
    const path = pathOf(world, operation);
    expect(path).not.toContain("unknown");
    const answer = await b.call(operation.method, path, bodyOf(world, operation));
    expect(JSON.stringify(answer.body)).not.toContain("top-secret");
    // A few routes answer an unknown id with an empty list or nothing, as the real server does.
    const quiet =
      /\/schedule$|\/input\/filter$|\/tag\/\{tag\}\/reset$|block_documents$/.test(operation.path) && [200, 404].includes(answer.status);
    if (!quiet) expect(answer.status).toBe(404);
    else if (answer.body !== null) expect(JSON.stringify(answer.body)).not.toContain("secret-doc");
    expect(await rowsOf(a.workspaceId)).toBe(before);
  });

  const lists = operations.filter(({ path }) => /\/(filter|count|history|lateness)$/.test(path) && !path.includes("{"));

  it.each(lists.map((operation) => [operation.name, operation] as const))("%s lists nothing of another tenant's", async (_, operation) => {
    const answer = await b.call(operation.method, pathOf(world, operation), bodyOf(world, operation));
    expect(JSON.stringify(answer.body)).not.toMatch(
      /secret-(flow|pool|queue|kind|doc|deployment|task|artifact|tag|limit|search)|secret_variable|top-secret/,
    );
  });

  it("cannot point into another tenant's objects", async () => {
    const { ids } = world;
    const flow = await b.must("POST", "/flows/", { name: "f" });
    const before = await rowsOf(a.workspaceId);
    for (const [path, body] of [
      ["/flow_runs/", { flow_id: ids.flows }],
      ["/deployments/", { name: "d", flow_id: ids.flows }],
      ["/deployments/", { name: "d", flow_id: flow.id, storage_document_id: ids.block_documents }],
      ["/deployments/", { name: "d", flow_id: flow.id, work_pool_name: "secret-pool" }],
      ["/task_runs/", { flow_run_id: ids.flow_runs, task_key: "t", dynamic_key: "0" }],
      ["/block_documents/", { name: "d", block_schema_id: ids.block_schemas, block_type_id: ids.block_types }],
      ["/block_schemas/", { fields: {}, block_type_id: ids.block_types }],
    ] as const) {
      const answer = await b.post(path, body);
      expect([path, answer.status >= 400 && answer.status < 500]).toEqual([path, true]);
    }
    expect(await rowsOf(a.workspaceId)).toBe(before);
  });

  it("learn nothing without a key or with a wrong one", async () => {
    for (const operation of operations) {
      const { method, path } = operation;
      if (["/signup", "/signin", "/signout", "/close-account", "/api/health", "/api/version", "/api/openapi.json"].includes(path)) continue;
      for (const authorization of [undefined, "Bearer wrong", "Basic YTpi"]) {
        const answer = await send(
          new Request(`http://slipway.test/api${pathOf(world, operation)}`, {
            method,
            headers: authorization ? { authorization } : {},
          }),
        );
        expect([method, path, answer.status]).toEqual([method, path, 401]);
        expect(Object.keys(answer.body)).toEqual(["detail"]);
      }
    }
  });
});
