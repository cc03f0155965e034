import { env } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { as, move, queueWorld } from "./queue-world.ts";
import { type Body, type Client, newTenant } from "./tenant.ts";

const inspect = async (me: Client, queue: Body): Promise<Body> => me.must("GET", `/work_queues/${queue.id}/leases`);

const reasons = (seen: Body) => seen.runs.map((run: Body) => run.held_back);

describe("a queue's leases", () => {
  it("show who holds what until when, and what waits", async () => {
    const world = await queueWorld();
    const { me } = world;
    const deployment = await world.deploy("d", "q");
    const queue = await me.must("GET", "/work_pools/p/queues/q");
    const [first, second] = [await world.run(deployment, 12), await world.run(deployment, 8)];
    await world.run(deployment, -3600);
    const before = Date.now();
    await world.poll("prefect/2.20 (a worker)", { limit: 1 });
    const answer = await me.get(`/work_queues/${queue.id}/leases`);
    expect([answer.status, answer.cost.roundTrips, answer.cost.objectCalls]).toEqual([200, 1, 1]);
    const seen = answer.body;
    expect([seen.work_queue_id, seen.work_queue_name, seen.work_pool_name, seen.held_back]).toEqual([queue.id, "q", "p", []]);
    expect(seen.depth).toEqual({ scheduled: 3, due: 2, leased: 1, oldest_due_seconds: expect.any(Number) });
    expect(seen.depth.oldest_due_seconds).toBeGreaterThanOrEqual(12);
    expect(seen.runs.map((run: Body) => [run.flow_run_id, run.hand_outs, run.held_back])).toEqual([
      [first, 1, ["leased"]],
      [second, 0, []],
    ]);
    const { lease } = seen.runs[0];
    expect(lease.caller).toEqual({
      key_id: expect.any(String),
      key_name: expect.any(String),
      address: "",
      user_agent: "prefect/2.20 (a worker)",
    });
    expect(lease.caller.key_name).not.toBe("");
    const until = Date.parse(lease.until);
    expect(until).toBeGreaterThanOrEqual(before + 15_000);
    expect(until).toBeLessThanOrEqual(Date.now() + 15_000);
    expect(seen.runs[1].lease).toBe(null);
    expect(seen.polls.map((poll: Body) => poll.caller.user_agent)).toEqual(["prefect/2.20 (a worker)"]);
    // Nothing of a key that opens something is shown, and looking changes nothing.
    expect(JSON.stringify(seen)).not.toContain(me.key);
    expect(JSON.stringify(seen)).not.toContain(me.key.slice(-12));
    expect(reasons(await inspect(me, queue))).toEqual(reasons(seen));
    expect(await world.poll("b", { limit: 1 })).toEqual([second]);
  });

  it("tell why due runs wait", async () => {
    const world = await queueWorld();
    const { me } = world;
    const deployment = await world.deploy("d", "q");
    const queue = await me.must("GET", "/work_pools/p/queues/q");
    for (const secondsAgo of [12, 11, 10]) await world.run(deployment, secondsAgo);
    expect(reasons(await inspect(me, queue))).toEqual([["not_polled"], ["not_polled"], ["not_polled"]]);
    const [held = ""] = await world.poll("w", { limit: 1 });
    await me.must("PATCH", "/work_pools/p/queues/q", { concurrency_limit: 2 });
    // The lease counts, so one more run has a slot.
    let seen = await inspect(me, queue);
    expect(reasons(seen)).toEqual([["leased"], [], ["queue_limit"]]);
    expect(seen.slots.work_queue).toEqual({ limit: 2, occupied: 0, free: 1 });
    await move(me, held, "PENDING");
    await me.must("PATCH", "/work_pools/p", { concurrency_limit: 1 });
    seen = await inspect(me, queue);
    expect([seen.held_back, reasons(seen)]).toEqual([["pool_limit"], [["pool_limit"], ["queue_limit", "pool_limit"]]]);
    expect(seen.slots).toEqual({ work_queue: { limit: 2, occupied: 1, free: 1 }, work_pool: { limit: 1, occupied: 1, free: 0 } });
    expect(seen.claims).toMatchObject({ last_minute: 1, last_5_minutes: 1, last_15_minutes: 1 });
    await me.must("PATCH", "/work_pools/p", { concurrency_limit: null, is_paused: true });
    await me.must("PATCH", "/work_pools/p/queues/q", { is_paused: true, concurrency_limit: null });
    expect((await inspect(me, queue)).held_back).toEqual(["queue_paused", "pool_paused"]);
  });

  it("tell of runs that nobody takes though they are offered again and again", async () => {
    const world = await queueWorld();
    const { me } = world;
    const deployment = await world.deploy("d", "q");
    const queue = await me.must("GET", "/work_pools/p/queues/q");
    const [refused, next] = [await world.run(deployment, 12), await world.run(deployment, 8)];
    const object = env.WORK_QUEUE.get(env.WORK_QUEUE.idFromName(`${me.workspaceId}/queue/${queue.id}`));
    const owner = { tenantId: me.workspaceId as never, shard: 0 };
    const far = { caller: "x", before: null, after: null, limit: 1, leaseSeconds: 1, counts: true };
    for (let turn = 1; turn <= 10; turn += 1) await object.poll(owner, queue.id, { ...far, now: (Date.now() + turn * 2000) * 1000 });
    const seen = await inspect(me, queue);
    expect(seen.runs.map((run: Body) => [run.flow_run_id, run.hand_outs])).toEqual([
      [next, 0],
      [refused, 10],
    ]);
    expect(await world.poll("w", { limit: 1 })).toEqual([next]);
  });

  it("are nobody else's to see", async () => {
    const world = await queueWorld();
    const { me } = world;
    await world.run(await world.deploy("d", "q"), 5);
    const queue = await me.must("GET", "/work_pools/p/queues/q");
    await world.poll("w");
    const other = await newTenant();
    expect((await other.get(`/work_queues/${queue.id}/leases`)).status).toBe(404);
    expect((await me.get(`/work_queues/${crypto.randomUUID()}/leases`)).status).toBe(404);
    expect((await me.must("POST", `/work_queues/${queue.id}/get_runs`, {}, as("w"))).length).toBe(1);
  });
});
