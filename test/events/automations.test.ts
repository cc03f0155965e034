import { env } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { tick } from "../../src/scheduler/tick.ts";
import { type Body, type Client, newTenant } from "../api/tenant.ts";

const event = (name: string, resource: string, more: object = {}) => ({
  occurred: new Date().toISOString(),
  event: name,
  resource: { "prefect.resource.id": resource },
  id: crypto.randomUUID(),
  ...more,
});

const send = (me: Client, ...list: object[]) => me.must("POST", "/events", list);

const reactive = (expectName: string, more: object = {}) => ({ type: "event", posture: "Reactive", expect: [expectName], ...more });

async function automate(me: Client, trigger: object, actions: object[] = [{ type: "do-nothing" }], more: object = {}): Promise<Body> {
  return me.must("POST", "/automations/", { name: "a", trigger, actions, ...more });
}

const told = async (me: Client, name: string): Promise<Body[]> =>
  (await me.must("POST", "/events/filter", { filter: { event: { name: [name] }, order: "ASC" } })).events;
const fired = async (me: Client) => (await told(me, "prefect.automation.triggered")).length;

async function deploy(me: Client): Promise<Body> {
  const flow = await me.must("POST", "/flows/", { name: "f" });
  await me.must("POST", "/work_pools/", { name: "p", type: "process" });
  return me.must("POST", "/deployments/", { name: "d", flow_id: flow.id, work_pool_name: "p", parameters: { x: 1 } });
}

