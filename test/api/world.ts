import document from "../../openapi/openapi.json";
import type { Body, Client } from "./tenant.ts";

/** One operation of the OpenAPI document. `name` is how tables of the tests call it: `GET /flows/{id}`, the path below `/api`. */
export interface Operation {
  name: string;
  method: string;
  /** As in the document. */
  path: string;
  hasBody: boolean;
  tag: string | undefined;
  /** The statuses it is said to answer. */
  statuses: number[];
}

interface Described {
  requestBody?: unknown;
  tags?: string[];
  responses: Record<string, unknown>;
}

/** Every operation of the OpenAPI document. */
export const operations: Operation[] = Object.entries(document.paths as unknown as Record<string, Record<string, Described>>).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([method, { requestBody, tags, responses }]) => ({
      name: `${method.toUpperCase()} ${path.replace(/^\/api/, "")}`,
      method: method.toUpperCase(),
      path,
      hasBody: requestBody !== undefined,
      tag: tags?.[0],
      statuses: Object.keys(responses).map(Number),
    })),
);

/** What a populated tenant has: ids by the first part of a path or the parameter that takes them, and names by parameter. */
export interface World {
  ids: Record<string, string>;
  names: Record<string, string>;
}

/** Gives a fresh tenant one of everything, so that every operation has something to find. All its names hold "secret". */
export async function populate(a: Client): Promise<World> {
  const flow = await a.must("POST", "/flows/", { name: "secret-flow" });
  const pool = await a.must("POST", "/work_pools/", { name: "secret-pool", type: "process" });
  const queue = await a.must("POST", "/work_pools/secret-pool/queues", { name: "secret-queue" });
  await a.must("POST", "/work_queues/", { name: "secret-agent-queue" });
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
  const paused = await a.must("POST", "/flow_runs/", { flow_id: flow.id, deployment_id: deployment.id, state: { type: "RUNNING" } });
  await a.must("POST", `/flow_runs/${paused.id}/set_state`, {
    state: { type: "PAUSED", state_details: { pause_timeout: "2040-01-01T00:00:00Z" } },
  });
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
  const apiKey = await a.must("POST", "/api_keys/", { name: "secret-key" });
  const storageKey = await a.must("POST", "/storage_keys/", { name: "secret-storage-key" });
  const policy = await a.must("POST", "/flow_run_notification_policies/", {
    state_names: ["Secret"],
    tags: [],
    block_document_id: block.id,
  });
  return {
    ids: {
      flows: flow.id,
      flow_runs: run.id,
      paused_flow_run: paused.id,
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
      api_keys: apiKey.id,
      saved_searches: search.id,
      flow_run_notification_policies: policy.id,
      ...(await populateEvents(a)),
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
      access_key_id: storageKey.access_key_id,
      view: "aggregate-worker-metadata",
      countable: "event",
    },
  };
}

/** An automation and two pages of events, where they are kept; off by default: then there are none, and none is found. */
async function populateEvents(a: Client): Promise<Record<string, string>> {
  const made = await a.post("/automations/", automation("secret-automation"));
  if (made.status === 404) return { automations: crypto.randomUUID() };
  await a.must("POST", "/events", [event("secret.one"), event("secret.two")]);
  const page = await a.must("POST", "/events/filter", { limit: 1 });
  return { automations: made.body.id, page_token: new URL(page.next_page).searchParams.get("page-token") ?? "" };
}

const automation = (name: string) => ({
  name,
  trigger: { type: "event", posture: "Reactive", expect: ["never.comes"], threshold: 1, within: 0 },
  actions: [{ type: "do-nothing" }],
  owner_resource: "prefect.deployment.secret",
});

const event = (name: string) => ({
  occurred: new Date().toISOString(),
  event: name,
  resource: { "prefect.resource.id": "secret.resource" },
  id: crypto.randomUUID(),
});

