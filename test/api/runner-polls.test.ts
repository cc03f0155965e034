import { env, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { as, move, queueWorld } from "./queue-world.ts";
import type { Answer, Body, Client } from "./tenant.ts";

const ask = (me: Client, runner: string, deployments: Body[], body: Body = {}): Promise<Answer> => {
  const scheduled_before = new Date(Date.now() + 10_000).toISOString();
  const deployment_ids = deployments.map(({ id }) => id);
  return me.post("/deployments/get_scheduled_flow_runs", { deployment_ids, scheduled_before, ...body }, as(runner));
};

const polled = async (me: Client, runner: string, deployments: Body[], body: Body = {}): Promise<string[]> =>
  (await ask(me, runner, deployments, body)).body.map((run: Body) => run.id);

const unqueued = (me: Client) => env.WORK_QUEUE.get(env.WORK_QUEUE.idFromName(`${me.workspaceId}/queue/unqueued`));

describe("runners' polls", () => {
  it("give a run to one of many that ask at once, whatever queue it is in, in order", async () => {
    const world = await queueWorld();
    const { me } = world;
    const served = await world.deploy("served", null);
    const [one, two] = [await world.deploy("one", "q1"), await world.deploy("two", "q2")];
    const all = [served, one, two];
    const ids: string[] = [];
    for (let index = 0; index < 9; index += 1) ids.push(await world.run(all[index % 3], 100 - index));
    const answers = await Promise.all(["a", "b", "c", "d"].map((name) => polled(me, name, all, { limit: 4 })));
    expect(answers.flat().sort()).toEqual([...ids].sort());
    for (const answer of answers) expect(answer).toEqual([...answer].sort((x, y) => ids.indexOf(x) - ids.indexOf(y)));
    // Polling does not renew a lease, and its holder goes on seeing what it holds.
    const [first = []] = answers;
    expect(await polled(me, "a", all)).toEqual(first);
    expect(await polled(me, "e", all)).toEqual([]);
  });

  it("find what others do not hold behind pages that they do", async () => {
    const world = await queueWorld();
    const { me } = world;
    const served = await world.deploy("served", null);
    const ids: string[] = [];
    for (let index = 0; index < 55; index += 1) ids.push(await world.run(served, 200 - index));
    expect(await polled(me, "a", [served], { limit: 53 })).toEqual(ids.slice(0, 53));
    const answer = await ask(me, "b", [served], { limit: 1 });
    expect([answer.body.map((run: Body) => run.id), answer.cost.roundTrips]).toEqual([ids.slice(53, 54), 2]);
    // What was found beyond the limit is not kept from the others.
    expect(await polled(me, "c", [served], { limit: 5 })).toEqual(ids.slice(54));
  });

  it("share leases with workers and agents", async () => {
    const world = await queueWorld();
    const { me } = world;
    const deployment = await world.deploy("d", "q");
    const queue = await me.must("GET", "/work_pools/p/queues/q");
    const [first, second] = [await world.run(deployment, 20), await world.run(deployment, 10)];
    expect(await polled(me, "runner", [deployment], { limit: 1 })).toEqual([first]);
    expect(await world.poll("worker", { limit: 1 })).toEqual([second]);
    expect(await polled(me, "runner", [deployment])).toEqual([first]);
    expect((await me.must("POST", `/work_queues/${queue.id}/get_runs`, {}, as("agent"))).length).toBe(0);
    expect((await me.post(`/flow_runs/${first}/set_state`, { state: { type: "PENDING" } })).body.status).toBe("ACCEPT");
    expect(await polled(me, "runner", [deployment])).toEqual([]);
  });

  it("lease what is due within a minute, and disturb nothing when they only look", async () => {
    const world = await queueWorld();
    const { me } = world;
    const served = await world.deploy("served", null);
    const [due, later] = [await world.run(served, 5), await world.run(served, -3600)];
    const preview = await me.must(
      "POST",
      "/deployments/get_scheduled_flow_runs",
      { deployment_ids: [served.id] },
      { "x-prefect-ui": "true" },
    );
    expect(preview.map((run: Body) => run.id)).toEqual([due, later]);
    expect(await polled(me, "a", [served], { scheduled_before: new Date(Date.now() + 7_200_000).toISOString() })).toEqual([due]);
    expect(await polled(me, "b", [served], { scheduled_before: null })).toEqual([later]);
    expect(await polled(me, "a", [served], { limit: 0 })).toEqual([]);
  });

  it("cost nothing while nothing is due, and see at once what comes", async () => {
    const world = await queueWorld();
    const { me } = world;
    const served = await world.deploy("served", null);
    const other = await world.deploy("other", null);
    await ask(me, "a", [served]);
    const idle = await ask(me, "a", [served]);
    expect([idle.body, idle.cost.roundTrips, idle.cost.objectCalls]).toEqual([[], 0, 1]);
    await world.run(other, 5);
    await world.run(served, -600);
    expect((await ask(me, "a", [served])).cost.roundTrips).toBe(0);
    const due = await world.run(served, 5);
    const found = await ask(me, "a", [served]);
    expect([found.body.map((run: Body) => run.id), found.cost.roundTrips]).toEqual([[due], 1]);
    // What another holds costs no round trip either, and what was claimed is gone.
    expect((await ask(me, "b", [served])).cost.roundTrips).toBe(0);
    await move(me, due, "PENDING");
    const after = await ask(me, "a", [served]);
    expect([after.body, after.cost.roundTrips]).toEqual([[], 0]);
    expect((await me.must("GET", `/deployments/${served.id}`)).status).toBe("READY");
  });

  it("go by what D1 has when notices were lost, the object was evicted or its storage is gone", async () => {
    const world = await queueWorld();
    const { me } = world;
    const served = await world.deploy("served", null);
    const [first, second] = [await world.run(served, 30), await world.run(served, 20)];
    expect(await polled(me, "a", [served], { limit: 1 })).toEqual([first]);
    await env.DB_0.prepare("UPDATE flow_runs SET state_type = 'RUNNING' WHERE tenant_id = ?1 AND id = ?2")
      .bind(me.workspaceId, second)
      .run();
    expect(await polled(me, "b", [served])).toEqual([]);
    const third = await world.run(served, 10);
    await runInDurableObject(unqueued(me), async (_, state) => state.abort("evicted")).catch(() => undefined);
    // The lease of the first outlives its object.
    expect(await polled(me, "b", [served])).toEqual([third]);
    await unqueued(me).forget();
    expect(await polled(me, "c", [served])).toEqual([first, third]);
  });

  it("find nothing of other deployments or of nobody's, and runs left in a queue by a deployment that moved", async () => {
    const world = await queueWorld();
    const { me } = world;
    const deployment = await world.deploy("d", "q");
    const run = await world.run(deployment, 10);
    await me.must("POST", "/flow_runs/", { flow_id: world.flow.id, state: { type: "SCHEDULED" } });
    await env.DB_0.prepare("UPDATE deployments SET work_queue_id = NULL WHERE tenant_id = ?1").bind(me.workspaceId).run();
    expect(await polled(me, "a", [{ id: crypto.randomUUID() }])).toEqual([]);
    expect(await polled(me, "a", [deployment])).toEqual([run]);
  });
});
