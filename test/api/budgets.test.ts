import { beforeAll, describe, expect, it } from "vitest";
import { type Body, type Client, newTenant } from "./tenant.ts";

/** The budgets of the architecture: D1 round trips an operation may cost, counted by the service itself. */
describe("budgets", () => {
  let me: Client;
  let deployment: Body;
  let queue: Body;

  beforeAll(async () => {
    me = await newTenant();
    await me.must("POST", "/work_pools/", { name: "p", type: "process" });
    await me.must("POST", "/work_pools/", { name: "idle", type: "process" });
    const flow = await me.must("POST", "/flows/", { name: "f" });
    deployment = await me.must("POST", "/deployments/", {
      name: "d",
      flow_id: flow.id,
      work_pool_name: "p",
      work_queue_name: "q",
      tags: ["t"],
    });
    queue = await me.must("GET", "/work_pools/p/queues/q");
    // The first poll fills the objects.
    await me.must("POST", "/work_pools/p/get_scheduled_flow_runs", {});
    await me.must("POST", "/work_pools/idle/get_scheduled_flow_runs", {});
    await me.must("POST", `/work_queues/${queue.id}/get_runs`, {});
  });

  const newRun = () => me.must("POST", `/deployments/${deployment.id}/create_flow_run`, {});

  it("an idle poll makes no round trip", async () => {
    for (const path of ["/work_pools/idle/get_scheduled_flow_runs", `/work_queues/${queue.id}/get_runs`]) {
      const answer = await me.post(path, { scheduled_before: new Date(Date.now() + 10_000).toISOString() });
      expect([path, answer.status, answer.body, answer.cost.roundTrips]).toEqual([path, 200, [], 0]);
    }
  });

  it("a poll that hands out runs makes one", async () => {
    for (let i = 0; i < 3; i += 1) await newRun();
    const answer = await me.post("/work_pools/p/get_scheduled_flow_runs", { limit: 2 });
    expect([answer.body.length, answer.cost.roundTrips]).toEqual([2, 1]);
  });

  it("creating a run makes two, repeated or not", async () => {
    const body = { idempotency_key: "once" };
    const first = await me.post(`/deployments/${deployment.id}/create_flow_run`, body);
    const again = await me.post(`/deployments/${deployment.id}/create_flow_run`, body);
    expect([first.status, again.status, again.body.id]).toEqual([201, 200, first.body.id]);
    expect([first.cost.roundTrips, again.cost.roundTrips]).toEqual([2, 2]);
    expect(again.cost.written).toBe(0);
  });

  it("setting a run's state makes two", async () => {
    const run = await newRun();
    for (const type of ["PENDING", "RUNNING", "COMPLETED"]) {
      const answer = await me.post(`/flow_runs/${run.id}/set_state`, { state: { type } });
      expect([type, answer.body.status, answer.cost.roundTrips]).toEqual([type, "ACCEPT", 2]);
    }
    const flowRun = await newRun();
    await me.must("POST", `/flow_runs/${flowRun.id}/set_state`, { state: { type: "RUNNING" }, force: true });
    const task = await me.must("POST", "/task_runs/", { flow_run_id: flowRun.id, task_key: "t", dynamic_key: "0" });
    for (const type of ["RUNNING", "COMPLETED"]) {
      const answer = await me.post(`/task_runs/${task.id}/set_state`, { state: { type } });
      expect([type, answer.body.status, answer.cost.roundTrips]).toEqual([type, "ACCEPT", 2]);
    }
  });

  it("lists, counts and reads make one", async () => {
    const run = await newRun();
    for (const noun of [
      "flows",
      "flow_runs",
      "task_runs",
      "deployments",
      "work_pools",
      "logs",
      "artifacts",
      "variables",
      "block_documents",
    ]) {
      expect([noun, (await me.post(`/${noun}/filter`, {})).cost.roundTrips]).toEqual([noun, 1]);
    }
    for (const noun of ["flows", "flow_runs", "task_runs", "deployments"]) {
      expect([noun, (await me.post(`/${noun}/count`, {})).cost.roundTrips]).toEqual([noun, 1]);
    }
    for (const path of [`/flow_runs/${run.id}`, `/deployments/${deployment.id}`, "/deployments/name/f/d", "/work_pools/p"]) {
      expect([path, (await me.get(path)).cost.roundTrips]).toEqual([path, 1]);
    }
  });

  it("any number of logs make one", async () => {
    const run = await newRun();
    const line = { name: "n", level: 20, message: "m", timestamp: new Date().toISOString(), flow_run_id: run.id };
    const answer = await me.post(
      "/logs/",
      Array.from({ length: 700 }, () => line),
    );
    expect([answer.status, answer.cost.roundTrips]).toEqual([201, 1]);
    // One row a line: the bill is rows written.
    expect(answer.cost.written).toBeLessThanOrEqual(701);
  });
});