/** Names that stand for `{name}` and `{key}`, by the path they stand in. */
const NAMES: [RegExp, string][] = [
  [/^\/api\/flows\/name/, "secret-flow"],
  [/^\/api\/work_pools\/\{work_pool_name\}\/queues/, "secret-queue"],
  [/^\/api\/work_pools\/\{work_pool_name\}\/workers/, "secret-worker"],
  [/^\/api\/work_pools/, "secret-pool"],
  [/^\/api\/work_queues\/name/, "secret-agent-queue"],
  [/^\/api\/variables/, "secret_variable"],
  [/^\/api\/artifacts/, "secret-artifact"],
  [/^\/api\/flow_runs/, "secret-key"],
];

/** What an operation requires in its query. */
const QUERIES: Record<string, (ids: World["ids"]) => string> = {
  "GET /flow_run_states/": (ids) => `flow_run_id=${ids.flow_runs}`,
  "GET /task_run_states/": (ids) => `task_run_id=${ids.task_runs}`,
  "GET /csrf-token": () => "client=secret",
  "GET /events/filter/next": (ids) => `page-token=${encodeURIComponent(ids.page_token ?? "")}`,
};

/** The path of an operation below `/api` that leads to what the world has; "unknown" stands in it for what it has not. */
export function pathOf(world: World, { name: operation, path }: Operation): string {
  const noun = path.split("/")[2] ?? "";
  const query = QUERIES[operation]?.(world.ids);
  const filled = path.replace(/^\/api/, "").replace(/\{(\w+)\}/g, (_, name: string) => {
    if (operation === "POST /flow_runs/{id}/resume") return world.ids.paused_flow_run ?? "unknown";
    if (name === "id") return world.ids[noun] ?? "unknown";
    if (name === "name" || name === "key") return NAMES.find(([pattern]) => pattern.test(path))?.[1] ?? "unknown";
    return world.names[name] ?? world.ids[name] ?? "unknown";
  });
  return query === undefined ? filled : `${filled}?${query}`;
}

const SPAN = { history_start: "2020-01-01T00:00:00Z", history_end: "2040-01-01T00:00:00Z", history_interval_seconds: 86_400 * 365 };

