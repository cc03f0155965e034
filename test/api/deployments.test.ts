import { env } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { type Body, type Client, newTenant } from "./tenant.ts";

const HOURLY = { interval: 3600, anchor_date: "2050-01-01T00:00:00+00:00" };
const SCHEMA = { type: "object", properties: { x: { type: "integer" } }, required: ["x"] };
const TEMPLATE = {
  job_configuration: { cpu: "{{ cpu }}" },
  variables: { type: "object", properties: { cpu: { type: "integer" } }, required: ["cpu"] },
};

async function world(): Promise<{ me: Client; flow: Body; create: (more?: Body) => Promise<Body> }> {
  const me = await newTenant();
  const flow = await me.must("POST", "/flows/", { name: "f" });
  return { me, flow, create: (more = {}) => me.must("POST", "/deployments/", { name: "d", flow_id: flow.id, ...more }) };
}

const runsOf = (me: Client, id: string): Promise<Body[]> =>
  me.must("POST", "/flow_runs/filter", { flow_runs: { deployment_id: { any_: [id] } }, sort: "EXPECTED_START_TIME_ASC" });

describe("deployments", () => {
  it("are made once a flow and name, and made anew by a second call", async () => {
    const { me, flow } = await world();
    const body = {
      ...{
        name: "d",
        flow_id: flow.id,
        version: "1",
        description: "d",
        tags: ["b", "a"],
        path: "/p",
        entrypoint: "f.py:g",
        manifest_path: "m",
      },
      ...{
        parameters: { my_key_: 1 },
        parameter_openapi_schema: SCHEMA,
        pull_steps: [{ "a.b_c": { id_: 1 } }],
        job_variables: { env_a: { B_C: "1" } },
      },
      schedules: [
        { schedule: HOURLY, active: false },
        { schedule: { cron: "0 9 * * 1" }, active: false, max_scheduled_runs: 5 },
      ],
    };
    const first = await me.post("/deployments/", body);
    expect([first.status, first.cost.roundTrips]).toEqual([201, 2]);
    expect(first.body).toMatchObject({
      ...{
        version: "1",
        tags: ["b", "a"],
        parameters: { my_key_: 1 },
        pull_steps: body.pull_steps,
        infra_overrides: { env_a: { B_C: "1" } },
      },
      ...{ paused: false, is_schedule_active: true, status: "NOT_READY", last_polled: null, work_queue_name: null, work_pool_name: null },
    });
    // The last one given comes first, and of what is given only the schedule and whether it is active is kept.
    expect(first.body.schedules).toMatchObject([
      { schedule: { cron: "0 9 * * 1", day_or: true }, max_scheduled_runs: null },
      { active: false },
    ]);
    expect(first.body.schedule).toEqual(first.body.schedules[0].schedule);
    expect(await me.must("GET", `/deployments/${first.body.id}`)).toEqual(first.body);
    expect(await me.must("GET", "/deployments/name/f/d")).toEqual(first.body);

    const second = await me.post("/deployments/", { name: "d", flow_id: flow.id, description: "two" });
    expect([second.status, second.cost.roundTrips, second.body.id, second.body.created]).toEqual([
      200,
      2,
      first.body.id,
      first.body.created,
    ]);
    expect(second.body).toMatchObject({
      description: "two",
      version: null,
      tags: [],
      parameters: {},
      schedules: [],
      schedule: null,
      infra_overrides: {},
    });
    expect(Date.parse(second.body.updated)).toBeGreaterThanOrEqual(Date.parse(first.body.updated));
  });

  it("made by many at once are one", async () => {
    const { me, flow } = await world();
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        me.post("/deployments/", { name: "d", flow_id: flow.id, tags: [String(i)], work_queue_name: "q", schedule: HOURLY }),
      ),
    );
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 201]);
    expect((await me.must("GET", "/deployments/name/f/d")).schedules.length).toBe(1);
    expect((await runsOf(me, answers[0]?.body.id)).length).toBe(3);
  });

  it("find or make the queue they name", async () => {
    const { me, create } = await world();
    await me.must("POST", "/work_pools/", { name: "p", type: "process" });
    expect(await create({ work_pool_name: "p" })).toMatchObject({ work_pool_name: "p", work_queue_name: "default" });
    expect(await create({ work_pool_name: "p", work_queue_name: "new" })).toMatchObject({ work_pool_name: "p", work_queue_name: "new" });
    expect(await me.must("GET", "/work_pools/p/queues/new")).toMatchObject({ priority: 2 });
    // Without a name the queue stays.
    const deployment = await create();
    expect(deployment).toMatchObject({ work_pool_name: "p", work_queue_name: "new" });
    expect(await create({ work_queue_name: "agents" })).toMatchObject({ work_pool_name: "default-agent-pool", work_queue_name: "agents" });
    await me.must("PATCH", `/deployments/${deployment.id}`, { work_pool_name: "p" });
    expect(await me.must("GET", `/deployments/${deployment.id}`)).toMatchObject({ work_pool_name: "p", work_queue_name: "default" });
    for (const filter of [{ work_pools: { name: { any_: ["p"] } } }, { work_pool_queues: { name: { any_: ["default"] } } }]) {
      expect((await me.must("POST", "/deployments/filter", filter)).length).toBe(1);
    }
    await me.must("DELETE", "/work_pools/p");
    expect(await me.must("GET", `/deployments/${deployment.id}`)).toMatchObject({ work_pool_name: null, work_queue_name: "agents" });
  });

  it("are ready when their queue was polled", async () => {
    const { me, create } = await world();
    await me.must("POST", "/work_pools/", { name: "p", type: "process" });
    const { id } = await create({ work_pool_name: "p" });
    await me.must("POST", "/work_pools/p/get_scheduled_flow_runs", {});
    expect(await me.must("GET", `/deployments/${id}`)).toMatchObject({ status: "READY", last_polled: expect.any(String) });
  });

  it("are changed by what is sent, nulls included", async () => {
    const { me, create } = await world();
    const { id } = await create({ description: "d", parameters: { x: 1 }, parameter_openapi_schema: SCHEMA, schedule: HOURLY });
    const path = `/deployments/${id}`;
    await me.must("PATCH", path, { description: null, tags: ["t"], parameters: { x: { __prefect_kind: "json", value: "[1.0]" } } });
    const changed = await me.must("GET", path);
    expect([changed.description, changed.tags, changed.schedules.length]).toEqual([null, ["t"], 1]);
    expect(JSON.stringify(changed.parameters)).toBe('{"x":[1.0]}');
    expect((await me.patch(path, { enforce_parameter_schema: true })).body.detail).toMatch(
      /^Error updating deployment: Validation failed for field 'x'/,
    );
    await me.must("PATCH", path, { is_schedule_active: false });
    expect(await me.must("GET", path)).toMatchObject({ paused: true, schedules: [{ active: false }] });
    await me.must("PATCH", path, { schedules: [{ schedule: HOURLY }, { schedule: { cron: "0 0 * * *" } }], paused: false });
    const multiple = `Error updating deployment: Deployment UUID('${id}') has multiple schedules. Please use the UI or update your client to adjust this deployment's schedules.`;
    for (const answer of [
      await me.patch(path, { is_schedule_active: false }),
      await me.post(`${path}/pause_deployment`),
      await me.post(`${path}/resume_deployment`),
    ]) {
      expect([answer.status, answer.body]).toEqual([422, { detail: [multiple] }]);
    }
    expect((await me.patch(path, { parameters: null })).status).toBe(409);
    expect((await me.patch(path, { work_pool_name: "none" })).status).toBe(404);
    expect((await me.patch(path, {})).cost.roundTrips).toBe(2);
  });

  it("say what is wrong with them, in the model's order", async () => {
    const { me, flow, create } = await world();
    const places = async (body: Body) =>
      (await me.post("/deployments/", body)).body.exception_detail.map(({ loc, msg }: Body) => [loc.join("."), msg]);
    expect(await places({ name: {}, paused: "q", schedule: { interval: 0 }, infra_overrides: 2, zz: 1, work_pool_queue_name: 1 })).toEqual([
      ["body.infra_overrides", "value is not a valid dict"],
      ["body.name", "str type expected"],
      ["body.flow_id", "field required"],
      ["body.paused", "value could not be parsed to a boolean"],
      ["body.schedule.interval", expect.stringContaining("Input should be greater than 0 seconds")],
      ["body.schedule.cron", "field required"],
      ["body.schedule.interval", "extra fields not permitted"],
      ["body.schedule.rrule", "field required"],
      ["body.schedule.interval", "extra fields not permitted"],
      ["body.job_variables", "value is not a valid dict"],
      ["body.zz", "extra fields not permitted"],
    ]);
    expect(await places({ name: "a/b", flow_id: flow.id })).toEqual([
      ["body.name", "Name 'a/b' contains an invalid character. Must not contain any of: ['/', '%', '&', '>', '<']."],
    ]);
    expect(await places({ name: "d", flow_id: flow.id, job_variables: { a: 1 }, infra_overrides: { b: 1 } })).toEqual([
      ["body.__root__", "The `infra_overrides` field has been renamed to `job_variables`.Use one of these fields, but not both."],
    ]);
    expect(
      await places({
        name: "d",
        flow_id: flow.id,
        enforce_parameter_schema: true,
        parameter_openapi_schema: SCHEMA,
        parameters: { x: "a" },
      }),
    ).toEqual([["body.parameters", "Validation failed for field 'x'. Failure reason: 'a' is not of type 'integer'"]]);
    const status = async (more: Body) => (await me.post("/deployments/", { name: "d", flow_id: flow.id, ...more })).status;
    expect(await status({ flow_id: crypto.randomUUID() })).toBe(409);
    expect(await status({ storage_document_id: crypto.randomUUID() })).toBe(409);
    expect(await status({ work_pool_name: "none" })).toBe(404);
    await me.must("POST", "/work_pools/", { name: "p", type: "process", base_job_template: TEMPLATE });
    expect(await status({ work_pool_name: "p", job_variables: { cpu: "x" } })).toBe(422);
    expect((await me.must("POST", "/deployments/count", {})) as number).toBe(0);
    const { id } = await create({ work_pool_name: "p" });
    expect((await me.patch(`/deployments/${id}`, { work_pool_name: "p", job_variables: { cpu: "x" } })).body.detail).toBe(
      `Error creating deployment: <ValidationError: "'x' is not of type 'integer'">`,
    );
    for (const [method, path] of [
      ["GET", "x"],
      ["PATCH", crypto.randomUUID()],
      ["DELETE", crypto.randomUUID()],
      ["GET", `${crypto.randomUUID()}/work_queue_check`],
      ["POST", "x/pause_deployment"],
    ] as const) {
      const answer = await me.call(method, `/deployments/${path}`, method === "PATCH" ? {} : undefined);
      expect([path, answer.status]).toEqual([path, path === "x" ? 422 : 404]);
    }
  });

  it("give their runs what they have", async () => {
    const { me, create } = await world();
    await me.must("POST", "/work_pools/", { name: "p", type: "process", base_job_template: TEMPLATE });
    await me.must("POST", "/variables/", { name: "who", value: "world" });
    const { id, flow_id } = await create({
      ...{ version: "7", tags: ["a", "b"], work_pool_name: "p", job_variables: { cpu: 1 } },
      parameters: { x: 1, who: { __prefect_kind: "workspace_variable", variable_name: "who" } },
    });
    const path = `/deployments/${id}/create_flow_run`;
    const made = await me.post(path, {
      parameters: { x: 2, y: { __prefect_kind: "jinja", template: "{{ 1 + 1 }}" } },
      tags: ["c", "a"],
      name: "r",
    });
    expect([made.status, made.cost.roundTrips]).toEqual([201, 2]);
    expect(made.body).toMatchObject({
      ...{
        name: "r",
        flow_id,
        deployment_id: id,
        deployment_version: "7",
        tags: ["a", "b", "c"],
        parameters: { x: 2, who: "world", y: "2" },
      },
      ...{ state_type: "SCHEDULED", state_name: "Scheduled", auto_scheduled: false, work_pool_name: "p", work_queue_name: "default" },
    });
    const elsewhere = await me.must("POST", path, { work_queue_name: "other" });
    expect(elsewhere).toMatchObject({ work_pool_name: "p", work_queue_name: "other" });
    expect((await me.post(path, { work_queue_name: "other" })).cost.roundTrips).toBe(2);
    expect((await me.must("GET", "/work_pools/p/queues/other")).id).toBe(elsewhere.work_queue_id);
    const keyed = [await me.post(path, { idempotency_key: "k" }), await me.post(path, { idempotency_key: "k" })];
    expect(keyed.map(({ status }) => status)).toEqual([201, 200]);
    expect(keyed[1]?.body.id).toBe(keyed[0]?.body.id);
    expect((await me.post(path, { parameters: { z: { __prefect_kind: "workspace_variable", variable_name: "none" } } })).body).toEqual({
      detail: "Error hydrating flow run parameters: Variable 'none' not found in workspace.",
    });
    expect((await me.post(path, { job_variables: { cpu: "x" } })).body.detail).toMatch(
      /^Error creating flow run: Validation failed for field 'cpu'/,
    );
    expect((await me.post(path, { enforce_parameter_schema: true })).status).toBe(409);
    const alone = await create({ name: "alone", parameter_openapi_schema: SCHEMA, enforce_parameter_schema: true });
    expect((await me.post(`/deployments/${alone.id}/create_flow_run`, {})).body.detail).toBe(
      "Error creating flow run: Validation failed. Failure reason: 'x' is a required property",
    );
    expect((await me.post(`/deployments/${alone.id}/create_flow_run`, { parameters: { x: 1 }, work_queue_name: "q" })).status).toBe(400);
  });

  it("keep large parameters in storage, for their runs too", async () => {
    const { me, create } = await world();
    await me.must("POST", "/variables/", { name: "v", value: "small" });
    const text = "x".repeat(200_000);
    const parameters = { text, v: { __prefect_kind: "workspace_variable", variable_name: "v" } };
    const { id } = await create({ parameters, schedule: HOURLY });
    expect((await me.must("GET", `/deployments/${id}`)).parameters).toEqual(parameters);
    const scheduled = await runsOf(me, id);
    expect(scheduled.map((run) => run.parameters.text.length)).toEqual([200_000, 200_000, 200_000]);
    expect((await me.must("POST", `/deployments/${id}/create_flow_run`, {})).parameters).toEqual({ text, v: "small" });
    // The body is shared: a run that goes takes nothing from the others.
    await me.must("DELETE", `/flow_runs/${scheduled[0]?.id}`);
    expect((await me.must("GET", `/flow_runs/${scheduled[1]?.id}`)).parameters).toEqual(parameters);
    const stored = await env.DB_0.prepare("SELECT max(length(parameters)) AS size FROM flow_runs WHERE tenant_id = ?1 AND auto_scheduled")
      .bind(me.workspaceId)
      .first<{ size: number }>();
    expect(stored?.size).toBeLessThan(100);
  });

  it("take their scheduled runs with them, and leave the others", async () => {
    const { me, create } = await world();
    const { id } = await create({ schedule: HOURLY });
    const begun = await me.must("POST", `/deployments/${id}/create_flow_run`, { state: { type: "RUNNING" } });
    await me.must("POST", `/deployments/${id}/create_flow_run`, {});
    expect((await runsOf(me, id)).length).toBe(5);
    const gone = await me.delete(`/deployments/${id}`);
    expect([gone.status, gone.cost.roundTrips]).toEqual([204, 1]);
    expect((await runsOf(me, id)).map((run) => [run.id, run.deployment_id])).toEqual([[begun.id, id]]);
    expect((await me.get(`/deployments/${id}/schedules`)).body).toEqual({ detail: "Deployment not found." });
  });

  it("are filtered, sorted and counted, and looked up by the tags of old queues", async () => {
    const { me, create } = await world();
    for (const [name, tags, paused] of [
      ["one", ["red"], true],
      ["two", ["red", "blue"], false],
      ["three", [], false],
    ] as const)
      await create({ name, tags, paused });
    const names = async (deployments: Body, more = {}) =>
      (await me.must("POST", "/deployments/filter", { deployments, ...more })).map((d: Body) => d.name);
    expect(await names({ tags: { all_: ["red"] } })).toEqual(["one", "two"]);
    expect(await names({ paused: { eq_: true } })).toEqual(["one"]);
    expect(await names({ is_schedule_active: { eq_: true } }, { sort: "NAME_DESC" })).toEqual(["two", "three"]);
    expect(await names({}, { sort: "CREATED_DESC", limit: 2 })).toEqual(["three", "two"]);
    expect(await me.must("POST", "/deployments/count", { deployments: { name: { like_: "T" } } })).toBe(2);
    const { id } = await me.must("GET", "/deployments/name/f/two");
    for (const [name, filter] of [
      ["all", null],
      ["red", { tags: ["red"] }],
      ["green", { tags: ["green"] }],
      ["mine", { deployment_ids: [id] }],
      ["other", { deployment_ids: [crypto.randomUUID()] }],
    ] as const) {
      await me.must("POST", "/work_queues/", { name, filter });
    }
    const queues = await me.must("GET", `/deployments/${id}/work_queue_check`);
    expect(queues.map((queue: Body) => queue.name)).toEqual(["all", "default", "mine", "red"]);
    expect(Object.keys(queues[0])).not.toContain("work_pool_name");
  });
});
