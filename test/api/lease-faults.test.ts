import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { WorkQueue } from "../../src/scheduler/work-queue.ts";
import { WorkPool } from "../../src/work-pool.ts";
import { during, evict, type Fault } from "./faults.ts";
import { expectTryAgain, idsOf, keepTime, leaseWorld, pass, statesOf, type World } from "./lease-fault-world.ts";
import { move, queueObject } from "./queue-world.ts";
import type { Answer, Body } from "./tenant.ts";

const FAULTS = (["before", "after"] as const).flatMap((kind) => [0, 1, 2].map((skip): Fault => ({ skip, kind })));

keepTime();

describe("a run is in one live lease and claimed once", () => {
  it("when its queue's object is thrown out between the lease and the claim", async () => {
    const world = await leaseWorld();
    const ids = [await world.due(30), await world.due(20)];
    expect(await world.poll("a", { limit: 1 })).toEqual(ids.slice(0, 1));
    await evict(queueObject(world.me, world.queue.id));
    expect(await world.poll("b")).toEqual(ids.slice(1));
    await evict(queueObject(world.me, world.queue.id));
    const claims = await Promise.all(ids.flatMap((id) => [move(world.me, id, "PENDING"), move(world.me, id, "PENDING")]));
    expect(claims.map(({ body }) => body.status).sort()).toEqual(["ABORT", "ABORT", "ACCEPT", "ACCEPT"]);
    for (const name of ["a", "b", "c"]) expect(await world.poll(name)).toEqual([]);
  });

  it.each(["pool", "queue"] as const)(
    "whatever becomes of the database during a poll of a %s, of an object that sleeps or not",
    async (way) => {
      for (const sleeps of [false, true]) {
        for (const fault of FAULTS) {
          const world = await leaseWorld();
          if (!sleeps) await world.ask[way]("a");
          const id = await world.due(10);
          if (sleeps) {
            await evict(queueObject(world.me, world.queue.id));
            await queueObject(world.me, world.queue.id).changed();
          }
          const hurt = await during(fault, () => world.ask[way]("a"));
          if (hurt?.status !== 200) expectTryAgain(hurt as Answer);
          else expect([sleeps, fault, idsOf(hurt)]).toEqual([sleeps, fault, [id]]);
          expect([sleeps, fault, idsOf(await world.ask[way]("a"))]).toEqual([sleeps, fault, [id]]);
          expect([sleeps, fault, idsOf(await world.ask[way]("b"))]).toEqual([sleeps, fault, []]);
        }
      }
    },
  );

  it("whatever becomes of the database during a claim, which is then repeated", async () => {
    for (const fault of FAULTS.filter(({ skip }) => skip < 2)) {
      const world = await leaseWorld();
      const id = await world.due(10);
      expect(await world.poll("a")).toEqual([id]);
      const state = { type: "PENDING", state_details: { transition_id: crypto.randomUUID() } };
      const claim = () => world.me.post(`/flow_runs/${id}/set_state`, { state });
      expectTryAgain((await during(fault, claim)) as Answer);
      const landed = fault.skip === 1 && fault.kind === "after";
      // The client's own retry learns that it has the run, and is not taken for another's.
      const again = (await claim()).body;
      expect([fault, again.status, again.state.type]).toEqual([fault, landed ? "REJECT" : "ACCEPT", "PENDING"]);
      expect(await statesOf(world, id)).toEqual(["SCHEDULED", "PENDING"]);
      expect((await move(world.me, id, "PENDING")).body.status).toBe("ABORT");
      for (const name of ["a", "b"]) expect(await world.poll(name)).toEqual([]);
    }
  });

  it("when the clock is set on or back, and leases never outlast it", async () => {
    const world = await leaseWorld();
    const id = await world.due(5);
    const owner = { tenantId: world.me.workspaceId as never, shard: 0 };
    const pollAt = async (caller: string, secondsOn: number) => {
      const now = (Date.now() + secondsOn * 1000) * 1000;
      const poll = { caller, now, before: now, after: null, limit: 10, leaseSeconds: 15, counts: true };
      const answer = await queueObject(world.me, world.queue.id).poll(owner, world.queue.id, poll);
      return answer.found ? answer.offer.ids : null;
    };
    expect(await pollAt("a", 3600)).toEqual([id]);
    // Clocks that differ a little are no reason to end a lease; one that was an hour ahead is.
    for (const secondsOn of [3598, 3600, 3614]) expect(await pollAt("b", secondsOn)).toEqual([]);
    expect(await pollAt("b", 0)).toEqual([id]);
    expect(await pollAt("a", 10)).toEqual([]);
    expect(await pollAt("a", 16)).toEqual([id]);
    expect(await pollAt("b", 16)).toEqual([]);
    const claims = await Promise.all([move(world.me, id, "PENDING"), move(world.me, id, "PENDING")]);
    expect(claims.map(({ body }) => body.status).sort()).toEqual(["ABORT", "ACCEPT"]);
  });
});

