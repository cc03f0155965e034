import { env, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { rows } from "./planned.ts";
import { type Body, type Client, newTenant } from "./tenant.ts";

const worker = (name: string) => ({ "user-agent": name });

async function world(
  limits: { queue?: number; pool?: number } = {},
): Promise<{ me: Client; run: (secondsAgo: number) => Promise<string>; queue: Body }> {
  const me = await newTenant();
  await me.must("POST", "/work_pools/", { name: "p", type: "process", concurrency_limit: limits.pool ?? null });
  await me.must("POST", "/work_pools/p/queues", { name: "q", concurrency_limit: limits.queue ?? null });
  const flow = await me.must("POST", "/flows/", { name: "f" });
  const deployment = await me.must("POST", "/deployments/", { name: "d", flow_id: flow.id, work_pool_name: "p", work_queue_name: "q" });
  const run = async (secondsAgo: number) => {
    const state = { type: "SCHEDULED", state_details: { scheduled_time: new Date(Date.now() - secondsAgo * 1000).toISOString() } };
    return (await me.must("POST", `/deployments/${deployment.id}/create_flow_run`, { state })).id;
  };
  return { me, run, queue: await me.must("GET", "/work_pools/p/queues/q") };
}

const polled = async (me: Client, name: string, body: Body = {}): Promise<string[]> =>
  (await me.must("POST", "/work_pools/p/get_scheduled_flow_runs", body, worker(name))).map((item: Body) => item.flow_run.id);

const claim = (me: Client, id: string) => me.post(`/flow_runs/${id}/set_state`, { state: { type: "PENDING" } });

/** Makes so many runs more like one, due right after it. */
async function multiply(me: Client, id: string, count: number): Promise<void> {
  const columns = (await rows<{ name: string }>("SELECT name FROM pragma_table_info('flow_runs')")).map(({ name }) => name);
  const replaced: Record<string, string> = {
    id: "substr(own.id, 1, 24) || printf('%012x', n.value)",
    next_scheduled_start_at: "own.next_scheduled_start_at + 1 + n.value",
  };
  await rows(
    `INSERT INTO flow_runs (${columns.join(", ")}) SELECT ${columns.map((name) => replaced[name] ?? `own.${name}`).join(", ")}
     FROM flow_runs AS own, json_each(?3) AS n WHERE own.tenant_id = ?1 AND own.id = ?2`,
    ...[me.workspaceId, id, JSON.stringify(Array.from({ length: count }, (_, index) => index))],
  );
}

describe("leases", () => {
  it("of more runs than a queue's object holds hide none that come after them, nor do those that nobody takes", async () => {
    const { me, run, queue } = await world();
    const object = () => env.WORK_QUEUE.get(env.WORK_QUEUE.idFromName(`${me.workspaceId}/queue/${queue.id}`));
    await multiply(me, await run(600), 599);
    await object().changed();
    const last = await run(10);
    const lots = { limit: 200, scheduled_before: new Date().toISOString() };
    for (const name of ["a", "b", "c"]) expect(await polled(me, name, lots)).toHaveLength(200);
    expect(await polled(me, "d", lots)).toEqual([last]);
    // All are held: whoever asks now costs nothing.
    const batches = vi.spyOn(env.DB_0, "batch");
    expect(await polled(me, "e", lots)).toEqual([]);
    expect(batches).toHaveBeenCalledTimes(0);
    batches.mockRestore();
    await runInDurableObject(object(), (_, state) => {
      state.storage.sql.exec(
        "UPDATE due SET leased_to = NULL, leased_at = NULL, leased_until = NULL, hand_outs = iif(run_id = ?1, 0, 10)",
        last,
      );
    });
    await multiply(me, last, 1);
    await object().changed();
    const [first, second, third] = await polled(me, "e", { ...lots, limit: 3 });
    expect([first, second]).toEqual([last, expect.stringMatching(/0{12}$/)]);
    expect(third).toBeDefined();
  });

  it("hide a run handed to one caller from the others, and keep it visible to the same one", async () => {
    const { me, run } = await world();
    const ids = [await run(30), await run(20), await run(10)];
    expect(await polled(me, "a", { limit: 2 })).toEqual(ids.slice(0, 2));
    expect(await polled(me, "a", { limit: 2 })).toEqual(ids.slice(0, 2));
    expect(await polled(me, "b")).toEqual(ids.slice(2));
    expect(await polled(me, "c")).toEqual([]);
  });

  it("end when the run is claimed, whoever claims it, and exactly one claim wins", async () => {
    const { me, run } = await world();
    const id = await run(10);
    await polled(me, "a");
    const claims = await Promise.all([claim(me, id), claim(me, id), claim(me, id)]);
    expect(claims.map(({ body }) => body.status).sort()).toEqual(["ABORT", "ABORT", "ACCEPT"]);
    expect(await polled(me, "a")).toEqual([]);
  });

  it("are not given on runs that are not due within a minute, nor to the page", async () => {
    const { me, run, queue } = await world();
    const later = await run(-3600);
    const soon = { scheduled_before: new Date(Date.now() + 7_200_000).toISOString() };
    expect(await polled(me, "a", soon)).toEqual([]);
    // Without a bound it is a preview: later runs show, to everybody.
    for (const name of ["a", "b"]) expect(await polled(me, name)).toEqual([later]);
    const due = await run(5);
    const look = await me.must("POST", `/work_queues/${queue.id}/get_runs`, {}, { "x-prefect-ui": "true" });
    expect(look.map((r: Body) => r.id)).toEqual([due, later]);
    expect(await polled(me, "a", soon)).toEqual([due]);
    expect(await polled(me, "b", soon)).toEqual([]);
  });

  it("count against the queue's limit and the pool's", async () => {
    for (const limits of [{ queue: 2 }, { pool: 2 }]) {
      const { me, run } = await world(limits);
      const ids = [await run(30), await run(20), await run(10)];
      expect(await polled(me, "a", { limit: 1 })).toEqual(ids.slice(0, 1));
      expect(await polled(me, "b")).toEqual(ids.slice(1, 2));
      expect(await polled(me, "c")).toEqual([]);
      expect((await claim(me, ids[0] ?? "")).body.status).toBe("ACCEPT");
      expect(await polled(me, "c")).toEqual([]);
    }
  });

  it("follow changes of runs, queues and pools at once", async () => {
    const { me, run, queue } = await world();
    const [first, second] = [await run(30), await run(20)];
    expect(await polled(me, "a", { limit: 0 })).toEqual([]);
    await me.must("DELETE", `/flow_runs/${first}`);
    await me.must("PATCH", "/work_pools/p/queues/q", { is_paused: true });
    expect(await polled(me, "a")).toEqual([]);
    await me.must("PATCH", `/work_queues/${queue.id}`, { is_paused: false });
    await me.must("PATCH", "/work_pools/p", { is_paused: true });
    expect(await polled(me, "a")).toEqual([]);
    await me.must("PATCH", "/work_pools/p", { is_paused: false });
    expect(await polled(me, "a")).toEqual([second]);
    const third = await run(5);
    expect(await polled(me, "a")).toEqual([second, third]);
    expect((await me.post("/work_pools/p/get_scheduled_flow_runs", { work_queue_names: ["nope"] })).body).toEqual({
      detail: "Work pool queue 'p/nope' not found.",
    });
  });

  it("are of one caller each, in order, whichever way many ask at once, and outlive their object and its alarms", async () => {
    const { me, run, queue } = await world();
    const ids: string[] = [];
    for (let index = 0; index < 12; index += 1) ids.push(await run(40 - index));
    const ask = {
      worker: (name: string) => polled(me, name, { limit: 3 }),
      agent: async (name: string) =>
        (await me.must("POST", `/work_queues/${queue.id}/get_runs`, { limit: 3 }, worker(name))).map((r: Body) => r.id),
    };
    const askAll = (names: string[]) =>
      Promise.all(names.map((name, index) => (index % 2 === 0 ? ask.worker(name) : ask.agent(name)))) as Promise<string[][]>;
    const handed = await askAll(["a", "b", "c", "d", "e", "f"]);
    expect(handed.flat().sort()).toEqual([...ids].sort());
    for (const list of handed) expect(list).toEqual(ids.filter((id) => list.includes(id)));
    const object = () => env.WORK_QUEUE.get(env.WORK_QUEUE.idFromName(`${me.workspaceId}/queue/${queue.id}`));
    // Late marking gives the runs new states: their leases stay.
    for (let turn = 0; turn < 2; turn += 1) {
      await runInDurableObject(object(), (_, state) => state.storage.setAlarm(Date.now() + 3600_000));
      await runDurableObjectAlarm(object());
    }
    await runInDurableObject(object(), (_, state) => state.abort("evicted")).catch(() => undefined);
    expect(await polled(me, "g")).toEqual([]);
    // Who held a lease holds it still, and claims it; of all that claim at once one wins each run.
    const claims = await Promise.all(ids.flatMap((id) => [claim(me, id), claim(me, id)]));
    expect(claims.filter(({ body }) => body.status === "ACCEPT")).toHaveLength(ids.length);
    expect(await polled(me, "a")).toEqual([]);
  });

  it("do not hand out what D1 no longer has, when a notice was lost", async () => {
    const { me, run } = await world();
    const [gone, kept] = [await run(30), await run(20)];
    expect(await polled(me, "a", { limit: 0 })).toEqual([]);
    await env.DB_0.prepare("UPDATE flow_runs SET state_type = 'RUNNING' WHERE tenant_id = ?1 AND id = ?2").bind(me.workspaceId, gone).run();
    expect(await polled(me, "a")).toEqual([kept]);
  });

  it("serve queues by priority, and agents by queue", async () => {
    const { me, run, queue } = await world();
    const low = await run(100);
    await me.must("POST", "/work_pools/p/queues", { name: "high", priority: 1 });
    const flow = await me.must("POST", "/flows/", { name: "f" });
    const deployment = await me.must("POST", "/deployments/", {
      name: "h",
      flow_id: flow.id,
      work_pool_name: "p",
      work_queue_name: "high",
    });
    const high = (await me.must("POST", `/deployments/${deployment.id}/create_flow_run`, {})).id;
    expect(await polled(me, "a", { limit: 1 })).toEqual([high]);
    expect(await polled(me, "a")).toEqual([high, low]);
    const runs = await me.must("POST", `/work_queues/${queue.id}/get_runs`, { limit: 10 }, worker("a"));
    expect(runs.map((r: Body) => [r.id, r.state.type])).toEqual([[low, "SCHEDULED"]]);
    expect((await me.post(`/work_queues/${crypto.randomUUID()}/get_runs`, {})).status).toBe(404);
  });
});
