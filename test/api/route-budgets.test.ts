import { env } from "cloudflare:test";
import { getTableConfig, type SQLiteTable } from "drizzle-orm/sqlite-core";
import { describe, expect, it } from "vitest";
import * as tables from "../../src/store/tables.ts";
import { holdBudgets, isOfEvents } from "./route-budgets.ts";
import { type Body, type Client, newTenant } from "./tenant.ts";
import { bodyOf, operations, pathOf, populate, type World } from "./world.ts";

holdBudgets(operations.filter((operation) => !isOfEvents(operation)));

const COPIES = 200;

/** Tables whose rows are copied, each after those it refers to. Not notification policies: each new state is held against all of them. */
const COPIED: SQLiteTable[] = [
  tables.flows,
  tables.workPools,
  tables.workQueues,
  tables.workers,
  tables.blockTypes,
  tables.blockSchemas,
  tables.blockDocuments,
  tables.deployments,
  tables.deploymentSchedules,
  tables.flowRuns,
  tables.flowRunStates,
  tables.flowRunInputs,
  tables.taskRuns,
  tables.taskRunStates,
  tables.logs,
  tables.artifacts,
  tables.artifactCollections,
  tables.variables,
  tables.concurrencyLimits,
  tables.globalConcurrencyLimits,
  tables.savedSearches,
];

/** What a column holds in the n-th copy: other ids and names, so that copies have to do with each other but not with the first. */
function copied(column: string): string {
  if (column === "tenant_id") return "tenant_id";
  if (column === "id" || column.endsWith("_id"))
    return `iif("${column}" IS NULL OR "${column}" = '', "${column}", printf('00000000-0000-4000-8000-%012d', copy.number))`;
  if (["name", "slug", "tag", "key", "checksum", "idempotency_key", "dynamic_key"].includes(column))
    return `"${column}" || '-' || copy.number`;
  return `"${column}"`;
}

/** Copies one row of each table of a tenant's, many times. */
async function grow(tenantId: string): Promise<void> {
  const numbers = JSON.stringify(Array.from({ length: COPIES }, (_, index) => index));
  await env.DB_0.batch(
    COPIED.map((table) => {
      const { name, columns } = getTableConfig(table);
      const names = columns.map((column) => `"${column.name}"`).join(", ");
      return env.DB_0.prepare(
        `INSERT INTO ${name} (${names}) SELECT ${columns.map((column) => copied(column.name)).join(", ")}
         FROM (SELECT value AS number FROM json_each(?2)) AS copy CROSS JOIN (SELECT * FROM ${name} WHERE tenant_id = ?1 LIMIT 1)`,
      ).bind(tenantId, numbers);
    }),
  );
}

/** Operations whose answer is made of all that a tenant has of a kind that people make by hand. */
const OF_ALL = ["GET /block_capabilities/", "GET /deployments/{id}/work_queue_check"];

