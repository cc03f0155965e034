import { env, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import type { Env } from "../../src/env.ts";
import { Backlog, backlogOf } from "../../src/scheduler/backlog.ts";
import { expandSchedules } from "../../src/scheduler/expand.ts";
import { shardOf } from "../../src/scheduler/shard.ts";
import { tick } from "../../src/scheduler/tick.ts";
import { dueOf, oneDeployment, rows, runsOf, schedulesOf, tenantWithDue, turnOfSlices } from "./planned.ts";
import type { Client } from "./tenant.ts";

const now = () => Date.now() * 1000;
const SECOND = 1_000_000;

/** Nothing of other tests is due, ever. */
async function nothingElseDue(): Promise<void> {
  await rows("UPDATE deployment_schedules SET next_expand_at = ?1 WHERE next_expand_at IS NOT NULL", now() + 1e9 * SECOND);
  await rows("UPDATE expansion_turns SET due_at = ?1", now() + 1e9 * SECOND);
}

/** An environment in which every call to a queue's object is refused for overload. */
const overloaded = (): Env => ({
  ...env,
  WORK_QUEUE: {
    idFromName: (name: string) => name,
    get: () => ({ changed: () => Promise.reject(Object.assign(new Error("too many requests"), { overloaded: true })) }),
  } as never,
});

describe("a slice of expansion", () => {
  it("costs two round trips and takes no more than its share, however much is due", async () => {
    await nothingElseDue();
    const me = await tenantWithDue(250, 1);
    const shard = shardOf(env, 0);
    expect(await expandSchedules(shard, turnOfSlices(now(), 1), { schedules: 10, runs: 1000 })).toBe("left");
    expect([shard.meter.d1RoundTrips, await dueOf(me), (await runsOf(me)).length]).toEqual([2, 240, 30]);
    const read = shard.meter.rowsRead;
    // No schedule is begun once there are twenty runs: of three each, seven have them.
    expect(await expandSchedules(shard, turnOfSlices(now(), 1), { schedules: 100, runs: 20 })).toBe("left");
    expect([shard.meter.d1RoundTrips, await dueOf(me), (await runsOf(me)).length]).toEqual([4, 233, 51]);
    // To the end, in as many slices as it takes and not one more.
    expect(await expandSchedules(shard, turnOfSlices(now()), { schedules: 50, runs: 1000 })).toBe("done");
    expect([shard.meter.d1RoundTrips, await dueOf(me), (await runsOf(me)).length]).toEqual([4 + 2 * 5, 0, 750]);
    expect(await expandSchedules(shard, turnOfSlices(now()))).toBe("done");
    expect(shard.meter.d1RoundTrips).toBe(4 + 2 * 5 + 1);

    // What is not due is not read.
    const few = await tenantWithDue(10, 1);
    const again = shardOf(env, 0);
    expect(await expandSchedules(again, turnOfSlices(now()), { schedules: 10, runs: 1000 })).toBe("done");
    expect(await dueOf(few)).toBe(0);
    expect(again.meter.rowsRead).toBeLessThan(read * 1.3 + 20);
  });

  it("gives every tenant its turn, whatever another has due", async () => {
    await nothingElseDue();
    const size = { schedules: 10, runs: 1000 };
    const large = await tenantWithDue(300, 1);
    const small = await tenantWithDue(1, now() - SECOND);
    const shard = shardOf(env, 0);
    await expandSchedules(shard, turnOfSlices(now(), 1), size);
    expect([await dueOf(large), await dueOf(small)]).toEqual([295, 0]);

    // More tenants than a slice has places for, all with more to do than a slice: every one is served once in a round.
    await nothingElseDue();
    const tenants: Client[] = [];
    for (let i = 0; i < 25; i += 1) tenants.push(await tenantWithDue(6, now() - (25 - i) * SECOND));
    const left = async () => Promise.all(tenants.map((tenant) => dueOf(tenant)));
    for (let round = 1; round <= 3; round += 1) {
      await expandSchedules(shard, turnOfSlices(now(), 2), size);
      await expandSchedules(shard, turnOfSlices(now(), 1), { ...size, schedules: 5 });
      expect([round, await left()]).toEqual([round, tenants.map(() => 6 - round)]);
    }
    // One that comes with a single schedule waits for those who wait already, not for all they have.
    const late = await tenantWithDue(1, now() - 1);
    await expandSchedules(shard, turnOfSlices(now(), 3), size);
    expect([await dueOf(late), Math.max(...(await left()))]).toEqual([0, 2]);
  });

  it("corrects the turn of a tenant that has nothing due any more", async () => {
    await nothingElseDue();
    const { me, path } = await oneDeployment({ schedule: { interval: 3600 } });
    const turn = async () =>
      (await rows<{ due_at: number | null }>("SELECT due_at FROM expansion_turns WHERE tenant_id = ?1", me.workspaceId))[0]?.due_at;
    const [schedule] = await schedulesOf(me);
    expect(await turn()).toBe(schedule?.next_expand_at);
    await me.must("DELETE", path);
    const after = (schedule?.next_expand_at ?? 0) + 1;
    const shard = shardOf(env, 0);
    await expandSchedules(shard, turnOfSlices(after));
    expect(await turn()).toBe(null);
    expect(shard.meter.rowsWritten).toBeLessThan(10);
    await me.must("POST", "/deployments/", {
      name: "e",
      flow_id: (await me.must("POST", "/flows/", { name: "f" })).id,
      schedule: { interval: 60 },
    });
    expect(await turn()).toBe((await schedulesOf(me))[0]?.next_expand_at);
  });

  it("stops when a queue has too much to do", async () => {
    await nothingElseDue();
    const me = await tenantWithDue(30, 1, { work_queue_name: "q" });
    const shard = shardOf(overloaded(), 0);
    expect(await expandSchedules(shard, turnOfSlices(now()), { schedules: 10, runs: 1000 })).toBe("busy");
    // What was made is made: the queue finds it when it compares itself with D1.
    expect([await dueOf(me), (await runsOf(me)).length, shard.meter.durableObjectCalls]).toEqual([20, 30, 1]);
    await nothingElseDue();
  });
});

describe("what a turn leaves", () => {
  const small = { ...env, D1_QUERIES: "63" };

  it("is gone on with until it is done, without another turn", async () => {
    await nothingElseDue();
    const me = await tenantWithDue(450, 1);
    const issued = vi.fn();
    const DB_0 = {
      prepare: (text: string) => env.DB_0.prepare(text),
      batch: (statements: D1PreparedStatement[]) => {
        issued(statements.length);
        return env.DB_0.batch(statements);
      },
    } as never;
    await tick({ ...small, DB_0 }, Date.now());
    // An invocation keeps to its limit of queries, but for the slice that passes it.
    expect(issued.mock.calls.flat().reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(63 + 8);
    expect(await dueOf(me)).toBeGreaterThan(0);
    await expect.poll(() => dueOf(me), { timeout: 20_000 }).toBe(0);
    const made = await runsOf(me);
    expect([made.length, new Set(made.map((run) => run.idempotency_key)).size]).toEqual([1350, 1350]);
  });

  it("is divided among alarms, each of which sets the next", async () => {
    await nothingElseDue();
    const me = await tenantWithDue(350, 1);
    const stub = env.BACKLOG.get(env.BACKLOG.idFromName("divided"));
    const turns = await runInDurableObject(stub, async (_, state) => {
      const backlog = new Backlog(state, { ...env, D1_QUERIES: "1" });
      await backlog.takeOver(0, ["expandSchedules"]);
      const left: number[] = [];
      while ((await state.storage.getAlarm()) !== null) {
        await state.storage.deleteAlarm();
        await backlog.alarm();
        left.push(await dueOf(me));
      }
      return left;
    });
    expect(turns).toEqual([250, 150, 50, 0]);
  });

  it("waits a while when queues have too much to do, or when the database is away", async () => {
    await nothingElseDue();
    const me = await tenantWithDue(250, 1, { work_queue_name: "q" });
    for (const [name, broken] of [
      ["overloaded", overloaded()],
      ["away", { ...env, DB_0: { prepare: env.DB_0.prepare.bind(env.DB_0), batch: () => Promise.reject(new Error("away")) } as never }],
    ] as const) {
      const stub = env.BACKLOG.get(env.BACKLOG.idFromName(name));
      const waits = await runInDurableObject(stub, async (_, state) => {
        const backlog = new Backlog(state, broken);
        await backlog.takeOver(0, ["expandSchedules"]);
        const found: number[] = [];
        for (let i = 0; i < 2; i += 1) {
          await state.storage.deleteAlarm();
          await backlog.alarm();
          found.push(((await state.storage.getAlarm()) ?? 0) - Date.now());
          // Whoever hands on more meanwhile hurries nothing.
          await backlog.takeOver(0, ["markLate"]);
        }
        await state.storage.deleteAlarm();
        return found;
      });
      expect(waits[0]).toBeGreaterThan(1000);
      expect(waits[1]).toBeGreaterThan(3000);
    }
    expect(await dueOf(me)).toBe(50);
    // It remembers nothing that matters: an object without memory has nothing to do.
    expect(await runDurableObjectAlarm(backlogOf(env, 7))).toBe(false);
    await nothingElseDue();
  });
});
