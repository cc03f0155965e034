import { describe, expect, it } from "vitest";
import { newTenant } from "./tenant.ts";

describe("work pools", () => {
  it("come with a default queue, and follow pausing and heartbeats", async () => {
    const me = await newTenant();
    const made = await me.post("/work_pools/", { name: "p", type: "process" });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      name: "p",
      type: "process",
      status: "NOT_READY",
      is_paused: false,
      base_job_template: {},
      concurrency_limit: null,
    });
    expect(await me.must("GET", `/work_queues/${made.body.default_queue_id}`)).toMatchObject({
      name: "default",
      priority: 1,
      work_pool_name: "p",
    });
    const beat = () => me.post("/work_pools/p/workers/heartbeat", { name: "w" });
    expect((await beat()).status).toBe(204);
    expect((await beat()).cost.roundTrips).toBe(0);
    expect((await me.must("GET", "/work_pools/p")).status).toBe("READY");
    expect(await me.must("POST", "/work_pools/p/workers/filter", {})).toMatchObject([{ name: "w", status: "ONLINE" }]);
    await me.must("PATCH", "/work_pools/p", { is_paused: true, concurrency_limit: 3 });
    expect(await me.must("GET", "/work_pools/p")).toMatchObject({ status: "PAUSED", concurrency_limit: 3 });
    await me.must("DELETE", "/work_pools/p");
    expect((await me.get(`/work_queues/${made.body.default_queue_id}`)).status).toBe(404);
    expect((await beat()).status).toBe(404);
  });

  it("refuse taken, reserved and empty names and broken templates", async () => {
    const me = await newTenant();
    await me.must("POST", "/work_pools/", { name: "p" });
    expect((await me.post("/work_pools/", { name: "p" })).status).toBe(409);
    expect((await me.post("/work_pools/", { name: "Prefect-x" })).status).toBe(403);
    expect((await me.post("/work_pools/", { name: "  " })).body).toEqual({ detail: "Work pool name cannot be empty." });
    const broken = await me.post("/work_pools/", {
      name: "q",
      base_job_template: { job_configuration: { a: "{{ b }}" }, variables: { properties: {}, x: 1 } },
    });
    expect([broken.status, broken.body.exception_detail[0].loc]).toEqual([422, ["body", "base_job_template"]]);
    expect((await me.post("/work_pools/", { name: "q", concurrency_limit: -1 })).body.exception_detail[0].msg).toContain(
      "greater than or equal to 0",
    );
  });

  it("keep priorities unique", async () => {
    const me = await newTenant();
    await me.must("POST", "/work_pools/", { name: "p" });
    const ranks = async () =>
      Object.fromEntries(
        (await me.must("POST", "/work_pools/p/queues/filter", {})).map((q: { name: string; priority: number }) => [q.name, q.priority]),
      );
    for (const [name, priority] of [["a"], ["b"], ["c", 1], ["d", 3]] as const)
      await me.must("POST", "/work_pools/p/queues", { name, priority });
    expect(await ranks()).toEqual({ c: 1, default: 2, d: 3, a: 4, b: 5 });
    await me.must("PATCH", "/work_pools/p/queues/b", { priority: 1 });
    expect(await ranks()).toEqual({ b: 1, c: 2, default: 3, d: 4, a: 5 });
    expect((await me.delete("/work_pools/p/queues/default")).status).toBe(400);
    expect((await me.post("/work_pools/p/queues", { name: "a" })).status).toBe(409);
  });

  it("call a queue paused once somebody changes it, and keep what they need", async () => {
    const me = await newTenant();
    await me.must("POST", "/work_pools/", { name: "p" });
    const path = "/work_pools/p/queues/q";
    const status = async () => (await me.get(path)).body.status;
    const made = await me.must("POST", "/work_pools/p/queues", { name: "q", is_paused: true });
    expect([made.is_paused, made.status, await status()]).toEqual([true, "NOT_READY", "NOT_READY"]);
    await me.patch(path, { is_paused: true });
    expect(await status()).toBe("PAUSED");
    for (const key of ["name", "description", "priority"]) {
      expect([key, (await me.patch(path, { [key]: null })).status]).toEqual([key, 409]);
      expect((await me.patch(`/work_queues/${made.id}`, { [key]: null })).status).toBe(409);
    }
    expect((await me.get(path)).body).toMatchObject({ name: "q", description: "", status: "PAUSED" });
    expect((await me.patch("/work_pools/p", { is_paused: null })).status).toBe(409);
    expect((await me.patch("/work_pools/none", { is_paused: null })).status).toBe(404);
  });

  it("make agents' queues in the default agent pool, which every workspace has", async () => {
    const me = await newTenant();
    expect(await me.must("GET", "/work_pools/default-agent-pool")).toMatchObject({ type: "prefect-agent", status: null });
    const queue = await me.must("POST", "/work_queues/", { name: "q", filter: { tags: ["x"] } });
    expect(queue).toMatchObject({
      work_pool_name: "default-agent-pool",
      status: "NOT_READY",
      filter: { tags: ["x"], deployment_ids: null },
    });
    expect(await me.must("GET", "/work_queues/name/q")).toEqual(queue);
    expect((await me.post("/work_queues/", { name: "q" })).body).toEqual({ detail: "A work queue with this name already exists." });
    expect(await me.must("GET", `/work_queues/${queue.id}/status`)).toMatchObject({ healthy: false, late_runs_count: 0 });
    expect((await me.must("POST", "/work_queues/filter", { work_queues: { name: { startswith_: ["Q", "def"] } } })).length).toBe(2);
  });
});
