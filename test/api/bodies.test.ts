import { env } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { newTenant } from "./tenant.ts";

const big = (label: string) => ({ label, text: "ü".repeat(200_000) });

const keysOf = async (tenantId: string) =>
  (await env.STORAGE.list({ prefix: `tenants/${tenantId}/bodies/` })).objects.map(({ key }) => key);

const stored = (table: string, column: string, id: string) =>
  env.DB_0.prepare(`SELECT length(${column}) AS size FROM ${table} WHERE id = ?1`).bind(id).first<number>("size");

describe("large bodies", () => {
  it("go to R2 under the tenant's prefix and come back as they were", async () => {
    const me = await newTenant();
    const flow = await me.must("POST", "/flows/", { name: "f" });
    const run = await me.must("POST", "/flow_runs/", { flow_id: flow.id, parameters: big("parameters"), context: big("context") });
    expect([run.parameters, run.context]).toEqual([big("parameters"), big("context")]);
    expect(await stored("flow_runs", "parameters", run.id)).toBeLessThan(200);
    expect(await keysOf(me.workspaceId)).toHaveLength(2);

    const state = { type: "COMPLETED", data: { type: "result", value: big("data") } };
    const set = await me.must("POST", `/flow_runs/${run.id}/set_state`, { state, force: true });
    expect(set.state.data).toEqual(state.data);
    expect(await keysOf(me.workspaceId)).toHaveLength(3);
    const [listed] = await me.must("POST", "/flow_runs/filter", {});
    expect([listed.parameters, listed.state.data]).toEqual([big("parameters"), state.data]);
    expect((await me.must("GET", `/flow_run_states/?flow_run_id=${run.id}`)).at(-1).data).toEqual(state.data);
    const artifacts = await me.must("POST", "/artifacts/filter", { artifacts: { flow_run_id: { any_: [run.id] } } });
    expect(artifacts.map((artifact: { data: unknown }) => artifact.data)).toEqual([state.data]);
  });

  it("are kept for deployments, and handed to their runs", async () => {
    const me = await newTenant();
    const flow = await me.must("POST", "/flows/", { name: "f" });
    const body = { name: "d", flow_id: flow.id, work_queue_name: "q", parameters: big("deployed") };
    const deployment = await me.must("POST", "/deployments/", body);
    expect(deployment.parameters).toEqual(body.parameters);
    const run = await me.must("POST", `/deployments/${deployment.id}/create_flow_run`, { parameters: { more: 1 } });
    expect(run.parameters).toEqual({ ...body.parameters, more: 1 });
    const queue = await me.must("GET", "/work_queues/name/q");
    const [polled] = await me.must("POST", `/work_queues/${queue.id}/get_runs`, {});
    expect(polled.parameters).toEqual(run.parameters);
  });

  it("cannot be imitated: a value that looks like a reference to one is a value", async () => {
    const me = await newTenant();
    const other = await newTenant();
    const flow = await other.must("POST", "/flows/", { name: "f" });
    await other.must("POST", "/flow_runs/", { flow_id: flow.id, parameters: big("secret") });
    const [key = ""] = await keysOf(other.workspaceId);
    const parameters = { __slipway_r2_body: key.split("/").at(-1) };
    const mine = await me.must("POST", "/flows/", { name: "f" });
    const run = await me.must("POST", "/flow_runs/", { flow_id: mine.id, parameters });
    expect(run.parameters).toEqual(parameters);
    expect((await me.must("GET", `/flow_runs/${run.id}`)).parameters).toEqual(parameters);
  });
});
