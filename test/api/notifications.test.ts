import { env } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TenantId } from "../../src/domain/ids.ts";
import { proposeState } from "../../src/domain/states/state.ts";
import { Meter } from "../../src/observe/meter.ts";
import { tick } from "../../src/scheduler/tick.ts";
import { setFlowRunState } from "../../src/services/flow-runs/set-flow-run-state.ts";
import { SERVICE_CALLER, tenantContext } from "../../src/tenancy/context.ts";
import { type Body, type Client, newTenant } from "./tenant.ts";

interface Received {
  url: string;
  text: string;
}

const received: Received[] = [];
let answers: (url: string) => Response | Promise<Response>;

beforeEach(() => {
  received.length = 0;
  answers = () => new Response("ok");
  vi.spyOn(globalThis, "fetch").mockImplementation(async (url, init) => {
    expect(init?.redirect).toBe("manual");
    received.push({ url: String(url), text: String(init?.body) });
    return answers(String(url));
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** A custom webhook block, whose URL tells tenants and tests apart. */
async function newBlock(me: Client, data: Body = {}, slug = "custom-webhook"): Promise<{ id: string; url: string }> {
  const url = `https://receiver.example/${crypto.randomUUID()}`;
  const type = await me.must("GET", `/block_types/slug/${slug}`);
  const [schema] = await me.must("POST", "/block_schemas/filter", { block_schemas: { block_type_id: { any_: [type.id] } } });
  const json_data = { text: "{{body}}" };
  const document = await me.must("POST", "/block_documents/", {
    name: `b${crypto.randomUUID().slice(0, 8)}`,
    data: { name: "n", url, json_data, secrets: { key: "hush" }, ...data },
    block_schema_id: schema.id,
    block_type_id: type.id,
  });
  return { id: document.id, url };
}

const newPolicy = (me: Client, block_document_id: string, more: Body = {}) =>
  me.must("POST", "/flow_run_notification_policies/", {
    state_names: [],
    tags: [],
    block_document_id,
    message_template: "{flow_run_state_name}",
    ...more,
  });

async function newRun(me: Client, more: Body = {}): Promise<string> {
  const flow = await me.must("POST", "/flows/", { name: "f" });
  return (await me.must("POST", "/flow_runs/", { flow_id: flow.id, state: { type: "PENDING" }, ...more })).id;
}

const setState = (me: Client, id: string, type: string, more: Body = {}) =>
  me.must("POST", `/flow_runs/${id}/set_state`, { state: { type, ...more } });

const queueOf = async (me: Client) =>
  (
    await env.DB_0.prepare("SELECT policy_id, state_id, tries, next_try_at FROM notification_queue WHERE tenant_id = ?1")
      .bind(me.workspaceId)
      .all<{ policy_id: string; state_id: string; tries: number; next_try_at: number }>()
  ).results;

const textsAt = (url: string) => received.filter((request) => request.url === url).map(({ text }) => JSON.parse(text).text as string);
const ofReceiver = ({ url }: { url: string }) => textsAt(url);

const logsOf = async (me: Client, runId: string): Promise<string[]> =>
  (await me.must("POST", "/logs/filter", { logs: { flow_run_id: { any_: [runId] } } })).map(({ message }: Body) => message);

const MINUTE = 60_000;

describe("notifications", () => {
  it("are sent once for each policy that a state matches", async () => {
    const me = await newTenant();
    const [any, named, tagged, off, both] = await Promise.all(Array.from({ length: 5 }, () => newBlock(me)));
    if (!any || !named || !tagged || !off || !both) throw new Error("no blocks");
    await newPolicy(me, any.id);
    await newPolicy(me, named.id, { state_names: ["Done", "Running"] });
    await newPolicy(me, tagged.id, { tags: ["x", "y"] });
    await newPolicy(me, off.id, { is_active: false });
    await newPolicy(me, both.id, { state_names: ["Done"], tags: ["y"] });
    const plain = await newRun(me);
    const id = await newRun(me, { tags: ["z", "y"] });
    const running = await me.post(`/flow_runs/${id}/set_state`, { state: { type: "RUNNING" } });
    expect([running.status, running.cost.roundTrips]).toEqual([201, 2]);
    await setState(me, id, "COMPLETED", { name: "Done" });
    await setState(me, plain, "RUNNING");
    expect([any, named, tagged, off, both].map(ofReceiver)).toEqual([
      ["Pending", "Pending", "Running", "Done", "Running"],
      ["Running", "Done", "Running"],
      ["Pending", "Running", "Done"],
      [],
      ["Done"],
    ]);
    expect(await queueOf(me)).toEqual([]);
    // The cron finds nothing left.
    const before = received.length;
    await tick(env, Date.now() + MINUTE);
    expect(received.length).toBe(before);
  });

  it("cost nothing where no policy matches, and nothing is sent for what was not accepted or rejected", async () => {
    const me = await newTenant();
    const block = await newBlock(me);
    const policy = await newPolicy(me, block.id, { is_active: false });
    const id = await newRun(me);
    const other = await newRun(me);
    const idle = await me.post(`/flow_runs/${other}/set_state`, { state: { type: "RUNNING" } });
    await me.must("PATCH", `/flow_run_notification_policies/${policy.id}`, { is_active: true, state_names: ["Failed"] });
    const unmatched = await me.post(`/flow_runs/${id}/set_state`, { state: { type: "RUNNING" } });
    expect(unmatched.cost.written).toBe(idle.cost.written);
    await me.must("PATCH", `/flow_run_notification_policies/${policy.id}`, { state_names: [] });
    const aborted = await newRun(me, { tags: ["t"] });
    const answer = await setState(me, aborted, "PENDING");
    expect([answer.status, ofReceiver(block)]).toEqual(["ABORT", ["Pending"]]);
    const later = new Date(Date.now() + 100 * MINUTE).toISOString();
    const scheduled = await newRun(me, { state: { type: "SCHEDULED", state_details: { scheduled_time: later } } });
    expect((await setState(me, scheduled, "RUNNING")).status).toBe("WAIT");
    expect(ofReceiver(block)).toEqual(["Pending", "Scheduled"]);
  });

  it("tell of the state a rejected run stays in, again", async () => {
    const me = await newTenant();
    const block = await newBlock(me);
    const id = await newRun(me);
    await setState(me, id, "RUNNING");
    const data = { type: "reference" };
    await setState(me, id, "COMPLETED", { data });
    await newPolicy(me, block.id);
    const answer = await me.post(`/flow_runs/${id}/set_state`, { state: { type: "RUNNING" } });
    expect([answer.body.status, answer.cost.roundTrips, ofReceiver(block)]).toEqual(["REJECT", 2, ["Completed"]]);
    await setState(me, id, "RUNNING");
    expect(ofReceiver(block)).toEqual(["Completed", "Completed"]);
    // A retry is a rejection with a new state.
    const retried = await newRun(me, { empirical_policy: { retries: 1 } });
    await setState(me, retried, "RUNNING");
    await setState(me, retried, "FAILED");
    expect(ofReceiver(block).slice(2)).toEqual(["Pending", "Running", "AwaitingRetry"]);
  });

  it("tell of late runs, resumed ones and created ones, but once for a repeated creation", async () => {
    const me = await newTenant();
    const block = await newBlock(me);
    await newPolicy(me, block.id);
    const flow = await me.must("POST", "/flows/", { name: "g" });
    const state = { type: "SCHEDULED", state_details: { scheduled_time: new Date(Date.now() - MINUTE).toISOString() } };
    for (const _ of [1, 2]) await me.must("POST", "/flow_runs/", { flow_id: flow.id, idempotency_key: "k", state });
    expect(ofReceiver(block)).toEqual(["Scheduled"]);
    await tick(env, Date.now());
    expect(ofReceiver(block)).toEqual(["Scheduled", "Late"]);
    await tick(env, Date.now() + MINUTE);
    expect(ofReceiver(block)).toEqual(["Scheduled", "Late"]);
    const id = await newRun(me);
    await setState(me, id, "RUNNING");
    await setState(me, id, "PAUSED", { state_details: { pause_timeout: new Date(Date.now() + 100 * MINUTE).toISOString() } });
    await me.must("POST", `/flow_runs/${id}/resume`);
    expect(ofReceiver(block).slice(-4)).toEqual(["Pending", "Running", "Paused", "Running"]);
  });

  it("fill in the message with the variables of the run", async () => {
    const me = await newTenant();
    const block = await newBlock(me, { json_data: { text: "{{subject}}: {{body}} {{key}} {{name}}" } });
    await newPolicy(me, block.id, {
      state_names: ["Failed"],
      message_template: "{flow_name}/{flow_run_name} {flow_run_id} {flow_run_parameters} {flow_run_state_type} {flow_run_state_message}",
    });
    const id = await newRun(me, { name: "r", parameters: { a: [1, null, "x"] } });
    await setState(me, id, "FAILED", { message: "oh" });
    expect(ofReceiver(block)).toEqual([`Prefect flow run notification: f/r ${id} {'a': [1, None, 'x']} StateType.FAILED oh hush n`]);
  });

  it("are tried again after a failure, one at a time, later and later, and given up with a log", async () => {
    const me = await newTenant();
    const block = await newBlock(me);
    await newPolicy(me, block.id, { state_names: ["Running"] });
    answers = () => new Response("secret words", { status: 500 });
    const id = await newRun(me);
    await setState(me, id, "RUNNING");
    const [first] = await queueOf(me);
    expect([ofReceiver(block).length, first?.tries]).toEqual([1, 1]);
    await tick(env, Date.now());
    expect(ofReceiver(block).length).toBe(1);
    // Two turns at once: one of them gets the try.
    let at = Date.now();
    const next = async () => Math.ceil(((await queueOf(me))[0]?.next_try_at ?? 0) / 1000);
    const waits: number[] = [];
    for (let tries = 2; tries <= 6; tries += 1) {
      const due = await next();
      waits.push(Math.round((due - at) / MINUTE));
      at = due;
      await Promise.all([tick(env, due), tick(env, due)]);
      expect(ofReceiver(block).length).toBe(tries);
    }
    expect(waits).toEqual([1, 5, 15, 60, 240]);
    expect(await queueOf(me)).toEqual([]);
    const logs = await logsOf(me, id);
    expect(logs).toEqual([expect.stringMatching(/state 'Running' was not sent: it was answered with status 500\./)]);
    expect(JSON.stringify(logs)).not.toMatch(/secret words|receiver\.example/);
  });

  it("arrive by the next try, and stop when the policy or the run goes away", async () => {
    const me = await newTenant();
    const block = await newBlock(me);
    const policy = await newPolicy(me, block.id);
    answers = () => Promise.reject(new TypeError(`cannot reach ${block.url}`));
    const id = await newRun(me);
    answers = () => new Response("ok");
    await tick(env, Date.now() + MINUTE / 2);
    expect(ofReceiver(block)).toEqual(["Pending"]);
    await tick(env, Date.now() + 2 * MINUTE);
    expect([ofReceiver(block), await queueOf(me)]).toEqual([["Pending", "Pending"], []]);
    answers = () => new Response(null, { status: 503 });
    await setState(me, id, "RUNNING");
    await me.must("DELETE", `/flow_runs/${id}`);
    await tick(env, Date.now() + 2 * MINUTE);
    expect([received.length, await queueOf(me)]).toEqual([3, []]);
    await newRun(me);
    expect((await queueOf(me)).length).toBe(1);
    await me.must("DELETE", `/flow_run_notification_policies/${policy.id}`);
    expect(await queueOf(me)).toEqual([]);
  });

  it("never go to private addresses, nor where a redirect leads, nor through blocks that are not sent through", async () => {
    const me = await newTenant();
    const inside = await newBlock(me, { url: "http://0x7f.1:4200/{{key}}" });
    const moved = await newBlock(me);
    const unknown = await newBlock(me, { account_sid: "x" }, "webhook");
    for (const { id } of [inside, moved, unknown]) await newPolicy(me, id, { state_names: ["Running"] });
    answers = () => new Response(null, { status: 307, headers: { location: "http://169.254.169.254/latest" } });
    const id = await newRun(me);
    await setState(me, id, "RUNNING");
    expect([received.map(({ url }) => url), await queueOf(me)]).toEqual([[moved.url], []]);
    const reasons = (await logsOf(me, id)).map((message) => message.split("was not sent: ")[1]).sort();
    expect(reasons).toEqual([
      "blocks of type webhook cannot be sent through by this service.",
      "it was answered with status 307.",
      "its address is not public.",
    ]);
  });

  it("wait while nothing is to happen by itself", async () => {
    const me = await newTenant();
    const block = await newBlock(me);
    await newPolicy(me, block.id, { state_names: ["Running"] });
    const id = await newRun(me);
    const off = { ...env, BACKGROUND_WORK: "off" };
    const identity = { tenantId: me.workspaceId as TenantId, shard: 0 };
    const begun: Promise<unknown>[] = [];
    const ctx = tenantContext(off, identity, SERVICE_CALLER, new Meter(), (work) => begun.push(work));
    await setFlowRunState(ctx, id, proposeState({ type: "RUNNING" }, ctx.now()));
    await tick(off, Date.now() + MINUTE);
    expect([begun.length, received.length, (await queueOf(me)).length]).toEqual([0, 0, 1]);
    await tick(env, Date.now() + 1000);
    expect([ofReceiver(block), await queueOf(me)]).toEqual([["Running"], []]);
  });

  it("are of one tenant only", async () => {
    const [me, other] = [await newTenant(), await newTenant()];
    const [mine, theirs] = [await newBlock(me), await newBlock(other)];
    await newPolicy(me, mine.id);
    await newPolicy(other, theirs.id);
    await setState(me, await newRun(me), "RUNNING");
    expect([ofReceiver(mine), ofReceiver(theirs)]).toEqual([["Pending", "Running"], []]);
    expect([await queueOf(me), await queueOf(other)]).toEqual([[], []]);
  });
});
