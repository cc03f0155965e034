import { describe, expect, it, vi } from "vitest";
import type { RunNotice } from "../../src/queue/messages.ts";
import { Queues } from "../../src/queue/stub.ts";
import { during } from "./faults.ts";
import { expectTryAgain, keepTime, leaseWorld, pass, reschedule, type World } from "./lease-fault-world.ts";
import { move, queueObject } from "./queue-world.ts";
import type { Answer, Body } from "./tenant.ts";

/** Notices that come again, late or never. */
keepTime();

describe("a run is in one live lease and claimed once", () => {
  it("when notices come again, late, and in the wrong order", async () => {
    const world = await leaseWorld();
    const told: RunNotice[][] = [];
    const { notify } = Queues.prototype;
    vi.spyOn(Queues.prototype, "notify").mockImplementation(function (this: Queues, notices) {
      told.push([...notices]);
      return told.length > 2 ? notify.call(this, notices) : Promise.resolve();
    });
    const ids = [await world.due(30), await world.due(20)];
    // The queue reads the runs before it is told of them.
    expect(await world.poll("a")).toEqual(ids);
    const [claimed = "", kept = ""] = ids;
    await move(world.me, claimed, "PENDING");
    const owner = { tenantId: world.me.workspaceId as never, shard: 0 };
    for (const notices of [...told, ...told.toReversed()]) {
      await queueObject(world.me, world.queue.id).notify(owner, world.queue.id, notices);
      expect(await world.poll("b")).toEqual([]);
    }
    expect(await world.poll("a")).toEqual([kept]);
  });

  it("when what was told first comes last", async () => {
    const world = await leaseWorld();
    const [id, other] = [await world.due(30), await world.due(25)];
    expect(await world.poll("b", { limit: 1 })).toEqual([id]);
    const late: RunNotice[][] = [];
    vi.spyOn(Queues.prototype, "notify").mockImplementation((notices) => {
      late.push([...notices]);
      return Promise.resolve();
    });
    const owner = { tenantId: world.me.workspaceId as never, shard: 0 };
    const tell = (notices: RunNotice[] | undefined) => queueObject(world.me, world.queue.id).notify(owner, world.queue.id, notices ?? []);
    // A lease that was given after a state is not ended by the late word of that state; one from before is.
    await reschedule(world, id, 20);
    await reschedule(world, other, 10);
    expect(await world.poll("a", { limit: 1 })).toEqual([other]);
    expect(await world.poll("b", { limit: 1 })).toEqual([]);
    for (const notices of late.splice(0)) await tell(notices);
    expect(await world.poll("c")).toEqual([id]);
    expect(await world.poll("a")).toEqual([other]);
    // Claimed and given back: whoever hears of the claim last does not lose the run.
    await move(world.me, id, "PENDING");
    await reschedule(world, id, 20);
    for (const notices of late.splice(0).toReversed()) await tell(notices);
    expect(await world.poll("d")).toEqual([id]);
    // Put off, and hastened before: the later word counts.
    await reschedule(world, other, 5);
    await reschedule(world, other, -600);
    for (const notices of late.splice(0).toReversed()) await tell(notices);
    const listed = await queueObject(world.me, world.queue.id).inspect(owner, world.queue.id, Date.now() * 1000, 10);
    expect(listed.found && listed.runs.map(({ runId }) => runId)).toEqual([id]);
  });

  it("in the order of the times that D1 has, though the queue was not told of them", async () => {
    const world = await leaseWorld();
    const [put, next, last] = [await world.due(30), await world.due(20), await world.due(5)];
    expect(await world.poll("a", { scheduled_before: new Date(Date.now() - 3600_000).toISOString() })).toEqual([]);
    vi.spyOn(Queues.prototype, "notify").mockResolvedValue();
    await reschedule(world, put, 10);
    expect(await world.poll("a")).toEqual([next, put, last]);
  });
});

describe("the queue and D1 disagree for one reconcile period at most", () => {
  /** Does something of which no queue hears. */
  async function unheard(work: () => Promise<unknown>): Promise<void> {
    for (const name of ["notify", "refill", "queueChanged", "poolChanged", "forget"] as const) {
      vi.spyOn(Queues.prototype, name).mockResolvedValue(true as never);
    }
    await work();
    vi.restoreAllMocks();
  }
  /** What is handed out when the period is over: the poll that finds that out is answered from what was known. */
  const afterPeriod = async (world: World, name: string): Promise<string[]> => {
    pass(31);
    await world.touch();
    await world.poll("x", { limit: 0 });
    return world.poll(name);
  };

  it("of runs that came, went, or are to start at another time", async () => {
    const world = await leaseWorld();
    const [claimed = "", deleted, later = "", sooner = ""] = [
      await world.due(50),
      await world.due(40),
      await world.due(30),
      await world.due(-600),
    ];
    await world.touch();
    let made = "";
    await unheard(async () => {
      expect((await move(world.me, claimed, "PENDING")).body.status).toBe("ACCEPT");
      await world.me.must("DELETE", `/flow_runs/${deleted}`);
      await reschedule(world, later, -600);
      await reschedule(world, sooner, 20);
      made = await world.due(10);
    });
    // What is gone or not due is not handed out even now.
    expect(await world.poll("a")).toEqual([]);
    expect(await afterPeriod(world, "a")).toEqual([sooner, made]);
    pass(600);
    expect(await afterPeriod(world, "b")).toEqual([sooner, made, later]);
  });

  it("of queues and pools that were paused, limited or opened", async () => {
    const world = await leaseWorld();
    const ids = [await world.due(30), await world.due(20)];
    await world.touch();
    const changes: [string, Body, Body][] = [
      ["/work_pools/p/queues/q", { is_paused: true }, { is_paused: false }],
      ["/work_pools/p", { is_paused: true }, { is_paused: false }],
      ["/work_pools/p/queues/q", { concurrency_limit: 0 }, { concurrency_limit: 2 }],
      ["/work_pools/p", { concurrency_limit: 0 }, { concurrency_limit: 2 }],
    ];
    for (const [path, shut, open] of changes) {
      await unheard(() => world.me.must("PATCH", path, shut));
      expect([path, shut, await afterPeriod(world, "a")]).toEqual([path, shut, []]);
      await unheard(() => world.me.must("PATCH", path, open));
      expect([path, open, await afterPeriod(world, "a")]).toEqual([path, open, ids]);
    }
  });

  it("also when D1 fails while they are compared, and when the clock was set back", async () => {
    const world = await leaseWorld();
    const id = await world.due(10);
    await world.touch();
    await unheard(() => move(world.me, id, "PENDING"));
    const next = await world.due(5);
    for (const kind of ["before", "after"] as const) {
      pass(31);
      const hurt = (await during({ skip: 0, kind }, () => world.ask.queue("a"))) as Answer;
      if (hurt.status !== 200) expectTryAgain(hurt);
      expect(await world.poll("a")).toEqual([next]);
    }
    let made = "";
    await unheard(async () => {
      made = await world.due(4);
    });
    const scheduled_before = new Date(Date.now() + 10_000).toISOString();
    vi.setSystemTime(Date.now() - 3600_000);
    await world.touch();
    expect(await world.poll("a", { scheduled_before })).toEqual([next, made]);
  });
});