/** Lists and counts of what is named by id, and what clients do all the time. Counts without a criterion are scans of a tenant's index. */
const byIds = ({ ids }: World): [path: string, body: Body][] => {
  const one = (id: string | undefined) => ({ id: { any_: [id] } });
  const nouns = ["flows", "flow_runs", "task_runs", "deployments"].map((noun) => [noun, one(ids[noun])] as const);
  return [
    ...nouns.flatMap(([noun, filter]): [string, Body][] => [
      [`/${noun}/filter`, { [noun]: filter }],
      [`/${noun}/count`, { [noun]: filter }],
    ]),
    ["/flow_runs/filter", { deployments: one(ids.deployments) }],
    ["/flow_runs/filter", { flows: one(ids.flows), sort: "START_TIME_DESC" }],
    ["/flow_runs/filter", { flow_runs: { state: { type: { any_: ["PAUSED"] } } }, flows: one(ids.flows) }],
    ["/task_runs/filter", { flow_runs: one(ids.flow_runs) }],
    ["/deployments/filter", { flows: one(ids.flows) }],
    ["/artifacts/filter", { artifacts: one(ids.artifacts) }],
    ["/artifacts/filter", { flow_runs: one(ids.flow_runs) }],
    ["/artifacts/filter", { task_runs: one(ids.task_runs) }],
    ["/artifacts/latest/filter", { artifacts: { key: { any_: ["secret-artifact"] } } }],
    ["/flow_runs/filter", { task_runs: one(ids.task_runs) }],
    ["/flow_runs/filter", { flow_runs: { parent_flow_run_id: { any_: [ids.flow_runs] } } }],
    ["/flows/filter", { deployments: one(ids.deployments) }],
    ["/flows/filter", { flow_runs: one(ids.flow_runs) }],
    ["/deployments/filter", { flow_runs: one(ids.flow_runs) }],
    ["/artifacts/filter", { artifacts: { key: { any_: ["secret-artifact"] } } }],
    ["/block_documents/filter", { block_documents: one(ids.block_documents) }],
    ["/block_schemas/filter", { block_schemas: { block_type_id: { any_: [ids.block_types] } } }],
    ["/block_types/filter", { block_types: { slug: { any_: ["secret-kind"] } } }],
    ["/work_pools/filter", { work_pools: one(ids.work_pools) }],
    ["/work_queues/filter", { work_queues: one(ids.work_queues) }],
    ["/variables/filter", { variables: one(ids.variables) }],
    ["/logs/filter", { logs: { flow_run_id: { any_: [ids.flow_runs] } } }],
    ["/work_pools/secret-pool/get_scheduled_flow_runs", { limit: 1 }],
    [`/work_queues/${ids.work_queues}/get_runs`, { limit: 1 }],
    ["/deployments/get_scheduled_flow_runs", { deployment_ids: [ids.deployments], limit: 1 }],
    [`/flow_runs/${ids.flow_runs}/set_state`, { state: { type: "RUNNING" }, force: true }],
    [`/task_runs/${ids.task_runs}/set_state`, { state: { type: "RUNNING" }, force: true }],
  ];
};

describe("rows read", () => {
  it("do not grow with what has nothing to do with the request", async () => {
    const me = await newTenant();
    const world = await populate(me);
    const gets = operations.filter(
      (operation) =>
        operation.method === "GET" && operation.path.includes("{") && !isOfEvents(operation) && !OF_ALL.includes(operation.name),
    );
    const lists = byIds(world);
    const measure = async () => [...(await readsOf(me, world, gets)), ...(await costs(me, lists)), await creation(me, world)];
    // Once to warm up: first polls fill the objects, and what is moved for the first time is.
    await measure();
    const before = await measure();
    await grow(me.workspaceId);
    const after = new Map(await measure());
    // A search looks at the row beyond its last one too.
    expect(before.filter(([name, read]) => (after.get(name) ?? 0) > read + 5).map(([name, read]) => [name, read, after.get(name)])).toEqual(
      [],
    );
  });
});

async function readsOf(me: Client, world: World, gets: typeof operations): Promise<[string, number][]> {
  const reads: [string, number][] = [];
  for (const operation of gets) {
    const answer = await me.call(operation.method, pathOf(world, operation), bodyOf(world, operation));
    reads.push([operation.name, answer.cost.read]);
  }
  return reads;
}

/** What making a run reads; it is deleted again, so that polls find no more than before. */
async function creation(me: Client, { ids }: World): Promise<[string, number]> {
  const { body, cost } = await me.post(`/deployments/${ids.deployments}/create_flow_run`, {});
  await me.must("DELETE", `/flow_runs/${body.id}`);
  return ["create_flow_run", cost.read];
}

async function costs(me: Client, calls: [path: string, body: Body][]): Promise<[string, number][]> {
  const reads: [string, number][] = [];
  for (const [path, body] of calls) {
    const answer = await me.post(path, body);
    if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    reads.push([`${path} ${JSON.stringify(body)}`, answer.cost.read]);
  }
  return reads;
}
