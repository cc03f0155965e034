import { env } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { tick } from "../../src/scheduler/tick.ts";
import { type Body, type Client, newTenant } from "../api/tenant.ts";

/** The events of statuses so far, oldest first: names without `prefect.`. */
const told = async (me: Client, kind: string): Promise<Body[]> =>
  (await me.must("POST", "/events/filter", { filter: { event: { prefix: [`prefect.${kind}.`] }, order: "ASC" } })).events;
const names = async (me: Client, kind: string) => (await told(me, kind)).map(({ event }) => event.slice(`prefect.${kind}.`.length));

const later = (seconds: number) => tick(env, Date.now() + seconds * 1000);

describe("status events", () => {
  it("tell of a pool: made, with a worker, paused, without one", async () => {
    const me = await newTenant();
    const pool = await me.must("POST", "/work_pools/", { name: "p", type: "process" });
    await me.must("POST", "/work_pools/p/workers/heartbeat", { name: "w" });
    await me.must("POST", "/work_pools/p/workers/heartbeat", { name: "v" });
    for (const is_paused of [true, true, false]) expect((await me.patch("/work_pools/p", { is_paused })).status).toBe(204);
    await later(60);
    expect(await names(me, "work-pool")).toEqual(["not-ready", "ready", "paused", "ready"]);
    await later(600);
    const events = await told(me, "work-pool");
    expect(events.map(({ event }) => event).at(-1)).toBe("prefect.work-pool.not-ready");
    for (const [index, event] of events.entries()) {
      expect(event.resource).toEqual({
        "prefect.resource.id": `prefect.work-pool.${pool.id}`,
        "prefect.resource.name": "p",
        "prefect.work-pool.type": "process",
      });
      expect(event.follows).toBe(index === 0 ? null : events[index - 1].id);
      expect([event.related, event.payload]).toEqual([[], {}]);
    }
  });

  it("tell of no pool of agents", async () => {
    const me = await newTenant();
    await me.must("POST", "/work_pools/", { name: "agents", type: "prefect-agent" });
    expect(await names(me, "work-pool")).toEqual([]);
  });

  it("tell of a queue and the deployments on it: polled, paused, not polled for long", async () => {
    const me = await newTenant();
    const flow = await me.must("POST", "/flows/", { name: "f" });
    const pool = await me.must("POST", "/work_pools/", { name: "p", type: "process" });
    const deployment = await me.must("POST", "/deployments/", { name: "d", flow_id: flow.id, work_pool_name: "p" });
    const poll = () => me.must("POST", "/work_pools/p/get_scheduled_flow_runs", { work_queue_names: ["default"] });
    await poll();
    await poll();
    await later(30);
    expect([await names(me, "work-queue"), await names(me, "deployment")]).toEqual([["ready"], ["ready"]]);
    await later(600);
    expect([await names(me, "work-queue"), await names(me, "deployment")]).toEqual([
      ["ready", "not-ready"],
      ["ready", "not-ready"],
    ]);
    expect((await me.patch(`/work_queues/${pool.default_queue_id}`, { is_paused: true })).status).toBe(204);
    expect(await names(me, "work-queue")).toEqual(["ready", "not-ready", "paused"]);
    const relatedPool = {
      "prefect.resource.id": `prefect.work-pool.${pool.id}`,
      "prefect.resource.name": "p",
      "prefect.work-pool.type": "process",
      "prefect.resource.role": "work-pool",
    };
    const queue = {
      "prefect.resource.id": `prefect.work-queue.${pool.default_queue_id}`,
      "prefect.resource.name": "default",
      "prefect.resource.role": "work-queue",
    };
    const [queueReady] = await told(me, "work-queue");
    expect([queueReady.resource, queueReady.related]).toEqual([queue, [relatedPool]]);
    const [deploymentReady] = await told(me, "deployment");
    expect(deploymentReady.resource).toEqual({
      "prefect.resource.id": `prefect.deployment.${deployment.id}`,
      "prefect.resource.name": "d",
    });
    expect(deploymentReady.related).toEqual([
      { "prefect.resource.id": `prefect.flow.${flow.id}`, "prefect.resource.name": "f", "prefect.resource.role": "flow" },
      queue,
      relatedPool,
    ]);
  });

  it("are forgotten with what they are about", async () => {
    const me = await newTenant();
    await me.must("POST", "/work_pools/", { name: "p", type: "process" });
    await me.must("POST", "/work_pools/p/workers/heartbeat", { name: "w" });
    await me.must("POST", "/work_pools/p/get_scheduled_flow_runs", {});
    const count = async () =>
      (await env.DB_0.prepare("SELECT count(*) AS n FROM told_statuses WHERE tenant_id = ?1").bind(me.workspaceId).first<{ n: number }>())
        ?.n;
    expect(await count()).toBe(2);
    expect((await me.delete("/work_pools/p")).status).toBe(204);
    expect(await count()).toBe(0);
  });
});
