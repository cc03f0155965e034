import { env, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { expectPrompt, PROMPT } from "./prompt.ts";
import { as, move, type QueueWorld, queueWorld } from "./queue-world.ts";
import { type Answer, type Body, newTenant } from "./tenant.ts";

const lease = (world: QueueWorld, body: Body, name = "w"): Promise<Answer> => world.me.post("/work_pools/p/lease", body, as(name));

/** The run ids of an answer, which must be 200. */
const idsOf = (answer: Answer): string[] => {
  expect([answer.status, answer.body]).toEqual([200, expect.any(Array)]);
  return answer.body.map((item: Body) => item.flow_run.id);
};

/** A waiting lease, and how long it took. */
async function timed(leasing: Promise<Answer>): Promise<{ ids: string[]; answer: Answer; at: number }> {
  const answer = await leasing;
  return { ids: idsOf(answer), answer, at: Date.now() };
}

const later = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));

const poolObject = (world: QueueWorld) => env.WORK_POOL.get(env.WORK_POOL.idFromName(`${world.me.workspaceId}/pool/p`));
const queueObject = (world: QueueWorld, id: string) => env.WORK_QUEUE.get(env.WORK_QUEUE.idFromName(`${world.me.workspaceId}/queue/${id}`));

describe("a waiting lease", () => {
  it("answers at once with what is due, as a worker gets it", async () => {
    const world = await queueWorld();
    const deployment = await world.deploy("d", "q");
    const [first, second] = [await world.run(deployment, 12), await world.run(deployment, 8)];
    await world.run(deployment, -30);
    const polled = (await world.me.must("POST", "/work_pools/p/get_scheduled_flow_runs", { limit: 1 }, { "x-prefect-ui": "true" }))[0];
    const answer = await lease(world, { limit: 1 });
    expect(idsOf(answer)).toEqual([first]);
    expect([answer.body[0].work_pool_id, answer.body[0].work_queue_id]).toEqual([polled.work_pool_id, polled.work_queue_id]);
    expect(Object.keys(answer.body[0].flow_run)).toEqual(Object.keys(polled.flow_run));
    // The same caller asks once more, as from another process on the same machine: a lease is of one call.
    expect(idsOf(await lease(world, {}))).toEqual([second]);
    expect(idsOf(await lease(world, {}))).toEqual([]);
    expect(await world.poll("other", { scheduled_before: new Date().toISOString() })).toEqual([]);
    // An ordinary poll of the same caller shows what it holds.
    expect(await world.poll("w", { limit: 2 })).toEqual([first, second]);
  });

  it("answers the moment a run is due, without asking D1 meanwhile", async () => {
    const world = await queueWorld();
    const deployment = await world.deploy("d", "q");
    await lease(world, {});
    const dueAt = Date.now() + 700;
    const run = await world.run(deployment, -0.7);
    const { ids, answer, at } = await timed(lease(world, { wait_seconds: 5 }));
    expect(ids).toEqual([run]);
    expect(at).toBeGreaterThanOrEqual(dueAt);
    expect(at - dueAt).toBeLessThan(PROMPT + 50);
    expect(answer.cost.roundTrips).toBe(1);
    const idle = await timed(lease(world, { wait_seconds: 0.3 }));
    expect([idle.ids, idle.answer.cost.roundTrips]).toEqual([[], 0]);
  });

  it("delivers within 100 ms of a run's time, as the median of several has it", async () => {
    const world = await queueWorld();
    const deployment = await world.deploy("d", "q");
    await lease(world, {});
    await expectPrompt(async () => {
      const dueAt = Date.now() + 300;
      const run = await world.run(deployment, -0.3);
      const { ids, at } = await timed(lease(world, { wait_seconds: 5 }));
      expect(ids).toEqual([run]);
      return at - dueAt;
    });
  });

  it("hears of runs that come while it waits, soon or late", async () => {
    const world = await queueWorld();
    const deployment = await world.deploy("d", "q");
    await world.run(deployment, -3600);
    const waiting = timed(lease(world, { wait_seconds: 5 }));
    await later(100);
    await world.run(deployment, -2);
    const run = await world.run(deployment, 0);
    const made = Date.now();
    const { ids, at } = await waiting;
    expect(ids).toEqual([run]);
    expect(at - made).toBeLessThan(PROMPT);
  });

  it("never gives two the same run, however many wait", async () => {
    const world = await queueWorld();
    const deployment = await world.deploy("d", "q");
    const waiting = Array.from({ length: 8 }, (_, index) => timed(lease(world, { wait_seconds: 4, limit: 2 }, `w${index % 3}`)));
    await later(100);
    const runs = await Promise.all(Array.from({ length: 12 }, (_, index) => world.run(deployment, -0.5 - index / 1000)));
    const handed = (await Promise.all(waiting)).flatMap(({ ids }) => ids);
    expect(new Set(handed).size).toBe(handed.length);
    handed.push(...idsOf(await lease(world, {})));
    expect(handed.toSorted()).toEqual(runs.toSorted());
  });

  it.each(["queue", "pool"])("waits for a slot of the %s, which a run that ends frees", async (limited) => {
    const world = await queueWorld(limited === "pool" ? { concurrency_limit: 1 } : {});
    const deployment = await world.deploy("d", "q");
    const other = await world.deploy("e", "other");
    if (limited === "queue") await world.me.must("PATCH", "/work_pools/p/queues/q", { concurrency_limit: 1 });
    const [first, second] = [await world.run(limited === "pool" ? other : deployment, 12), await world.run(deployment, 8)];
    expect(idsOf(await lease(world, { limit: 1, work_queue_names: [limited === "pool" ? "other" : "q"] }))).toEqual([first]);
    const waiting = timed(lease(world, { wait_seconds: 10, work_queue_names: ["q"] }));
    expect((await move(world.me, first, "PENDING")).body.status).toBe("ACCEPT");
    expect((await move(world.me, first, "RUNNING")).body.status).toBe("ACCEPT");
    let isAnswered = false;
    waiting.then(() => {
      isAnswered = true;
    });
    await later(300);
    expect(isAnswered).toBe(false);
    await move(world.me, first, "COMPLETED");
    const ended = Date.now();
    const { ids, at } = await waiting;
    expect(ids).toEqual([second]);
    expect(at - ended).toBeLessThan(PROMPT);
  });

  it.each([
    ["pool", "/work_pools/p"],
    ["queue", "/work_pools/p/queues/q"],
  ])("waits while the %s is paused, and goes on with it", async (_, path) => {
    const world = await queueWorld();
    const deployment = await world.deploy("d", "q");
    const run = await world.run(deployment, 5);
    await world.me.must("PATCH", path, { is_paused: true });
    const waiting = timed(lease(world, { wait_seconds: 10 }));
    await later(200);
    await world.me.must("PATCH", path, { is_paused: false });
    const resumed = Date.now();
    const { ids, at } = await waiting;
    expect(ids).toEqual([run]);
    expect(at - resumed).toBeLessThan(PROMPT);
  });

  it("serves queues by their priority", async () => {
    const world = await queueWorld();
    const low = await world.deploy("d", "q");
    await world.me.must("POST", "/work_pools/p/queues", { name: "first", priority: 1 });
    const high = await world.deploy("h", "first");
    await world.run(low, 50);
    const run = await world.run(high, 1);
    expect(idsOf(await lease(world, { limit: 1 }))).toEqual([run]);
  });

  it("is given what another does not claim in time", async () => {
    const world = await queueWorld();
    const deployment = await world.deploy("d", "q");
    const queue = await world.me.must("GET", "/work_pools/p/queues/q");
    const run = await world.run(deployment, 5);
    expect(idsOf(await lease(world, {}))).toEqual([run]);
    await runInDurableObject(queueObject(world, queue.id), (_, state) => {
      state.storage.sql.exec("UPDATE due SET leased_until = ?1", (Date.now() + 500) * 1000);
    });
    const { ids } = await timed(lease(world, { wait_seconds: 5 }, "other"));
    expect(ids).toEqual([run]);
  });

  it("leaves to others what comes after its client has gone", async () => {
    const world = await queueWorld();
    const deployment = await world.deploy("d", "q");
    const gone = new AbortController();
    const left = world.me.callUntil(gone.signal, "POST", "/work_pools/p/lease", { wait_seconds: 10 });
    await later(100);
    const waiting = timed(lease(world, { wait_seconds: 5 }, "other"));
    await later(100);
    gone.abort();
    await left.catch(() => undefined);
    const run = await world.run(deployment, 0);
    expect((await waiting).ids).toEqual([run]);
  });

  it("goes on when the objects are thrown out", async () => {
    const world = await queueWorld();
    const deployment = await world.deploy("d", "q");
    const queue = await world.me.must("GET", "/work_pools/p/queues/q");
    await lease(world, {});
    const waiting = lease(world, { wait_seconds: 3 });
    await later(100);
    await runInDurableObject(queueObject(world, queue.id), (_, state) => state.abort("evicted")).catch(() => undefined);
    const run = await world.run(deployment, 0);
    expect(idsOf(await waiting)).toEqual([run]);
    const cut = lease(world, { wait_seconds: 3 });
    await later(100);
    await runInDurableObject(poolObject(world), (_, state) => state.abort("evicted")).catch(() => undefined);
    const answer = await cut;
    // It waits on, or the client is told to ask again.
    expect([200, 503]).toContain(answer.status);
    const next = await world.run(deployment, 0);
    expect(idsOf(await lease(world, { wait_seconds: 2 }))).toEqual([next]);
  });

  it("ends when its pool or queue is deleted, and refuses what is not there", async () => {
    const world = await queueWorld();
    await world.deploy("d", "q");
    const waiting = [lease(world, { wait_seconds: 5, work_queue_names: ["q"] }), lease(world, { wait_seconds: 5 })];
    await later(100);
    await world.me.must("DELETE", "/work_pools/p/queues/q");
    expect(await waiting[0]).toMatchObject({ status: 404, body: { detail: "Work pool queue 'p/q' not found." } });
    await world.me.must("DELETE", "/work_pools/p");
    expect((await waiting[1])?.status).toBe(404);
    expect((await lease(world, {})).status).toBe(404);
    const invalid = await (await newTenant()).post("/work_pools/p/lease", { wait_seconds: 61 });
    expect([invalid.status, invalid.body.exception_detail[0].loc]).toEqual([422, ["body", "wait_seconds"]]);
  });
});