describe("automations", () => {
  it("are created, read, replaced, switched, counted and deleted", async () => {
    const me = await newTenant();
    const made = await me.post("/automations/", { name: "b", trigger: { posture: "Reactive", match: { a: ["b"] } }, actions: [{}] });
    expect(made.status).toBe(201);
    expect(made.body).toEqual({
      name: "b",
      description: "",
      enabled: true,
      trigger: {
        type: "event",
        id: expect.any(String),
        match: { a: ["b"] },
        match_related: {},
        after: [],
        expect: [],
        for_each: [],
        posture: "Reactive",
        threshold: 1,
        within: 0,
      },
      actions: [{ type: "do-nothing" }],
      actions_on_trigger: [],
      actions_on_resolve: [],
      id: expect.any(String),
      created: expect.any(String),
      updated: expect.any(String),
    });
    const { id } = made.body;
    expect(await me.must("GET", `/automations/${id}`)).toEqual(made.body);
    const deploymentId = crypto.randomUUID();
    const body = {
      name: "c",
      trigger: { type: "compound", require: "any", triggers: [reactive("x")], within: 60 },
      actions: [{ type: "run-deployment", deployment_id: deploymentId, parameters: { some_key: 1 } }],
    };
    expect((await me.put(`/automations/${id}`, body)).status).toBe(204);
    expect((await me.must("GET", `/automations/${id}`)).actions).toEqual([
      { type: "run-deployment", source: "selected", deployment_id: deploymentId, parameters: { some_key: 1 }, job_variables: null },
    ]);
    expect((await me.patch(`/automations/${id}`, { enabled: false })).status).toBe(204);
    expect((await me.must("GET", `/automations/${id}`)).enabled).toBe(false);
    const owned = await automate(me, reactive("x"), [], { owner_resource: "prefect.deployment.z" });
    const related = await me.must("GET", `/automations/related-to/prefect.deployment.${deploymentId}`);
    expect(related.map((one: Body) => one.id)).toEqual([id]);
    expect((await me.must("POST", "/automations/filter", { sort: "NAME_DESC" })).map((one: Body) => one.id)).toEqual([id, owned.id]);
    expect((await me.must("POST", "/automations/filter", { automations: { name: { any_: ["c"] } } })).length).toBe(1);
    expect((await me.delete("/automations/owned-by/prefect.deployment.z")).status).toBe(202);
    expect(await me.must("POST", "/automations/count", {})).toBe(1);
    expect((await me.delete(`/automations/${id}`)).status).toBe(204);
    for (const answer of [
      await me.get(`/automations/${id}`),
      await me.put(`/automations/${id}`, body),
      await me.delete(`/automations/${id}`),
    ]) {
      expect([answer.status, answer.body]).toEqual([404, { exception_message: "Automation not found" }]);
    }
  });

  it("are nobody else's", async () => {
    const [me, other] = [await newTenant(), await newTenant()];
    const { id } = await automate(me, reactive("x"), [], { owner_resource: "o" });
    const body = { name: "c", trigger: reactive("x"), actions: [] };
    const path = `/automations/${id}`;
    const answers = [
      await other.get(path),
      await other.put(path, body),
      await other.patch(path, { enabled: false }),
      await other.delete(path),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect(await other.must("GET", "/automations/related-to/o")).toEqual([]);
    expect((await other.delete("/automations/owned-by/o")).status).toBe(202);
    await send(other, event("x", "r"));
    expect([await fired(me), await fired(other)]).toEqual([0, 0]);
    expect(await me.must("GET", path)).toMatchObject({ name: "a", enabled: true });
  });

  it("are refused in pydantic's words", async () => {
    const me = await newTenant();
    const wrong = async (body: object) =>
      (await me.post("/automations/", { name: "a", actions: [], ...body })).body.exception_detail.map(({ loc, msg }: Body) => [
        loc.slice(1).join("."),
        msg,
      ]);
    expect(await wrong({ trigger: { type: "event", posture: "Proactive", within: 5 }, zz: 1 })).toEqual([
      ["trigger.__root__", "The minimum within for Proactive triggers is 10 seconds"],
      ["trigger.type", "unexpected value; permitted: 'compound'"],
      ["trigger.triggers", "field required"],
      ["trigger.require", "field required"],
      ["trigger.type", "unexpected value; permitted: 'sequence'"],
      ["trigger.triggers", "field required"],
      ["zz", "extra fields not permitted"],
    ]);
    expect(await wrong({ trigger: { type: "compound", require: 3, triggers: [{ posture: "Reactive" }] } })).toContainEqual([
      "trigger.__root__",
      "required must be less than or equal to the number of triggers",
    ]);
    const loop = { trigger: reactive("prefect.flow-run.Running"), actions: [{ type: "run-deployment", source: "inferred" }] };
    const [[place, text]] = await wrong(loop);
    expect([place, text]).toEqual(["__root__", expect.stringContaining("will lead to an infinite loop of flow runs")]);
    const { id } = await me.must("POST", "/automations/", { name: "a", enabled: false, ...loop });
    expect((await me.patch(`/automations/${id}`, { enabled: true })).status).toBe(422);
    const id_ = crypto.randomUUID();
    const actions = (...list: object[]) => wrong({ trigger: reactive("x"), actions: list });
    const notify = { type: "send-notification", block_document_id: id_, subject: "{{ a", body: "{% for %}" };
    const texts = await actions(notify, { type: "call-webhook", block_document_id: id_, payload: { a: "{{ )" } });
    for (const place of [
      ["actions.0.subject", "'subject' is not a valid template: unexpected end of template, expected 'end of print statement'."],
      ["actions.0.body", "'body' is not a valid template: Expected an expression, got 'end of statement block'"],
      ["actions.1.payload", `'payload' is not a valid template: unexpected ')'`],
    ]) {
      expect(texts).toContainEqual(place);
    }
    const parameters = { a: "{{ ) }}", b: { c: { __prefect_kind: "json", value: "{" } }, d: ["{{ ) }}"], e: { __prefect_kind: "jinja" } };
    expect(await actions({ type: "run-deployment", deployment_id: id_, parameters })).toContainEqual([
      "actions.0.parameters",
      "Invalid parameters: \na: Invalid jinja: unexpected ')'\n  b.c: Invalid JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)\n  e: Missing 'template' key in __prefect object",
    ]);
  });

  it("run a deployment when an event comes, and tell of it", async () => {
    const me = await newTenant();
    const deployment = await deploy(me);
    const { id } = await automate(me, reactive("order.*", { match: { kind: "big" } }), [
      { type: "run-deployment", deployment_id: deployment.id, parameters: { x: 2 } },
      { type: "run-deployment", source: "inferred" },
    ]);
    await send(me, event("order.placed", "o.1"), event("orderly", "o.1", { resource: { "prefect.resource.id": "o.2", kind: "big" } }));
    expect(await fired(me)).toBe(0);
    await send(me, event("order.placed", "o.1", { resource: { "prefect.resource.id": "o.2", kind: "big" } }));
    const [run, ...others] = await me.must("POST", "/flow_runs/filter", {});
    expect(others).toEqual([]);
    expect(run).toMatchObject({
      deployment_id: deployment.id,
      parameters: { x: 2 },
      created_by: { id, type: "AUTOMATION", display_value: "a" },
    });
    const [executed] = await told(me, "prefect.automation.action.executed");
    expect(executed).toMatchObject({
      resource: { "prefect.resource.id": `prefect.automation.${id}`, "prefect.trigger-type": "event", "prefect.posture": "Reactive" },
      payload: { action_index: 0, action_type: "run-deployment", status_code: 201 },
    });
    expect(executed.related.map((one: Body) => one["prefect.resource.id"])).toEqual([
      `prefect.deployment.${deployment.id}`,
      `prefect.flow-run.${run.id}`,
    ]);
    const [failed] = await told(me, "prefect.automation.action.failed");
    expect(failed.payload).toMatchObject({ action_index: 1, reason: "No deployment could be inferred" });
  });

  it("count events up to a threshold, each label apart", async () => {
    const me = await newTenant();
    await automate(me, reactive("x", { threshold: 2, within: 60, for_each: ["prefect.resource.id"] }));
    await send(me, event("x", "r.1"), event("x", "r.2"));
    expect(await fired(me)).toBe(0);
    await send(me, event("x", "r.1"));
    const [triggered, ...others] = await told(me, "prefect.automation.triggered");
    expect([triggered.payload.triggering_labels, others]).toEqual([{ "prefect.resource.id": "r.1" }, []]);
    // The rest of its time it is quiet.
    await send(me, event("x", "r.1"), event("x", "r.1"));
    expect(await fired(me)).toBe(1);
    await send(me, event("x", "r.2"));
    expect(await fired(me)).toBe(2);
  });

  it("wait for several triggers, in order if they say so", async () => {
    const me = await newTenant();
    const both = [reactive("x"), reactive("y")];
    await automate(me, { type: "compound", require: "all", triggers: both, within: 60 });
    await automate(me, { type: "sequence", triggers: both, within: 60 });
    await send(me, event("y", "r"));
    await send(me, event("y", "r"));
    expect(await fired(me)).toBe(0);
    await send(me, event("x", "r"));
    expect(await fired(me)).toBe(1);
    await send(me, event("y", "r"));
    expect(await fired(me)).toBe(2);
  });

  it("change runs, deployments, pools, queues and one another", async () => {
    const me = await newTenant();
    const deployment = await deploy(me);
    const other = await automate(me, reactive("z"));
    const pool = await me.must("GET", "/work_pools/p");
    await automate(me, reactive("stop"), [
      { type: "pause-deployment", deployment_id: deployment.id },
      { type: "pause-work-pool", work_pool_id: pool.id },
      { type: "pause-work-queue", work_queue_id: pool.default_queue_id },
      { type: "pause-automation", automation_id: other.id },
      { type: "cancel-flow-run" },
      { type: "pause-work-pool", work_pool_id: crypto.randomUUID() },
    ]);
    const run = await me.must("POST", `/deployments/${deployment.id}/create_flow_run`, {});
    await send(me, event("stop", `prefect.flow-run.${run.id}`));
    expect((await told(me, "prefect.automation.action.failed")).map(({ payload }) => payload.reason)).toEqual([
      "Failed to set state: Scheduled flow run has no infrastructure to terminate.",
      expect.stringMatching(/^Work pool .* not found$/),
    ]);
    expect((await me.must("GET", `/deployments/${deployment.id}`)).paused).toBe(true);
    expect((await me.must("GET", "/work_pools/p")).is_paused).toBe(true);
    expect((await me.must("GET", `/work_queues/${pool.default_queue_id}`)).is_paused).toBe(true);
    expect((await me.must("GET", `/automations/${other.id}`)).enabled).toBe(false);
    expect((await me.must("GET", `/flow_runs/${run.id}`)).state.type).toMatch(/^CANCELL/);
  });

  it("fire when events do not come in time", async () => {
    const me = await newTenant();
    const absent = { type: "event", posture: "Proactive", expect: ["beat"], within: 30 };
    await automate(me, absent);
    const begin = Date.now();
    const later = (seconds: number) => tick(env, begin + seconds * 1000);
    await later(0);
    await send(me, event("beat", "r"));
    await later(31);
    expect(await fired(me)).toBe(0);
    await later(70);
    expect(await fired(me)).toBe(1);
    await later(71);
    expect(await fired(me)).toBe(1);
    // With labels apart, only what has begun is waited for.
    await automate(me, { ...absent, after: ["begin"], for_each: ["prefect.resource.id"] });
    await send(me, event("begin", "r.1"), event("begin", "r.2"), event("beat", "r.2"));
    await later(80);
    const [, triggered, ...others] = await told(me, "prefect.automation.triggered");
    expect([triggered.payload.triggering_labels, others]).toEqual([{ "prefect.resource.id": "r.1" }, []]);
  });

  it("hear of late runs", async () => {
    const me = await newTenant();
    const deployment = await deploy(me);
    await automate(me, reactive("prefect.flow-run.Late"), [{ type: "change-flow-run-state", state: "CANCELLED", name: "Given up" }]);
    const scheduled = new Date(Date.now() - 60_000).toISOString();
    const state = { type: "SCHEDULED", state_details: { scheduled_time: scheduled } };
    const run = await me.must("POST", `/deployments/${deployment.id}/create_flow_run`, { state });
    await tick(env, Date.now());
    expect((await told(me, "prefect.flow-run.Late"))[0]).toMatchObject({
      resource: { "prefect.resource.id": `prefect.flow-run.${run.id}`, "prefect.state-type": "SCHEDULED" },
      payload: { initial_state: { type: "SCHEDULED", name: "Scheduled" }, validated_state: { type: "SCHEDULED", name: "Late" } },
    });
    // The queue's object may have been the first to mark it: it lets automations react by itself.
    await vi.waitFor(async () => expect((await me.must("GET", `/flow_runs/${run.id}`)).state.name).toBe("Given up"), 10_000);
  });

  it("stop setting off one another", async () => {
    const me = await newTenant();
    await automate(me, reactive("prefect.automation.*"));
    await send(me, event("prefect.automation.x", "r"));
    expect(await fired(me)).toBe(21);
  });
});