/** Bodies with which the operations succeed; those that are not here take an empty one. */
const BODIES: Record<string, (ids: World["ids"]) => Body> = {
  "POST /flows/": () => ({ name: "new-flow" }),
  "POST /api_keys/": () => ({ name: "new-key" }),
  "POST /storage_keys/": () => ({ name: "new-storage-key" }),
  "PATCH /flows/{id}": () => ({ tags: ["new"] }),
  "POST /deployments/": (ids) => ({
    name: "new-deployment",
    flow_id: ids.flows,
    work_pool_name: "secret-pool",
    work_queue_name: "new-deployment-queue",
    storage_document_id: ids.block_documents,
    schedules: [{ schedule: { interval: 3600 }, active: true }],
  }),
  "PATCH /deployments/{id}": () => ({ description: "new", work_pool_name: "secret-pool", work_queue_name: "new-update-queue" }),
  "POST /deployments/{id}/create_flow_run": () => ({ parameters: { x: 1 }, work_queue_name: "new-run-queue" }),
  "POST /deployments/{id}/schedules": () => [{ schedule: { interval: 60 }, active: true }],
  "PATCH /deployments/{id}/schedules/{schedule_id}": () => ({ active: true }),
  "POST /deployments/get_scheduled_flow_runs": (ids) => ({ deployment_ids: [ids.deployments] }),
  "POST /flow_runs/": (ids) => ({ flow_id: ids.flows, state: { type: "SCHEDULED" } }),
  "POST /flow_runs/history": () => SPAN,
  "POST /task_runs/history": () => SPAN,
  "PATCH /flow_runs/{id}": () => ({ name: "new", tags: ["new"] }),
  "POST /flow_runs/{id}/set_state": () => ({ state: { type: "RUNNING" }, force: true }),
  "POST /flow_runs/{id}/input": () => ({ key: "k", value: "1" }),
  "POST /flow_runs/{id}/input/filter": () => ({ prefix: "s" }),
  "POST /task_runs/": (ids) => ({ flow_run_id: ids.flow_runs, task_key: "new-task", dynamic_key: "0" }),
  "PATCH /task_runs/{id}": () => ({ name: "new" }),
  "POST /task_runs/{id}/set_state": () => ({ state: { type: "RUNNING" }, force: true }),
  "POST /work_pools/": () => ({ name: "new-pool", type: "process" }),
  "PATCH /work_pools/{name}": () => ({ description: "new" }),
  "POST /work_pools/{work_pool_name}/workers/heartbeat": () => ({ name: "new-worker" }),
  "POST /work_pools/{work_pool_name}/queues": () => ({ name: "new-queue", priority: 1 }),
  "PATCH /work_pools/{work_pool_name}/queues/{name}": () => ({ description: "new", priority: 2 }),
  "POST /work_queues/": () => ({ name: "new-agent-queue" }),
  "PATCH /work_queues/{id}": () => ({ description: "new" }),
  "POST /block_types/": () => ({ name: "New Kind", slug: "new-kind" }),
  "PATCH /block_types/{id}": () => ({ description: "new" }),
  "POST /block_schemas/": (ids) => ({
    fields: { title: "New", type: "object", properties: {}, block_type_slug: "secret-kind" },
    block_type_id: ids.block_types,
    capabilities: ["new"],
  }),
  "POST /block_documents/": (ids) => ({
    name: "new-doc",
    data: { x: "new" },
    block_schema_id: ids.block_schemas,
    block_type_id: ids.block_types,
  }),
  "PATCH /block_documents/{id}": () => ({ data: { x: "new" } }),
  "POST /logs/": (ids) => [{ name: "new", level: 20, message: "new", timestamp: "2030-01-01T00:00:00Z", flow_run_id: ids.flow_runs }],
  "POST /artifacts/": (ids) => ({ key: "new-artifact", data: "new", flow_run_id: ids.flow_runs }),
  "PATCH /artifacts/{id}": () => ({ data: "new" }),
  "POST /variables/": () => ({ name: "new_variable", value: "new" }),
  "PATCH /variables/{id}": () => ({ value: "new" }),
  "PATCH /variables/name/{name}": () => ({ value: "newer" }),
  "POST /concurrency_limits/": () => ({ tag: "new-tag", concurrency_limit: 1 }),
  "POST /v2/concurrency_limits/": () => ({ name: "new-limit", limit: 1 }),
  "PATCH /v2/concurrency_limits/{id_or_name}": () => ({ limit: 5 }),
  "POST /v2/concurrency_limits/increment": () => ({ names: ["secret-limit"], slots: 1 }),
  "POST /v2/concurrency_limits/decrement": () => ({ names: ["secret-limit"], slots: 1 }),
  "PUT /saved_searches/": () => ({ name: "new-search", filters: [] }),
  "POST /flow_run_notification_policies/": (ids) => ({ state_names: ["Failed"], tags: [], block_document_id: ids.block_documents }),
  "PATCH /flow_run_notification_policies/{id}": () => ({ is_active: false }),
  "POST /ui/schemas/validate": () => ({ schema: { type: "object" }, values: {} }),
  "POST /schedules/preview": () => ({ schedule: { interval: 3600 } }),
  "POST /templates/validate": () => JSON.stringify("{{ new }}"),
  "POST /ui/flow_runs/history": () => ({ limit: 10 }),
  "POST /ui/task_runs/dashboard/counts": () => ({
    task_runs: { start_time: { after_: "2020-01-01T00:00:00Z", before_: "2040-01-01T00:00:00Z" } },
  }),
  "POST /admin/database/clear": () => ({ confirm: true }),
  "POST /admin/database/drop": () => ({ confirm: true }),
  "POST /admin/database/create": () => ({ confirm: true }),
  "POST /events": () => [event("new.event")],
  "POST /events/count-by/{countable}": () => ({ filter: {}, time_unit: "day", time_interval: 1 }),
  "POST /automations/": () => automation("new-automation"),
  "PUT /automations/{id}": () => ({ ...automation("newer-automation"), owner_resource: undefined }),
  "PATCH /automations/{id}": () => ({ enabled: false }),
};

/** A body that is valid for the operation, so that what it names is what counts; undefined for one that takes none. */
export const bodyOf = (world: World, { name, hasBody }: Operation): Body => (hasBody ? (BODIES[name]?.(world.ids) ?? {}) : undefined);
