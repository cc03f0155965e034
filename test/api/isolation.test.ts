import { env } from "cloudflare:test";
import { getTableConfig, type SQLiteTable } from "drizzle-orm/sqlite-core";
import { beforeAll, describe, expect, it } from "vitest";
import document from "../../openapi/openapi.json";
import * as tables from "../../src/store/tables.ts";
import { type Body, type Client, newTenant, send } from "./tenant.ts";

/**
 * The fourth wall, generated from the OpenAPI document: every operation, called as tenant B with tenant A's ids and names,
 * finds nothing and changes nothing of A.
 */
interface Operation {
  method: string;
  path: string;
  hasBody: boolean;
}

const operations: Operation[] = Object.entries(document.paths as Record<string, Record<string, { requestBody?: unknown }>>).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([method, { requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      hasBody: requestBody !== undefined,
    })),
);

/** What A has, by the first part of a path. */
interface World {
  ids: Record<string, string>;
  names: Record<string, string>;
}

async function populate(a: Client): Promise<World> {
  const flow = await a.must("POST", "/flows/", { name: "secret-flow" });
  const pool = await a.must("POST", "/work_pools/", { name: "secret-pool", type: "process" });
  const queue = await a.must("POST", "/work_pools/secret-pool/queues", { name: "secret-queue" });
  await a.must("POST", "/work_pools/secret-pool/workers/heartbeat", { name: "secret-worker" });
  const type = await a.must("POST", "/block_types/", { name: "Secret Kind", slug: "secret-kind" });
  const fields = {
    title: "Secret Kind",
    type: "object",
    properties: { x: { type: "string" } },
    block_type_slug: "secret-kind",
    secret_fields: ["x"],
  };
  const schema = await a.must("POST", "/block_schemas/", { fields, block_type_id: type.id, capabilities: ["secret-capability"] });
  const block = await a.must("POST", "/block_documents/", {
    name: "secret-doc",
    data: { x: "top-secret" },
    block_schema_id: schema.id,
    block_type_id: type.id,
  });
  const deployment = await a.must("POST", "/deployments/", {
    name: "secret-deployment",
    flow_id: flow.id,
    work_pool_name: "secret-pool",
    work_queue_name: "secret-queue",
    storage_document_id: block.id,
    schedules: [{ schedule: { interval: 3600 }, active: true }],
  });
  const run = await a.must("POST", `/deployments/${deployment.id}/create_flow_run`, {});
  await a.must("POST", `/flow_runs/${run.id}/input`, { key: "secret-key", value: '"secret"' });
  const task = await a.must("POST", "/task_runs/", { flow_run_id: run.id, task_key: "secret-task", dynamic_key: "0" });
  await a.must("POST", "/logs/", [
    { name: "secret", level: 20, message: "secret", timestamp: "2030-01-01T00:00:00Z", flow_run_id: run.id },
  ]);
  const artifact = await a.must("POST", "/artifacts/", { key: "secret-artifact", data: "secret", flow_run_id: run.id });
  const variable = await a.must("POST", "/variables/", { name: "secret_variable", value: "secret" });
  const limit = await a.must("POST", "/concurrency_limits/", { tag: "secret-tag", concurrency_limit: 1 });
  const global = await a.must("POST", "/v2/concurrency_limits/", { name: "secret-limit", limit: 1 });
  const search = await a.must("PUT", "/saved_searches/", { name: "secret-search", filters: [] });
  const policy = await a.must("POST", "/flow_run_notification_policies/", { state_names: [], tags: [], block_document_id: block.id });
  return {
    ids: {
      flows: flow.id,
      flow_runs: run.id,
      task_runs: task.id,
      flow_run_states: run.state_id,
      task_run_states: task.state_id,
      deployments: deployment.id,
      schedule_id: deployment.schedules[0].id,
      work_queues: queue.id,
      work_pools: pool.id,
      block_types: type.id,
      block_schemas: schema.id,
      block_documents: block.id,
      artifacts: artifact.id,
      variables: variable.id,
      concurrency_limits: limit.id,
      v2: global.id,
      saved_searches: search.id,
      flow_run_notification_policies: policy.id,
      // Off by default: there are none, and none is found.
      automations: crypto.randomUUID(),
    },
    names: {
      flow_name: "secret-flow",
      deployment_name: "secret-deployment",
      work_pool_name: "secret-pool",
      slug: "secret-kind",
      block_document_name: "secret-doc",
      checksum: schema.checksum,
      tag: "secret-tag",
      id_or_name: "secret-limit",
      resource_id: "prefect.deployment.secret",
    },
  };
}

