import { env } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { TenantId } from "../../src/domain/ids.ts";
import { Meter } from "../../src/observe/meter.ts";
import { tick } from "../../src/scheduler/tick.ts";
import { Database } from "../../src/store/database.ts";
import { selectRunsToMarkLate } from "../../src/store/late-runs.ts";
import { selectDueWindow, selectPoolConfig, selectPoolQueueConfigs, selectQueueConfig } from "../../src/store/polls.ts";
import { issuedTexts, readsAll, scans } from "./statements.ts";
import { newTenant } from "./tenant.ts";
import { populate } from "./world.ts";

/** The access paths that must not read all of a tenant: condition -> what SQLite must use. */
const PATHS: [table: string, condition: string, uses: string][] = [
  ["flow_runs", "deployment_id = ?2", "flow_runs_by_deployment"],
  ["flow_runs", "parent_task_run_id = ?2", "flow_runs_by_parent"],
  ["flow_runs", "infrastructure_document_id = ?2", "flow_runs_by_infrastructure"],
  ["flow_runs", "flow_id = ?2 AND idempotency_key = ?2", "(tenant_id=? AND flow_id=? AND idempotency_key=?)"],
  ["flow_runs", "work_queue_id = ?2 AND state_type = 'SCHEDULED' ORDER BY next_scheduled_start_at, id", "flow_runs_to_lease"],
  ["flow_runs", "work_queue_id = ?2 AND state_type IN ('PENDING', 'RUNNING', 'CANCELLING')", "flow_runs_occupying"],
  ["flow_runs", "true ORDER BY expected_start_at DESC LIMIT 200", "flow_runs_by_expected_start"],
  ["flow_runs", "true ORDER BY id DESC LIMIT 200", "PRIMARY KEY"],
  ["task_runs", "flow_run_id = ?2", "(tenant_id=? AND flow_run_id=?)"],
  ["flow_run_states", "id = ?2", "flow_run_states_by_id"],
  ["task_run_states", "id = ?2", "task_run_states_by_id"],
  ["deployments", "flow_id = ?2", "(tenant_id=? AND flow_id=?)"],
  ["deployments", "work_queue_id = ?2", "deployments_by_queue"],
  ["deployment_schedules", "deployment_id = ?2", "deployment_schedules_by_deployment"],
  ["block_documents", "block_type_id = ?2 AND name = ?2", "(tenant_id=? AND block_type_id=? AND name=?)"],
  ["block_documents", "block_schema_id = ?2", "block_documents_by_schema"],
  ["work_queues", "work_pool_id = ?2", "(tenant_id=? AND work_pool_id=?)"],
  ["artifacts", "flow_run_id = ?2", "artifacts_by_flow_run"],
  ["artifacts", "key = ?2", "artifacts_by_key"],
  ["logs", "task_run_id = ?2", "logs_by_task_run"],
  ["logs", "flow_run_id = ?2 ORDER BY at, id", "(tenant_id=? AND flow_run_id=?)"],
];

describe("query plans", () => {
  it.each(PATHS)("%s WHERE %s uses %s", async (table, condition, uses) => {
    const statement = env.DB_0.prepare(`EXPLAIN QUERY PLAN SELECT * FROM ${table} WHERE tenant_id = ?1 AND ${condition}`);
    const { results } = await (condition.includes("?2") ? statement.bind("t", "x") : statement.bind("t")).all<{ detail: string }>();
    const plan = results.map(({ detail }) => detail).join("; ");
    expect(plan).toContain(uses);
    expect(plan).not.toMatch(/SCAN|TEMP B-TREE/);
  });

  it("of the objects and the cron, which no request issues, are watched like those of requests", async () => {
    const me = await newTenant();
    const { ids } = await populate(me);
    await me.must("POST", "/work_pools/secret-pool/get_scheduled_flow_runs", {});
    await me.must("POST", `/work_queues/${ids.work_queues}/get_runs`, {});
    await tick(env, Date.now() + 60_000);
    const db = new Database(env.DB_0, new Meter());
    const tenant = "t" as TenantId;
    for (const statement of [
      selectDueWindow(db, tenant, "q", 500),
      selectQueueConfig(db, tenant, "q"),
      selectPoolConfig(db, tenant, "p"),
      selectPoolQueueConfigs(db, tenant, "p"),
      selectRunsToMarkLate(db, 1, 400),
    ]) {
      expect(issuedTexts()).toContain(statement.toSQL().sql);
    }
    expect(await scans()).toEqual([]);
  });

  it("are seen through when they read a whole table", () => {
    expect(readsAll("SCAN flow_runs USING COVERING INDEX x", "select count(*) from flow_runs")).toBe(true);
    expect(readsAll("SCAN parent", "select 1 from task_runs AS parent")).toBe(true);
    expect(readsAll("SCAN wanted VIRTUAL TABLE INDEX 1:", "select 1 from json_each(?) AS wanted")).toBe(false);
    expect(readsAll("SCAN next", "update flows set x = 1 from (select 1) AS next")).toBe(false);
    expect(readsAll("SEARCH flow_runs USING PRIMARY KEY (tenant_id=?)", "select * from flow_runs")).toBe(false);
  });
});
