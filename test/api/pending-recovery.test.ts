import { env, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { as, move, type QueueWorld, queueWorld } from "./queue-world.ts";
import type { Body, Client } from "./tenant.ts";

interface Lost extends QueueWorld {
  queue: Body;
  object: ReturnType<typeof env.WORK_QUEUE.get>;
  /** A run that was claimed by a worker, and when its object wakes. */
  claimed(worker?: string): Promise<string>;
}

async function lostWorld(recovery: Body | null): Promise<Lost> {
  const world = await queueWorld();
  const { me } = world;
  const deployment = await world.deploy("d", "q");
  const queue = await me.must("GET", "/work_pools/p/queues/q");
  if (recovery) await me.must("PUT", "/work_pools/p/recovery", recovery);
  return {
    ...world,
    queue,
    // A stub anew each time: one is of no use any more when its object was evicted.
    get object() {
      return env.WORK_QUEUE.get(env.WORK_QUEUE.idFromName(`${me.workspaceId}/queue/${queue.id}`));
    },
    claimed: async (worker = "w") => {
      const id = await world.run(deployment, 5);
      expect(await world.poll(worker)).toContain(id);
      expect((await me.post(`/flow_runs/${id}/set_state`, { state: { type: "PENDING" } }, as(worker))).body.status).toBe("ACCEPT");
      return id;
    },
  };
}

/** Lets so many seconds pass for a run that is PENDING, for its claim and, when it is named, for what was heard of a worker. */
async function pass(me: Client, id: string, seconds: number): Promise<void> {
  const micros = seconds * 1_000_000;
  const { DB_0: db } = env;
  const state = await db
    .prepare("SELECT state_at AS at FROM flow_runs WHERE tenant_id = ?1 AND id = ?2")
    .bind(me.workspaceId, id)
    .first<{ at: number }>();
  await db.batch([
    db
      .prepare("UPDATE flow_run_claims SET claimed_at = claimed_at - ?3 WHERE tenant_id = ?1 AND flow_run_id = ?2 AND claimed_at = ?4")
      .bind(me.workspaceId, id, micros, state?.at ?? 0),
    db.prepare("UPDATE flow_runs SET state_at = state_at - ?3 WHERE tenant_id = ?1 AND id = ?2").bind(me.workspaceId, id, micros),
  ]);
}

const heardAgo = (me: Client, seconds: number) =>
  env.DB_0.prepare("UPDATE workers SET last_heartbeat_at = ?2 WHERE tenant_id = ?1")
    .bind(me.workspaceId, (Date.now() - seconds * 1000) * 1000)
    .run();

/** The object's alarm, as if its time had come. */
async function wake(world: Lost): Promise<void> {
  const { object } = world;
  await runInDurableObject(object, async (instance) => {
    (instance as unknown as { recovery: { lookAgainAt(at: number): void } }).recovery.lookAgainAt(1);
  });
  await runInDurableObject(object, (_, state) => state.storage.setAlarm(Date.now() + 3600_000));
  expect(await runDurableObjectAlarm(object)).toBe(true);
}

const stateOf = async (me: Client, id: string) => {
  const run = await me.must("GET", `/flow_runs/${id}`);
  return [run.state_type, run.state_name];
};

const CRASH = { pending_timeout_seconds: 120 };
const RESCHEDULE = { pending_timeout_seconds: 120, action: "reschedule", max_reschedules: 2 };

describe("runs that were claimed and never began", () => {
  it("stay as they are unless their pool says otherwise, and nothing of it is kept or shown", async () => {
    const world = await lostWorld(null);
    const { me } = world;
    const id = await world.claimed();
    expect(await me.must("GET", "/work_pools/p/recovery")).toEqual({ pending_timeout_seconds: null, action: null, max_reschedules: null });
    for (const word of ["recovery", "caller"]) expect(JSON.stringify(await me.must("GET", "/work_pools/p"))).not.toContain(word);
    await pass(me, id, 86_400);
    await wake(world);
    expect(await stateOf(me, id)).toEqual(["PENDING", "Pending"]);
    const claims = await env.DB_0.prepare("SELECT count(*) AS n FROM flow_run_claims WHERE tenant_id = ?1")
      .bind(me.workspaceId)
      .first<{ n: number }>();
    expect(claims?.n).toBe(0);
  });

  it("are crashed after the timeout, not before, and their slot is free again", async () => {
    const world = await lostWorld(CRASH);
    const { me } = world;
    await me.must("PATCH", "/work_pools/p", { concurrency_limit: 1 });
    const id = await world.claimed();
    const alarmAt = await runInDurableObject(world.object, (_, state) => state.storage.getAlarm());
    expect(alarmAt).toBeLessThanOrEqual(Date.now() + 121_000);
    await pass(me, id, 110);
    await wake(world);
    expect(await stateOf(me, id)).toEqual(["PENDING", "Pending"]);
    await pass(me, id, 20);
    await wake(world);
    await wake(world);
    expect(await stateOf(me, id)).toEqual(["CRASHED", "Crashed"]);
    const states = await me.must("GET", `/flow_run_states/?flow_run_id=${id}`);
    expect(states.map((state: Body) => state.type)).toEqual(["SCHEDULED", "PENDING", "CRASHED"]);
    expect(await world.claimed()).not.toBe(id);
  });

  it("are let be while a worker of whoever claimed them is heard of, whichever else is", async () => {
    const world = await lostWorld(CRASH);
    const { me } = world;
    const [alive, dead] = [await world.claimed("host-a"), await world.claimed("host-b")];
    await me.post("/work_pools/p/workers/heartbeat", { name: "a", heartbeat_interval_seconds: 30 }, as("host-a"));
    for (const id of [alive, dead]) await pass(me, id, 600);
    await wake(world);
    expect([await stateOf(me, alive), await stateOf(me, dead)]).toEqual([
      ["PENDING", "Pending"],
      ["CRASHED", "Crashed"],
    ]);
    const next = await runInDurableObject(world.object, (_, state) => state.storage.getAlarm());
    expect(next).toBeGreaterThan(Date.now() + 60_000);
    await heardAgo(me, 300);
    await wake(world);
    expect(await stateOf(me, alive)).toEqual(["CRASHED", "Crashed"]);
  });

  it("are rescheduled so often, offered again at once, and crashed then", async () => {
    const world = await lostWorld(RESCHEDULE);
    const { me } = world;
    const id = await world.claimed();
    for (let turn = 0; turn < 2; turn += 1) {
      await pass(me, id, 200);
      await wake(world);
      await wake(world);
      expect(await stateOf(me, id)).toEqual(["SCHEDULED", "AwaitingRetry"]);
      expect(await world.poll(`again-${turn}`)).toEqual([id]);
      expect((await move(me, id, "PENDING")).body.status).toBe("ACCEPT");
    }
    await pass(me, id, 200);
    await wake(world);
    expect(await stateOf(me, id)).toEqual(["CRASHED", "Crashed"]);
  });

  it("are not taken from a process that starts them at that moment", async () => {
    const world = await lostWorld(CRASH);
    const { me } = world;
    for (let turn = 0; turn < 3; turn += 1) {
      const id = await world.claimed();
      await pass(me, id, 200);
      const [answer] = await Promise.all([move(me, id, "RUNNING"), wake(world)]);
      const [type] = await stateOf(me, id);
      expect([answer.body.status === "ACCEPT" ? "RUNNING" : "CRASHED", answer.body.state?.type ?? type]).toContain(type);
      const states = await me.must("GET", `/flow_run_states/?flow_run_id=${id}`);
      expect(states.at(-1).type).toBe(type);
    }
  });

  it("are found after the object slept or lost everything, and when the policy comes later", async () => {
    const world = await lostWorld(null);
    const { me } = world;
    const id = await world.claimed();
    await pass(me, id, 200);
    await me.must("PUT", "/work_pools/p/recovery", CRASH);
    const evicted = () => runInDurableObject(world.object, (_, state) => state.abort("evicted")).catch(() => undefined);
    await evicted();
    const alarm = await runInDurableObject(world.object, (_, state) => state.storage.getAlarm());
    // It may have come already: a lost run is looked for at once.
    if (alarm !== null) await runDurableObjectAlarm(world.object);
    await expect.poll(() => stateOf(me, id), { timeout: 5000 }).toEqual(["CRASHED", "Crashed"]);
    const other = await world.claimed();
    await pass(me, other, 200);
    await world.object.forget();
    await evicted();
    await world.poll("w");
    await expect.poll(() => stateOf(me, other), { timeout: 5000 }).toEqual(["CRASHED", "Crashed"]);
    await me.must("PUT", "/work_pools/p/recovery", { pending_timeout_seconds: null });
    const last = await world.claimed();
    await pass(me, last, 5000);
    await wake(world);
    expect(await stateOf(me, last)).toEqual(["PENDING", "Pending"]);
  });

  it("have a policy that is checked", async () => {
    const { me } = await queueWorld();
    const answer = await me.put("/work_pools/p/recovery", RESCHEDULE);
    expect([answer.status, answer.body, answer.cost.roundTrips]).toEqual([200, RESCHEDULE, 1]);
    expect(await me.must("GET", "/work_pools/p/recovery")).toEqual(RESCHEDULE);
    for (const body of [
      { pending_timeout_seconds: 60 },
      { ...CRASH, action: "restart" },
      { ...CRASH, max_reschedules: -1 },
      { timeout: 1 },
    ]) {
      expect((await me.put("/work_pools/p/recovery", body)).status).toBe(422);
    }
    expect((await me.put("/work_pools/nope/recovery", CRASH)).status).toBe(404);
    expect((await me.get("/work_pools/nope/recovery")).status).toBe(404);
  });
});