/** Names that stand for `{name}` and `{key}`, by the path they stand in. */
const NAMES: [RegExp, string][] = [
  [/^\/api\/flows\/name/, "secret-flow"],
  [/^\/api\/work_pools\/\{work_pool_name\}\/queues/, "secret-queue"],
  [/^\/api\/work_pools\/\{work_pool_name\}\/workers/, "secret-worker"],
  [/^\/api\/work_pools/, "secret-pool"],
  [/^\/api\/work_queues\/name/, "secret-queue"],
  [/^\/api\/variables/, "secret_variable"],
  [/^\/api\/artifacts/, "secret-artifact"],
  [/^\/api\/flow_runs/, "secret-key"],
];

function pathOf(world: World, path: string): string {
  const noun = path.split("/")[2] ?? "";
  return path.replace(/^\/api/, "").replace(/\{(\w+)\}/g, (_, name: string) => {
    if (name === "id") return world.ids[noun] ?? "unknown";
    if (name === "name" || name === "key") return NAMES.find(([pattern]) => pattern.test(path))?.[1] ?? "unknown";
    return world.names[name] ?? world.ids[name] ?? "unknown";
  });
}

/** A body that is valid for the operation, so that not its shape but what it names is refused. */
function bodyOf(world: World, { method, path }: Operation): Body {
  const { ids } = world;
  if (path.endsWith("/set_state")) return { state: { type: "RUNNING" }, force: true };
  if (path.endsWith("/input")) return { key: "k", value: "1" };
  if (path.endsWith("/input/filter")) return { prefix: "s" };
  if (path.endsWith("/queues")) return { name: "q" };
  if (path.endsWith("/heartbeat")) return { name: "w" };
  if (path.endsWith("/schedules")) return [{ schedule: { interval: 60 }, active: true }];
  if (path.endsWith("/get_scheduled_flow_runs") && path.includes("/deployments/")) return { deployment_ids: [ids.deployments] };
  if (path.includes("/v2/") && method === "PATCH") return { limit: 5 };
  return {};
}

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

  it.each(named.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
    "%s finds nothing of another tenant's",
    async (_, operation) => {
      const before = await rowsOf(a.workspaceId);
      const path = pathOf(world, operation.path);
      expect(path).not.toContain("unknown");
      const answer = await b.call(operation.method, path, operation.hasBody ? bodyOf(world, operation) : undefined);
      expect(JSON.stringify(answer.body)).not.toContain("top-secret");
      // A few routes answer an unknown id with an empty list or nothing, as the real server does.
      const quiet =
        /\/schedule$|\/input\/filter$|\/tag\/\{tag\}\/reset$|block_documents$/.test(operation.path) && [200, 404].includes(answer.status);
      if (!quiet) expect(answer.status).toBe(404);
      else if (answer.body !== null) expect(JSON.stringify(answer.body)).not.toContain("secret-doc");
      expect(await rowsOf(a.workspaceId)).toBe(before);
    },
  );

  const lists = operations.filter(({ path }) => /\/(filter|count|history|lateness)$/.test(path) && !path.includes("{"));

  it.each(lists.map((operation) => [`${operation.method} ${operation.path}`, operation] as const))(
    "%s lists nothing of another tenant's",
    async (_, { method, path }) => {
      const span = { history_start: "2020-01-01T00:00:00Z", history_end: "2040-01-01T00:00:00Z", history_interval_seconds: 86_400 * 365 };
      const body = path.endsWith("history") ? span : {};
      const answer = await b.call(method, path.replace(/^\/api/, ""), body);
      expect(JSON.stringify(answer.body)).not.toMatch(
        /secret-(flow|pool|queue|kind|doc|deployment|task|artifact|tag|limit|search)|secret_variable|top-secret/,
      );
    },
  );

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
    for (const { method, path } of operations) {
      if (["/signup", "/signin", "/signout", "/api/health", "/api/version", "/api/openapi.json"].includes(path)) continue;
      for (const authorization of [undefined, "Bearer wrong", "Basic YTpi"]) {
        const answer = await send(
          new Request(`http://slipway.test${pathOf(world, path).replace(/^/, "/api")}`, {
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