describe("a poller is never told more than to try again", () => {
  const failWith = (properties: object) => () => Promise.reject(Object.assign(new Error("from the platform"), properties));

  it("while an object has too much to do, which is then left alone", async () => {
    const world = await leaseWorld();
    const id = await world.due(5);
    const spies = [
      vi.spyOn(WorkQueue.prototype, "poll").mockImplementation(failWith({ overloaded: true, retryable: true })),
      vi.spyOn(WorkQueue.prototype, "notify").mockImplementation(failWith({ overloaded: true, retryable: true })),
      vi.spyOn(WorkQueue.prototype, "askForRunner").mockImplementation(failWith({ overloaded: true })),
      vi.spyOn(WorkQueue.prototype, "inspect").mockImplementation(failWith({ overloaded: true })),
    ];
    expectTryAgain(await world.ask.queue("a"));
    expectTryAgain(await world.ask.pool("a"));
    const runner = { deployment_ids: [world.deployment.id], scheduled_before: new Date().toISOString() };
    expectTryAgain(await world.me.post("/deployments/get_scheduled_flow_runs", runner));
    expectTryAgain(await world.me.get(`/work_queues/${world.queue.id}/leases`));
    expect(spies.map(({ mock }) => mock.calls.length)).toEqual([2, 0, 1, 1]);
    // What is acknowledged does not depend on it.
    expect((await move(world.me, id, "PENDING")).body.status).toBe("ACCEPT");
    expect(spies[1]?.mock.calls).toHaveLength(1);
    vi.restoreAllMocks();
    vi.spyOn(WorkPool.prototype, "heartbeat").mockImplementation(failWith({ overloaded: true }));
    expectTryAgain(await world.me.post("/work_pools/p/workers/heartbeat", { name: "w" }));
  });

  it("while an object cannot be reached, which is asked again first", async () => {
    const world = await leaseWorld();
    const id = await world.due(5);
    for (const properties of [{ retryable: true }, { durableObjectReset: true }]) {
      const spy = vi.spyOn(WorkQueue.prototype, "poll");
      spy.mockImplementationOnce(failWith(properties)).mockImplementationOnce(failWith(properties));
      expect(idsOf(await world.ask.queue("a"))).toEqual([id]);
      spy.mockImplementationOnce(failWith(properties));
      expect(idsOf(await world.ask.pool("a"))).toEqual([id]);
      spy.mockImplementation(failWith(properties));
      expectTryAgain(await world.ask.queue("a"));
      vi.restoreAllMocks();
    }
    // A fault of the program stays one.
    vi.spyOn(WorkQueue.prototype, "poll").mockImplementation(failWith({}));
    expect((await world.ask.queue("a")).status).toBe(500);
  });
});

describe("what an object does at its time", () => {
  /** The object's alarm, as if its time had come. */
  async function wake({ me, queue }: World): Promise<void> {
    await runInDurableObject(queueObject(me, queue.id), (_, state) => state.storage.setAlarm(Date.now() + 3600_000));
    expect(await runDurableObjectAlarm(queueObject(me, queue.id))).toBe(true);
  }
  const alarmOf = ({ me, queue }: World) => runInDurableObject(queueObject(me, queue.id), (_, state) => state.storage.getAlarm());

  it("is done once however often it is woken, and in the end whatever becomes of D1 or the object", async () => {
    const world = await leaseWorld();
    const id = await world.due(5);
    await world.touch();
    pass(20);
    for (const fault of [{ skip: 0, kind: "before" }, null] as const) {
      await during(fault, () => wake(world));
      const names = (await world.me.must("GET", `/flow_run_states/?flow_run_id=${id}`)).map((state: Body) => state.name);
      expect(names).toEqual(fault ? ["Scheduled"] : ["Scheduled", "Late"]);
      // It does not rest on the platform, which gives up after some tries.
      if (fault) expect(await alarmOf(world)).toBeGreaterThan(Date.now());
    }
    await evict(queueObject(world.me, world.queue.id));
    for (let turn = 0; turn < 2; turn += 1) await wake(world);
    await during({ skip: 0, kind: "after" }, () => wake(world));
    expect(await statesOf(world, id)).toEqual(["SCHEDULED", "SCHEDULED"]);
    expect(await world.poll("a")).toEqual([id]);
  });

  it("gives back what a lost agent claimed, though nobody polls and D1 failed at the time", async () => {
    const world = await leaseWorld();
    await world.me.must("PUT", "/work_pools/p/recovery", { pending_timeout_seconds: 120, action: "reschedule" });
    const id = await world.due(5);
    expect(await world.poll("a")).toEqual([id]);
    await move(world.me, id, "PENDING");
    pass(121);
    for (const skip of [0, 1, 2]) await during({ skip, kind: "before" }, () => wake(world));
    await evict(queueObject(world.me, world.queue.id));
    await wake(world);
    expect(await statesOf(world, id)).toEqual(["SCHEDULED", "PENDING", "SCHEDULED"]);
    expect(await world.poll("b")).toEqual([id]);
  });

  it("keeps a lease that was given before a run became late", async () => {
    const world = await leaseWorld();
    const id = await world.due(14);
    expect(await world.poll("a")).toEqual([id]);
    pass(5);
    await wake(world);
    expect(await world.poll("b")).toEqual([]);
    pass(11);
    expect(await world.poll("b")).toEqual([id]);
  });
});

it("the fewest D1 round trips: none for an idle poll, one for any number of runs, two for a claim", async () => {
  const world = await leaseWorld();
  for (const way of ["pool", "queue"] as const) {
    await world.ask[way]("a");
    expect((await world.ask[way]("a")).cost.roundTrips).toBe(0);
  }
  const ids = await Promise.all(Array.from({ length: 20 }, (_, index) => world.due(index + 1)));
  const handed = await world.ask.pool("a");
  expect([handed.body.length, handed.cost.roundTrips]).toEqual([ids.length, 1]);
  const claims = await Promise.all(ids.map((id) => move(world.me, id, "PENDING")));
  expect(claims.map(({ cost }) => cost.roundTrips)).toEqual(ids.map(() => 2));
  expect((await world.ask.pool("a")).cost.roundTrips).toBe(0);
});
