import { env } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { move, type QueueWorld, queueWorld } from "./queue-world.ts";
import type { Body, Client } from "./tenant.ts";

/** How many runs of a tenant hold slots, by the database itself. */
async function held(me: Client): Promise<number> {
  const row = await env.DB_0.prepare(
    "SELECT count(*) AS n FROM flow_runs WHERE tenant_id = ?1 AND work_queue_id IN (SELECT id FROM work_queues WHERE tenant_id = ?1) AND state_type IN ('PENDING', 'RUNNING')",
  )
    .bind(me.workspaceId)
    .first<{ n: number }>();
  return row?.n ?? 0;
}

const limitQueue = (world: QueueWorld, name: string, concurrency_limit: number | null) =>
  world.me.must("PATCH", `/work_pools/p/queues/${name}`, { concurrency_limit });

async function runsOf(world: QueueWorld, deployment: Body, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) ids.push(await world.run(deployment, 10 - index / 10));
  return ids;
}

const statuses = (answers: { body: Body }[]) => answers.map(({ body }) => body.status).sort();

describe("claims", () => {
  it("take the last slot once, however many race for it, and leave the others as they were", async () => {
    const world = await queueWorld();
    const { me } = world;
    const deployment = await world.deploy("d", "q");
    await limitQueue(world, "q", 1);
    const ids = await runsOf(world, deployment, 5);
    const answers = await Promise.all(ids.map((id) => move(me, id, "PENDING")));
    expect(statuses(answers)).toEqual(["ABORT", "ABORT", "ABORT", "ABORT", "ACCEPT"]);
    expect(await held(me)).toBe(1);
    const winner = answers.findIndex(({ body }) => body.status === "ACCEPT");
    for (const [index, answer] of answers.entries()) {
      if (index === winner) continue;
      expect(answer.status).toBe(200);
      expect(answer.body.details).toEqual({ type: "abort_details", reason: 'The concurrency limit of work queue "q" has been reached' });
      const run = await me.must("GET", `/flow_runs/${ids[index]}`);
      expect([run.state_type, (await me.must("GET", `/flow_run_states/?flow_run_id=${ids[index]}`)).length]).toEqual(["SCHEDULED", 1]);
    }
    // Not now is not never: the next of them is offered and taken when the slot is free.
    expect(await world.poll("w")).toEqual([]);
    await move(me, ids[winner] ?? "", "RUNNING");
    await move(me, ids[winner] ?? "", "COMPLETED");
    const [next = ""] = await world.poll("w");
    expect(ids).toContain(next);
    expect((await move(me, next, "PENDING")).body.status).toBe("ACCEPT");
  });

  it("hold a pool's limit over all of its queues, beside those of the queues", async () => {
    const world = await queueWorld({ concurrency_limit: 4 });
    const { me } = world;
    const [one, two] = [await world.deploy("one", "q1"), await world.deploy("two", "q2")];
    await limitQueue(world, "q1", 3);
    const ids = [...(await runsOf(world, one, 5)), ...(await runsOf(world, two, 5))];
    const answers = await Promise.all(ids.map((id) => move(me, id, "PENDING")));
    expect(statuses(answers).filter((status) => status === "ACCEPT")).toHaveLength(4);
    expect(await held(me)).toBe(4);
    expect(answers.slice(0, 5).filter(({ body }) => body.status === "ACCEPT").length).toBeLessThanOrEqual(3);
    const refused = await move(me, ids.find((_, index) => answers[index]?.body.status === "ABORT") ?? "", "PENDING");
    expect(refused.body.details.reason).toMatch(/^The concurrency limit of work (queue "q1"|pool "p") has been reached$/);
  });

  it("never hold more than the limit while runs come and go, and no slot is lost", async () => {
    const world = await queueWorld({ concurrency_limit: 2 });
    const { me } = world;
    const ids = await runsOf(world, await world.deploy("d", "q"), 8);
    const counts: number[] = [];
    const ends = ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"];
    await Promise.all(
      ids.map(async (id, index) => {
        for (const givenUpAt = Date.now() + 40_000; Date.now() < givenUpAt; await scheduler.wait(20)) {
          const claim = await move(me, id, "PENDING");
          counts.push(await held(me));
          if (claim.body?.status !== "ACCEPT") continue;
          if (index % 2 === 0) await move(me, id, "RUNNING");
          await move(me, id, ends[index % 4] ?? "", { force: true });
          return;
        }
      }),
    );
    expect(Math.max(...counts)).toBeLessThanOrEqual(2);
    expect(await held(me)).toBe(0);
    const states = await Promise.all(ids.map(async (id) => (await me.must("GET", `/flow_runs/${id}`)).state_type));
    expect(states).not.toContain("SCHEDULED");
  });

  it("that come too late, of a run that another has carried out already, are refused, and it is done again by way of SCHEDULED", async () => {
    const world = await queueWorld();
    const { me } = world;
    for (const end of ["COMPLETED", "FAILED", "CRASHED"]) {
      const id = await world.run(await world.deploy("d", "q"), 10);
      for (const type of ["PENDING", "RUNNING", end]) expect((await move(me, id, type)).body.status).toBe("ACCEPT");
      const late = (await move(me, id, "PENDING")).body;
      expect([late.status, late.details.reason]).toEqual([
        "ABORT",
        `This run is in a ${end} state and cannot transition to a PENDING state.`,
      ]);
      expect((await move(me, id, "PENDING", { force: true })).body.status).toBe("ACCEPT");
      await move(me, id, end, { force: true });
      expect((await move(me, id, "SCHEDULED", { force: true })).body.status).toBe("ACCEPT");
      expect((await move(me, id, "PENDING")).body.status).toBe("ACCEPT");
    }
    // No queue hands out a run without one.
    const run = await me.must("POST", "/flow_runs/", { flow_id: world.flow.id, state: { type: "PENDING" } });
    for (const type of ["RUNNING", "COMPLETED", "PENDING"]) expect((await move(me, run.id, type)).body.status).toBe("ACCEPT");
  });

  it("of runs that are started again after their end wait for a slot", async () => {
    const world = await queueWorld();
    const { me } = world;
    const [a = "", b = ""] = await runsOf(world, await world.deploy("d", "q"), 2);
    for (const type of ["PENDING", "RUNNING", "CRASHED"]) await move(me, a, type);
    await limitQueue(world, "q", 1);
    await move(me, b, "PENDING");
    const waits = (await move(me, a, "RUNNING")).body;
    expect([waits.status, waits.details.delay_seconds, await held(me)]).toEqual(["WAIT", 30, 1]);
    for (const type of ["RUNNING", "COMPLETED"]) await move(me, b, type);
    const answers = await Promise.all([move(me, a, "RUNNING"), move(me, b, "RUNNING")]);
    expect(answers.filter(({ body }) => body.status === "ACCEPT").length).toBeLessThanOrEqual(1);
    expect(await held(me)).toBeLessThanOrEqual(1);
  });

  it("are stopped by a limit of zero and by one that was lowered, and let through by none", async () => {
    const world = await queueWorld();
    const { me } = world;
    const [a = "", b = "", c = ""] = await runsOf(world, await world.deploy("d", "q"), 3);
    await limitQueue(world, "q", 0);
    expect((await move(me, a, "PENDING")).body.status).toBe("ABORT");
    await limitQueue(world, "q", 2);
    expect((await move(me, a, "PENDING")).body.status).toBe("ACCEPT");
    await limitQueue(world, "q", 1);
    expect((await move(me, b, "PENDING")).body.status).toBe("ABORT");
    // What holds a slot goes on whatever the limit says now.
    await limitQueue(world, "q", 0);
    expect((await move(me, a, "RUNNING")).body.status).toBe("ACCEPT");
    await limitQueue(world, "q", null);
    for (const id of [b, c]) expect((await move(me, id, "PENDING")).body.status).toBe("ACCEPT");
  });

  it("do not count runs that are being cancelled, are not held back by force, and never hold back a reschedule", async () => {
    const world = await queueWorld();
    const { me } = world;
    const [a = "", b = "", c = ""] = await runsOf(world, await world.deploy("d", "q"), 3);
    await limitQueue(world, "q", 1);
    await move(me, a, "PENDING");
    await me.must("PATCH", `/flow_runs/${a}`, { infrastructure_pid: "host:1" });
    await move(me, a, "RUNNING");
    expect((await move(me, b, "PENDING", { force: true })).body.status).toBe("ACCEPT");
    const later = { state: { type: "SCHEDULED", state_details: { scheduled_time: new Date(Date.now() + 3600_000).toISOString() } } };
    expect((await me.post(`/flow_runs/${c}/set_state`, later)).body.status).toBe("ACCEPT");
    await move(me, b, "CANCELLED");
    expect((await move(me, a, "CANCELLING")).body.state.type).toBe("CANCELLING");
    expect((await move(me, c, "PENDING")).body.status).toBe("ACCEPT");
  });

  it("of a process that has its run already wait: a retry comes back when there is a slot", async () => {
    const world = await queueWorld();
    const { me } = world;
    const [a = "", b = ""] = await runsOf(world, await world.deploy("d", "q"), 2);
    await limitQueue(world, "q", 1);
    await me.must("PATCH", `/flow_runs/${a}`, { empirical_policy: { retries: 1, retry_delay: 0 } });
    for (const type of ["PENDING", "RUNNING"]) await move(me, a, type);
    expect((await move(me, a, "FAILED")).body.state.name).toBe("AwaitingRetry");
    expect((await move(me, b, "PENDING")).body.status).toBe("ACCEPT");
    const waiting = await move(me, a, "RUNNING");
    expect([waiting.body.status, waiting.body.details]).toEqual([
      "WAIT",
      { type: "wait_details", delay_seconds: 30, reason: 'The concurrency limit of work queue "q" has been reached' },
    ]);
    await move(me, b, "CRASHED");
    expect((await move(me, a, "RUNNING")).body.status).toBe("ACCEPT");
  });

  it("are known again by their transition, full or not", async () => {
    const world = await queueWorld();
    const { me } = world;
    const [a = ""] = await runsOf(world, await world.deploy("d", "q"), 1);
    await limitQueue(world, "q", 1);
    const claim = { state: { type: "PENDING", state_details: { transition_id: crypto.randomUUID() } } };
    expect((await me.post(`/flow_runs/${a}/set_state`, claim)).body.status).toBe("ACCEPT");
    const again = await me.post(`/flow_runs/${a}/set_state`, claim);
    expect([again.body.status, again.body.state.type]).toEqual(["REJECT", "PENDING"]);
  });

  it("cost two round trips, and one when there is no slot", async () => {
    const world = await queueWorld({ concurrency_limit: 1 });
    const { me } = world;
    const [a = "", b = ""] = await runsOf(world, await world.deploy("d", "q"), 2);
    expect((await move(me, a, "PENDING")).cost.roundTrips).toBe(2);
    const refused = await move(me, b, "PENDING");
    expect([refused.cost.roundTrips, refused.cost.written]).toEqual([1, 0]);
  });
});
