import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Body, type Client, newTenant } from "../api/tenant.ts";

interface Received {
  url: string;
  method: string;
  headers: Record<string, string>;
  text: string | null;
}

const received: Received[] = [];
let answer: () => Response;

beforeEach(() => {
  received.length = 0;
  answer = () => new Response("taken", { headers: { "x-b3-trace": "t", "x-own": "o" } });
  vi.spyOn(globalThis, "fetch").mockImplementation(async (url, init) => {
    expect(init?.redirect).toBe("manual");
    received.push({
      url: String(url),
      method: init?.method ?? "GET",
      headers: init?.headers as Record<string, string>,
      text: init?.body as string | null,
    });
    return answer();
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function newBlock(me: Client, slug: string, data: Body): Promise<string> {
  const type = await me.must("GET", `/block_types/slug/${slug}`);
  const [schema] = await me.must("POST", "/block_schemas/filter", { block_schemas: { block_type_id: { any_: [type.id] } } });
  const body = { name: `b${crypto.randomUUID().slice(0, 8)}`, data, block_schema_id: schema.id, block_type_id: type.id };
  return (await me.must("POST", "/block_documents/", body)).id;
}

const automate = (me: Client, actions: object[], more: object = {}): Promise<Body> =>
  me.must("POST", "/automations/", { name: "a", trigger: { type: "event", posture: "Reactive", expect: ["go"] }, actions, ...more });

const go = (me: Client, resource: string, more: object = {}) =>
  me.must("POST", "/events", [
    { occurred: new Date().toISOString(), event: "go", resource: { "prefect.resource.id": resource }, id: crypto.randomUUID(), ...more },
  ]);

const told = async (me: Client, how: "executed" | "failed"): Promise<Body[]> =>
  (await me.must("POST", "/events/filter", { filter: { event: { name: [`prefect.automation.action.${how}`] }, order: "ASC" } })).events;

async function deploy(me: Client, more: object = {}, pool: object = {}): Promise<Body> {
  const flow = await me.must("POST", "/flows/", { name: "f" });
  await me.must("POST", "/work_pools/", { name: "p", type: "process", ...pool });
  return me.must("POST", "/deployments/", { name: "d", flow_id: flow.id, work_pool_name: "p", parameters: { x: 1 }, ...more });
}

describe("call-webhook", () => {
  it("posts its payload, filled in, and tells what was answered", async () => {
    const me = await newTenant();
    const url = "https://receiver.example/hook";
    const block = await newBlock(me, "webhook", { url, headers: { "X-Key": "hush" } });
    const { id } = await automate(me, [
      { type: "call-webhook", block_document_id: block, payload: { text: "{{ event.resource.labels.kind }} {{ automation.name }}" } },
    ]);
    expect((await me.must("GET", `/automations/${id}`)).actions[0].payload).toBe(
      '{\n  "text": "{{ event.resource.labels.kind }} {{ automation.name }}"\n}',
    );
    await go(me, "r.1", { resource: { "prefect.resource.id": "r.1", kind: "big" } });
    const [request, ...others] = received;
    expect(others).toEqual([]);
    expect(request).toMatchObject({ url, method: "POST", headers: { "x-key": "hush", "content-type": "application/json" } });
    expect(JSON.parse(request?.text ?? "")).toBe('{\n  "text": "big a"\n}');
    const [executed] = await told(me, "executed");
    expect(executed.payload).toMatchObject({ status_code: 200, response_body: "taken", action_type: "call-webhook" });
    expect(executed.payload.response_headers).toMatchObject({ "x-own": "o" });
    expect(executed.payload.response_headers).not.toHaveProperty("x-b3-trace");
    expect(executed.related.map((one: Body) => [one["prefect.resource.id"], one["prefect.resource.role"]])).toEqual([
      [`prefect.block-document.${block}`, "block"],
      ["prefect.block-type.webhook", "block-type"],
    ]);
  });

  it("fails for addresses inside, blocks that are none, and answers that do not come", async () => {
    const me = await newTenant();
    const hook = (block_document_id: string) => ({ type: "call-webhook", block_document_id });
    const inside = await newBlock(me, "webhook", { url: "http://127.0.0.1/" });
    const other = await newBlock(me, "slack-webhook", { url: "https://hooks.slack.com/services/a/b/c" });
    const right = await newBlock(me, "webhook", { url: "https://receiver.example/", method: "GET" });
    await automate(me, [hook(inside), hook(other), hook(crypto.randomUUID()), hook(right), hook(right)]);
    let calls = 0;
    answer = () => {
      calls += 1;
      if (calls === 1) throw new TypeError("https://receiver.example/ is not there");
      return new Response("x".repeat(3000), { status: 500 });
    };
    await go(me, "r");
    const reasons = (await told(me, "failed")).map(({ payload }) => [payload.action_index, payload.reason]);
    expect(reasons).toEqual([
      [0, "Webhook call failed: its address is not public"],
      [1, "The referenced block was not a webhook block"],
      [2, "Unexpected status from call-webhook action: 404"],
      [3, "Webhook call failed: its receiver could not be reached"],
    ]);
    const [executed] = await told(me, "executed");
    expect(executed.payload.status_code).toBe(500);
    expect(executed.payload.response_body).toBe(`${"x".repeat(500)}...2000 additional characters...${"x".repeat(500)}`);
    expect(received.map(({ method, text }) => [method, text])).toEqual([
      ["GET", null],
      ["GET", null],
    ]);
  });
});

describe("send-notification", () => {
  it("sends through a block, with the objects that the event is about", async () => {
    const me = await newTenant();
    const deployment = await deploy(me);
    const run = await me.must("POST", `/deployments/${deployment.id}/create_flow_run`, { name: "cat" });
    await me.must("POST", "/variables/", { name: "v", value: "w" });
    const block = await newBlock(me, "custom-webhook", {
      name: "n",
      url: "https://receiver.example/",
      json_data: { s: "{{subject}}", b: "{{body}}" },
    });
    const parts = [
      "{{ flow.name }}/{{ flow_run.name }}",
      "{{ flow_run.state.type }} {{ flow_run.state.name }} {{ flow_run.state.message }}",
      "{{ flow_run|ui_url }}",
      "{{ deployment.name }} {{ deployment.status }} {{ deployment|ui_resource_events_url }}",
      "{{ work_pool.name }} {{ work_queue.name }} {{ variables.v }}",
      "{{ event.payload.deep[1].x }} {{ event.resource_in_role.flow.name }} {{ nothing.there.is }}",
      "{% for one in event.related if one.role == 'flow' %}{{ one['prefect.resource.id'] }}{% endfor %}",
    ];
    const { id } = await automate(me, [{ type: "send-notification", block_document_id: block, body: parts.join("\n") }]);
    expect((await me.must("GET", `/automations/${id}`)).actions[0].subject).toBe("Prefect automated notification");
    const pool = await me.must("GET", "/work_pools/p");
    const related = [
      ["flow", deployment.flow_id],
      ["deployment", deployment.id],
      ["work-pool", pool.id],
      ["work-queue", pool.default_queue_id],
    ].map(([kind, of]) => ({
      "prefect.resource.id": `prefect.${kind}.${of}`,
      "prefect.resource.role": kind,
      "prefect.resource.name": "N",
    }));
    await go(me, "", {
      resource: {
        "prefect.resource.id": `prefect.flow-run.${run.id}`,
        "prefect.state-message": "boom",
        "prefect.state-name": "Crashed",
        "prefect.state-timestamp": "2026-01-02T03:04:05Z",
        "prefect.state-type": "CRASHED",
      },
      related,
      payload: { deep: [1, { x: "y" }] },
    });
    const sent = JSON.parse(received[0]?.text ?? "{}");
    expect(sent.s).toBe("Prefect automated notification");
    const page = "http://ephemeral-prefect/api";
    expect(sent.b.split("\n")).toEqual([
      "f/cat",
      "StateType.CRASHED Crashed boom",
      `${page}/flow-runs/flow-run/${run.id}`,
      `d DeploymentStatus.NOT_READY ${page}/events?resource=prefect.deployment.${deployment.id}`,
      "p default w",
      "y N ",
      `prefect.flow.${deployment.flow_id}`,
    ]);
    const [executed] = await told(me, "executed");
    expect(executed.payload).not.toHaveProperty("status_code");
    expect(executed.related[0]["prefect.resource.id"]).toBe(`prefect.block-document.${block}`);
  });

  it("fails with what went wrong; a template that fails says so in its text", async () => {
    const me = await newTenant();
    const notify = (block_document_id: string, body = "b") => ({ type: "send-notification", block_document_id, subject: "s", body });
    const custom = (url: string) => newBlock(me, "custom-webhook", { name: "n", url, json_data: { b: "{{body}}" } });
    const [right, inside] = [await custom("https://receiver.example/"), await custom("http://10.0.0.1/")];
    const hook = await newBlock(me, "webhook", { url: "https://receiver.example/" });
    await automate(me, [notify(right, "{{ 'a' + 1 }}"), notify(inside), notify(hook)]);
    await go(me, "r");
    expect(JSON.parse(received[0]?.text ?? "").b).toBe(
      `Failed to render template due to the following error: TypeError('can only concatenate str (not "int") to str')\nTemplate source:\n{{ 'a' + 1 }}`,
    );
    answer = () => new Response("", { status: 503 });
    await go(me, "r");
    const failures = (await told(me, "failed")).map(({ payload }) => [payload.action_index, payload.reason, payload.notification_log]);
    expect(failures).toContainEqual([0, "Notification failed", "The notification was not sent: it was answered with status 503."]);
    expect(failures).toContainEqual([1, "Notification failed", "its address is not public"]);
    expect(failures).toContainEqual([2, "The referenced block was not a notification block", undefined]);
  });

  it("reaches nobody else's blocks", async () => {
    const [me, other] = [await newTenant(), await newTenant()];
    const block = await newBlock(other, "webhook", { url: "https://receiver.example/" });
    await automate(me, [{ type: "call-webhook", block_document_id: block }]);
    await go(me, "r");
    expect(received).toEqual([]);
    expect((await told(me, "failed"))[0].payload.reason).toBe("Unexpected status from call-webhook action: 404");
  });
});

describe("run-deployment", () => {
  it("fills in templates, JSON and variables in its parameters", async () => {
    const me = await newTenant();
    const deployment = await deploy(me);
    await me.must("POST", "/variables/", { name: "v", value: "w" });
    const parameters = {
      name: "{{ event.resource.id }}!",
      deep: { list: ["{{ event.payload.n }}", 1], json: { __prefect_kind: "json", value: '{"a": [1.0]}' } },
      variable: { __prefect_kind: "workspace_variable", variable_name: "v" },
      jinja: { __prefect_kind: "jinja", template: "{{ variables.v }}-{{ labels.kind }}" },
      plain: 5,
    };
    await automate(me, [{ type: "run-deployment", deployment_id: deployment.id, parameters }], {
      trigger: { type: "event", posture: "Reactive", expect: ["go"], for_each: ["kind"] },
    });
    await go(me, "r.1", { resource: { "prefect.resource.id": "r.1", kind: "big" }, payload: { n: 7 } });
    const [run, ...others] = await me.must("POST", "/flow_runs/filter", {});
    expect(others).toEqual([]);
    expect(JSON.parse(JSON.stringify(run.parameters))).toEqual({
      x: 1,
      name: "r.1!",
      deep: { list: ["7", 1], json: { a: [1] } },
      variable: "w",
      jinja: "w-big",
      plain: 5,
    });
  });

  it("fails when a variable is not there", async () => {
    const me = await newTenant();
    const deployment = await deploy(me);
    const parameters = { y: { __prefect_kind: "workspace_variable", variable_name: "none" } };
    await automate(me, [{ type: "run-deployment", deployment_id: deployment.id, parameters }]);
    await go(me, "r");
    expect((await told(me, "failed"))[0].payload.reason).toMatch(
      /^Unable to create flow run from deployment: .*Variable 'none' not found in workspace\./,
    );
    expect(await me.must("POST", "/flow_runs/filter", {})).toEqual([]);
  });

  it("checks job variables by the pool's template, when it is made and when it runs", async () => {
    const me = await newTenant();
    const base_job_template = {
      job_configuration: { image: "{{ image }}" },
      variables: { type: "object", properties: { image: { type: "string" } }, required: ["image"] },
    };
    const deployment = await deploy(me, { job_variables: { image: "i" } }, { base_job_template });
    const body = (job_variables: object, deployment_id = deployment.id) => ({
      name: "a",
      trigger: { type: "event", posture: "Reactive", expect: ["go"] },
      actions: [{ type: "run-deployment", deployment_id, job_variables }],
    });
    const refused = await me.post("/automations/", body({ image: 5 }));
    expect([refused.status, refused.body.detail]).toEqual([
      422,
      expect.stringMatching(/^Error creating automation: Validation failed for field 'image'. Failure reason: 5 is not of type 'string'/),
    ]);
    const missing = await me.post("/automations/", body({ image: "i" }, crypto.randomUUID()));
    expect([missing.status, missing.body.detail]).toEqual([404, "Deployment not found."]);
    const { id } = await me.must("POST", "/automations/", body({ image: "j" }));
    expect((await me.put(`/automations/${id}`, body({ other: 1 }))).status).toBe(422);
    await go(me, "r");
    expect((await me.must("POST", "/flow_runs/filter", {}))[0].job_variables).toEqual({ image: "j" });
    const pool = { ...base_job_template, variables: { type: "object", properties: { image: { type: "integer" } } } };
    expect((await me.patch("/work_pools/p", { base_job_template: pool })).status).toBe(204);
    await go(me, "r");
    expect((await told(me, "failed"))[0].payload).toMatchObject({ status_code: 422 });
  });
});
