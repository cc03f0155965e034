import { describe, expect, it } from "vitest";
import { filtered, walkFilters } from "./filter-walk.ts";
import { isOfEvents } from "./route-budgets.ts";
import { planOf } from "./statements.ts";
import { type Body, newTenant } from "./tenant.ts";

walkFilters(filtered.filter((operation) => !isOfEvents(operation)));

const UUIDS = ["00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"];
const NAMES = ["one", "two"];
const ids = { id: { any_: UUIDS } };
const named = { name: { any_: NAMES } };

/** Filters with a criterion that few rows of a tenant meet, and for which there is an index. */
const SELECTIVE: [path: string, body: Body][] = [
  ["/flows/filter", { flows: ids }],
  ["/flows/filter", { flows: named }],
  ["/flows/count", { flows: named }],
  ["/flow_runs/filter", { flow_runs: ids }],
  ["/flow_runs/count", { flow_runs: ids }],
  ["/flow_runs/history", { flow_runs: ids }],
  ["/flow_runs/filter", { flow_runs: { deployment_id: { any_: UUIDS } } }],
  ["/flow_runs/filter", { flow_runs: { parent_task_run_id: { any_: UUIDS } } }],
  ["/flow_runs/filter", { flows: ids }],
  ["/flow_runs/filter", { flows: named }],
  ["/flow_runs/filter", { deployments: ids }],
  ["/flow_runs/filter", { deployments: named }],
  ["/flow_runs/count", { deployments: ids, flow_runs: { state: { type: { any_: ["RUNNING"] } } } }],
  ["/task_runs/filter", { task_runs: ids }],
  ["/task_runs/count", { task_runs: ids }],
  ["/task_runs/filter", { task_runs: { flow_run_id: { any_: UUIDS } } }],
  ["/task_runs/filter", { flow_runs: ids }],
  ["/task_runs/count", { flow_runs: ids }],
  ["/deployments/filter", { deployments: ids }],
  ["/deployments/count", { deployments: ids }],
  ["/deployments/filter", { deployments: named }],
  ["/deployments/filter", { flows: ids }],
  ["/deployments/filter", { flows: named }],
  ["/work_pools/filter", { work_pools: ids }],
  ["/work_pools/filter", { work_pools: named }],
  ["/work_queues/filter", { work_queues: ids }],
  ["/work_queues/filter", { work_queues: named }],
  ["/block_types/filter", { block_types: { slug: { any_: NAMES } } }],
  ["/block_schemas/filter", { block_schemas: ids }],
  ["/block_schemas/filter", { block_schemas: { block_type_id: { any_: UUIDS } } }],
  ["/block_documents/filter", { block_documents: ids }],
  ["/block_documents/filter", { block_documents: { block_type_id: { any_: UUIDS } } }],
  ["/block_documents/count", { block_documents: ids }],
  ["/logs/filter", { logs: { flow_run_id: { any_: UUIDS } } }],
  ["/logs/filter", { logs: { task_run_id: { any_: UUIDS } } }],
  ["/artifacts/filter", { artifacts: ids }],
  ["/artifacts/filter", { artifacts: { key: { any_: NAMES } } }],
  ["/artifacts/filter", { artifacts: { flow_run_id: { any_: UUIDS } } }],
  ["/artifacts/filter", { artifacts: { task_run_id: { any_: UUIDS } } }],
  ["/variables/filter", { variables: ids }],
  ["/variables/filter", { variables: named }],
  ["/deployments/get_scheduled_flow_runs", { deployment_ids: UUIDS }],
];

const SPAN = { history_start: "2020-01-01T00:00:00Z", history_end: "2040-01-01T00:00:00Z", history_interval_seconds: 86_400 * 365 };

describe("a criterion with an index", () => {
  it.each(SELECTIVE)("%s %j does not read all that a tenant has", async (path, body) => {
    const me = await newTenant();
    const plan = await planOf(() => me.must("POST", path, path.endsWith("/history") ? { ...SPAN, ...body } : body));
    // Of these a tenant has few: people make queues by hand and hide standard blocks one by one.
    const large = plan.filter(({ step }) => !/^SEARCH (hidden_standard_blocks|work_queues) /.test(step));
    expect(large.filter(({ step }) => /^SEARCH .*\(tenant_id=\?\)/.test(step))).toEqual([]);
  });
});
