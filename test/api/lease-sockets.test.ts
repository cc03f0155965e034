import { env, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { openSocket, type Socket } from "./client-socket.ts";
import { expectPrompt, PROMPT } from "./prompt.ts";
import { as, move, type QueueWorld, queueWorld } from "./queue-world.ts";
import { type Body, newTenant } from "./tenant.ts";

const open = (world: QueueWorld, name = "w", query = ""): Promise<Socket> =>
  openSocket(`/work_pools/p/lease${query}`, { authorization: `Bearer ${world.me.key}`, ...as(name) });

const nextRun = async (socket: Socket): Promise<string | undefined> => (await socket.next())?.run.flow_run.id;

const poolObject = (world: QueueWorld) => env.WORK_POOL.get(env.WORK_POOL.idFromName(`${world.me.workspaceId}/pool/p`));

const later = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));

describe("a socket for leases", () => {
  it("sends due runs in order, as many as are wanted, leased", async () => {
    const world = await queueWorld();
    const deployment = await world.deploy("d", "q");
    const runs = [await world.run(deployment, 30), await world.run(deployment, 20), await world.run(deployment, 10)];
    const socket = await open(world);
    socket.send({ want: 2 });
    const sent = await socket.next();
    const [polled] = await world.me.must("POST", "/work_pools/p/get_scheduled_flow_runs", { limit: 1 }, as("w"));
    expect(sent).toEqual({ run: { ...polled, flow_run: { ...polled.flow_run, estimated_start_time_delta: expect.any(Number) } } });
    expect([sent.run.flow_run.id, await nextRun(socket)]).toEqual(runs.slice(0, 2));
    expect(await world.poll("other", { scheduled_before: new Date().toISOString() })).toEqual(runs.slice(2));
    socket.send("ping");
    expect(await socket.next()).toBe("pong");
    socket.close();
  });

  it("sends a run the moment it is due, and one that comes meanwhile", async () => {
    const world = await queueWorld();
    const deployment = await world.deploy("d", "q");
    const socket = await open(world);
    socket.send({ want: 5 });
    await later(100);
    const dueAt = Date.now() + 800;
    const later1 = await world.run(deployment, -0.8);
    const now = await world.run(deployment, 0);
    const made = Date.now();
    expect(await nextRun(socket)).toBe(now);
    expect(Date.now() - made).toBeLessThan(PROMPT);
    expect(await nextRun(socket)).toBe(later1);
    expect(Date.now()).toBeGreaterThanOrEqual(dueAt);
    expect(Date.now() - dueAt).toBeLessThan(PROMPT + 50);
    socket.close();
  });

  it("delivers within 100 ms of a run's time, as the median of several has it", async () => {
    const world = await queueWorld();
    const deployment = await world.deploy("d", "q");
    const socket = await open(world);
    socket.send({ want: 30 });
    await expectPrompt(async () => {
      const dueAt = Date.now() + 300;
      const run = await world.run(deployment, -0.3);
      expect(await nextRun(socket)).toBe(run);
      return Date.now() - dueAt;
    });
    socket.close();
  });

  it("outlives the sleep of its object, which wakes when a run is due or comes", async () => {
    const world = await queueWorld();
    const deployment = await world.deploy("d", "q");
    const socket = await open(world, "w", "?work_queue_names=q");
    socket.send({ want: 3 });
    await later(100);
    const dueAt = Date.now() + 1500;
    const run = await world.run(deployment, -1.5);
    await later(50);
    await evictDurableObject(poolObject(world));
    expect(await nextRun(socket)).toBe(run);
    expect(Date.now() - dueAt).toBeLessThan(PROMPT + 50);
    await evictDurableObject(poolObject(world));
    const queue = await world.me.must("GET", "/work_pools/p/queues/q");
    await evictDurableObject(env.WORK_QUEUE.get(env.WORK_QUEUE.idFromName(`${world.me.workspaceId}/queue/${queue.id}`)));
    const other = await world.run(deployment, 0);
    expect(await nextRun(socket)).toBe(other);
    // One is wanted still, and no more than one.
    const rest = [await world.run(deployment, 2), await world.run(deployment, 1)];
    expect(await nextRun(socket)).toBe(rest[0]);
    expect(await world.poll("x", { scheduled_before: new Date().toISOString() })).toEqual([rest[1]]);
    socket.close();
  });

  it("waits for slots, and shares runs with others that wait", async () => {
    const world = await queueWorld({ concurrency_limit: 2 });
    const deployment = await world.deploy("d", "q");
    const sockets = [await open(world, "a"), await open(world, "a"), await open(world, "b")];
    for (const socket of sockets) socket.send({ want: 1 });
    await later(100);
    const runs: string[] = [];
    for (let index = 0; index < 3; index += 1) runs.push(await world.run(deployment, 0));
    const sent: { index: number; run: string | undefined }[] = [];
    const all = sockets.map((socket, index) => nextRun(socket).then((run) => sent.push({ index, run })));
    await later(300);
    expect(sent.map(({ run }) => run).toSorted()).toEqual(runs.slice(0, 2).toSorted());
    const first = sent[0]?.run ?? "";
    await move(world.me, first, "PENDING");
    await move(world.me, first, "RUNNING");
    await move(world.me, first, "COMPLETED");
    await Promise.all(all);
    expect(new Set(sent.map(({ index }) => index)).size).toBe(3);
    expect(sent.map(({ run }) => run).toSorted()).toEqual(runs.toSorted());
    for (const socket of sockets) socket.close();
  });

  it("leaves to others what comes after it was closed", async () => {
    const world = await queueWorld();
    const deployment = await world.deploy("d", "q");
    const socket = await open(world);
    socket.send({ want: 5 });
    await later(50);
    socket.close();
    await later(50);
    const run = await world.run(deployment, 0);
    const answer = await world.me.must("POST", "/work_pools/p/lease", { wait_seconds: 2 }, as("w"));
    expect(answer.map((item: Body) => item.flow_run.id)).toEqual([run]);
  });

  it("takes the key in its first message too", async () => {
    const world = await queueWorld();
    const run = await world.run(await world.deploy("d", "q"), 5);
    const socket = await openSocket("/work_pools/p/lease", as("browser"));
    socket.send({ type: "auth", token: world.me.key });
    expect(await socket.next()).toEqual({ type: "auth_success" });
    socket.send({ want: 1 });
    expect(await nextRun(socket)).toBe(run);
    socket.close();
    const stranger = await openSocket("/work_pools/p/lease", {});
    stranger.send({ type: "auth", token: "wrong" });
    expect(await stranger.next()).toEqual({ type: "auth_failure", reason: "Invalid API key." });
    expect([await stranger.next(), stranger.closed?.code]).toEqual([undefined, 1008]);
    const foreign = await openSocket("/work_pools/p/lease", {});
    foreign.send({ type: "auth", token: (await newTenant()).key });
    expect((await foreign.next()).type).toBe("auth_failure");
    // A cookie opens no socket: the key is asked for.
    const page = await openSocket("/work_pools/p/lease", { cookie: "slipway_session=sls_x" });
    page.send({ want: 1 });
    expect([(await page.next()).type, await page.next(), page.closed?.code]).toEqual(["auth_failure", undefined, 1008]);
  });

  it("is refused to strangers, and for what is not there", async () => {
    const world = await queueWorld();
    await expect(open(world, "w", "?work_queue_names=nope")).rejects.toThrow("404");
    await expect(openSocket("/work_pools/nope/lease", { authorization: `Bearer ${world.me.key}` })).rejects.toThrow("404");
    const other = await newTenant();
    await expect(openSocket("/work_pools/p/lease", { authorization: `Bearer ${other.key}` })).rejects.toThrow("404");
    await expect(openSocket("/work_pools/p/lease", { authorization: "Bearer wrong" })).rejects.toThrow("401");
    expect((await world.me.get("/work_pools/p/lease")).status).toBe(426);
  });

  it("ends on what is no message, and with its pool", async () => {
    const world = await queueWorld();
    for (const [message, code] of [
      [{ want: 0 }, 1007],
      [{ want: 1.5 }, 1007],
      ["{", 1007],
      ["null", 1007],
      [{ want: 1001 }, 1008],
      [{ want: 1, more: "x".repeat(2000) }, 1009],
    ] as const) {
      const socket = await open(world);
      socket.send(message);
      expect([await socket.next(), socket.closed?.code]).toEqual([undefined, code]);
    }
    const socket = await open(world);
    socket.send({ want: 1 });
    await later(50);
    await world.me.must("DELETE", "/work_pools/p");
    expect([await socket.next(), socket.closed?.code]).toEqual([undefined, 1001]);
  });

  it("ends when its key is revoked", async () => {
    const world = await queueWorld();
    const socket = await open(world);
    await env.DB_0.prepare("UPDATE api_keys SET revoked_at = 1 WHERE workspace_id = ?1").bind(world.me.workspaceId).run();
    await runInDurableObject(poolObject(world), (_, state) => {
      for (const end of state.getWebSockets()) end.serializeAttachment({ ...end.deserializeAttachment(), checkedAt: 0 });
    });
    await runDurableObjectAlarm(poolObject(world));
    expect([await socket.next(), socket.closed?.code]).toEqual([undefined, 1008]);
  });
});
