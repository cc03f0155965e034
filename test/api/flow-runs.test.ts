import { describe, expect, it } from "vitest";
import { type Client, newTenant } from "./tenant.ts";

const FAR = "2099-01-01T00:00:00+00:00";
const scheduled = (scheduled_time = FAR) => ({ type: "SCHEDULED", state_details: { scheduled_time } });
const flowOf = async (me: Client, name = "f") => (await me.must("POST", "/flows/", { name })).id as string;
const names = (runs: { name: string }[]) => runs.map(({ name }) => name);

describe("flow runs", () => {
  it("are created PENDING under a made-up name, with the defaults of the dialect", async () => {
    const me = await newTenant();
    const flow_id = await flowOf(me);
    const made = await me.post("/flow_runs/", { flow_id });
    expect([made.status, made.cost.roundTrips]).toEqual([201, 1]);
    expect(made.body.name).toMatch(/^[a-z]+-[a-z]+$/);
    expect(made.body).toMatchObject({
      flow_id,
      state_type: "PENDING",
      state: { type: "PENDING", name: "Pending", data: null, state_details: { flow_run_id: made.body.id, untrackable_result: false } },
      empirical_policy: { max_retries: 0, retries: null, pause_keys: [], resuming: false, retry_type: null },
      ...{
        parameters: {},
        context: {},
        tags: [],
        job_variables: {},
        run_count: 0,
        total_run_time: 0,
        work_queue_name: null,
        created_by: null,
      },
      expected_start_time: made.body.state.timestamp,
    });
    const read = await me.get(`/flow_runs/${made.body.id}`);
    expect(read.cost.roundTrips).toBe(1);
    const { estimated_start_time_delta: _, ...lasting } = made.body;
    expect(read.body).toMatchObject(lasting);
    expect((await me.get(`/flow_run_states/?flow_run_id=${made.body.id}`)).body).toEqual([made.body.state]);
    expect((await me.get(`/flow_run_states/${made.body.state_id}`)).body).toEqual(made.body.state);
  });

  it("are one for an idempotency key of a flow, however often and however many at once ask", async () => {
    const me = await newTenant();
    const [flow_id, other] = [await flowOf(me, "f"), await flowOf(me, "g")];
    const first = await me.post("/flow_runs/", { flow_id, name: "first", idempotency_key: "k" });
    const again = await me.post("/flow_runs/", { flow_id, name: "second", idempotency_key: "k", state: { type: "RUNNING" }, tags: ["x"] });
    expect([again.status, again.body.id, again.body.name, again.body.state_type, again.body.tags]).toEqual([
      200,
      first.body.id,
      "first",
      "PENDING",
      [],
    ]);
    expect([again.cost.roundTrips, again.cost.written]).toEqual([1, 0]);
    expect((await me.post("/flow_runs/", { flow_id: other, idempotency_key: "k" })).status).toBe(201);
    const racing = await Promise.all(Array.from({ length: 5 }, () => me.post("/flow_runs/", { flow_id, idempotency_key: "race" })));
    expect(racing.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 201]);
    expect(new Set(racing.map(({ body }) => body.id)).size).toBe(1);
    expect((await me.get(`/flow_run_states/?flow_run_id=${racing[0]?.body.id}`)).body).toHaveLength(1);
  });

  it("refuse what makes no sense, with every invalid place", async () => {
    const me = await newTenant();
    const flow_id = await flowOf(me);
    const details = async (body: unknown) => (await me.post("/flow_runs/", body)).body.exception_detail;
    expect(await details({ flow_id: 5, tags: { a: 1 }, nope: 1, state: { type: "X", bad: 2 } })).toEqual([
      expect.objectContaining({ loc: ["body", "state", "type"], type: "type_error.enum" }),
      { loc: ["body", "state", "bad"], msg: "extra fields not permitted", type: "value_error.extra" },
      { loc: ["body", "flow_id"], msg: "value is not a valid uuid", type: "type_error.uuid" },
      { loc: ["body", "tags"], msg: "value is not a valid list", type: "type_error.list" },
      { loc: ["body", "nope"], msg: "extra fields not permitted", type: "value_error.extra" },
    ]);
    expect(await details({ flow_id, empirical_policy: { pause_keys: [{}], retry_type: "x" } })).toEqual([
      { loc: ["body", "empirical_policy", "pause_keys"], msg: "unhashable type: 'dict'", type: "type_error" },
      expect.objectContaining({ loc: ["body", "empirical_policy", "retry_type"], type: "value_error.const" }),
    ]);
    for (const unknown of [{ flow_id: crypto.randomUUID() }, { flow_id, parent_task_run_id: crypto.randomUUID() }]) {
      const answer = await me.post("/flow_runs/", unknown);
      expect([answer.status, answer.body.detail]).toEqual([409, expect.stringContaining("Data integrity conflict")]);
    }
    expect((await me.get("/flow_runs/abc")).status).toBe(422);
    expect((await me.get(`/flow_runs/${crypto.randomUUID()}`)).body).toEqual({ detail: "Flow run not found" });
  });

  it("are changed by what is sent, and by nothing else", async () => {
    const me = await newTenant();
    const run = await me.must("POST", "/flow_runs/", { flow_id: await flowOf(me), name: "n", tags: ["a"], parameters: { x: 1 } });
    const change = async (body: unknown) => (await me.patch(`/flow_runs/${run.id}`, body)).status;
    expect(
      await change({ tags: ["b"], infrastructure_pid: "host:1", empirical_policy: { max_retries: 3, retry_delay_seconds: 2.5 } }),
    ).toBe(204);
    const changed = await me.must("GET", `/flow_runs/${run.id}`);
    expect(changed).toMatchObject({ name: "n", tags: ["b"], parameters: { x: 1 }, infrastructure_pid: "host:1", state_id: run.state_id });
    expect(changed.empirical_policy).toMatchObject({ retries: 3, retry_delay: 2, max_retries: 3, retry_delay_seconds: 2.5 });
    expect(changed.updated > run.updated).toBe(true);
    expect([await change({}), await change({ infrastructure_pid: null }), await change({ name: "" })]).toEqual([204, 204, 204]);
    expect(await me.must("GET", `/flow_runs/${run.id}`)).toMatchObject({
      infrastructure_pid: null,
      name: expect.stringMatching(/^[a-z]+-[a-z]+$/),
    });
    expect((await me.patch(`/flow_runs/${run.id}`, { job_variables: {} })).body).toEqual({
      detail: "Job variables for a flow run in state PENDING cannot be updated",
    });
    expect([await change({ state: {} }), await change({ parameters: null })]).toEqual([422, 422]);
    expect((await me.patch(`/flow_runs/${crypto.randomUUID()}`, { tags: [] })).status).toBe(404);
  });

  it("take job variables while they are scheduled, if the pool's template has room for them", async () => {
    const me = await newTenant();
    const variables = {
      type: "object",
      properties: { command: { type: "string" }, n: { type: "integer", default: 3 } },
      required: ["command"],
    };
    const base_job_template = { job_configuration: { command: "{{ command }}" }, variables };
    await me.must("POST", "/work_pools/", { name: "p", type: "process", base_job_template });
    const deployment = { name: "d", flow_id: await flowOf(me), work_pool_name: "p", job_variables: { command: "x" } };
    const { id } = await me.must("POST", "/deployments/", deployment);
    const run = await me.must("POST", `/deployments/${id}/create_flow_run`, { state: scheduled() });
    const change = (job_variables: object | null) => me.patch(`/flow_runs/${run.id}`, { job_variables });
    expect((await change({ n: "x" })).body.detail).toBe(
      "Error updating flow run: Validation failed for field 'n'. Failure reason: 'x' is not valid under any of the given schemas",
    );
    const changed = await change({ n: 5 });
    expect([changed.status, changed.cost.roundTrips]).toEqual([204, 2]);
    expect((await me.get(`/flow_runs/${run.id}`)).body.job_variables).toEqual({ n: 5 });
    await me.must("POST", `/flow_runs/${run.id}/set_state`, { state: { type: "PENDING" } });
    expect([(await change({ n: 6 })).status, (await change(null)).status]).toEqual([400, 204]);
  });

  it("take their task runs, states and inputs with them, and leave subflow runs behind", async () => {
    const me = await newTenant();
    const flow_id = await flowOf(me);
    const run = await me.must("POST", "/flow_runs/", { flow_id });
    const task = await me.must("POST", "/task_runs/", { flow_run_id: run.id, task_key: "k", dynamic_key: "0" });
    const sub = await me.must("POST", "/flow_runs/", { flow_id, parent_task_run_id: task.id });
    await me.must("POST", `/flow_runs/${run.id}/input`, { key: "k", value: "1" });
    const deleted = await me.delete(`/flow_runs/${run.id}`);
    expect([deleted.status, deleted.cost.roundTrips]).toEqual([204, 1]);
    for (const path of [
      `/flow_runs/${run.id}`,
      `/task_runs/${task.id}`,
      `/flow_run_states/${run.state_id}`,
      `/flow_runs/${run.id}/input/k`,
    ]) {
      expect((await me.get(path)).status, path).toBe(404);
    }
    expect((await me.get(`/flow_runs/${sub.id}`)).body.parent_task_run_id).toBe(null);
    expect((await me.delete(`/flow_runs/${run.id}`)).status).toBe(404);
  });

  it("are listed, counted and sorted by every filter in one round trip", async () => {
    const me = await newTenant();
    const flow_id = await flowOf(me);
    const make = (name: string, year: number, more = {}) =>
      me.must("POST", "/flow_runs/", { flow_id, name, state: scheduled(`${year}-01-01T00:00:00Z`), ...more });
    const a = await make("a", 2040, { tags: ["red", "blue"], flow_version: "1" });
    await make("b", 2041, { tags: ["red"], idempotency_key: "kb" });
    await make("c", 2042);
    const list = async (flow_runs: unknown, more = {}) =>
      names(await me.must("POST", "/flow_runs/filter", { flow_runs, sort: "NAME_ASC", ...more }));
    expect(await list({ tags: { all_: ["red"] } })).toEqual(["a", "b"]);
    expect(await list({ tags: { operator: "or_", all_: ["blue"], is_null_: true } })).toEqual(["a", "c"]);
    expect(await list({ operator: "or_", id: { any_: [a.id] }, idempotency_key: { any_: ["kb"] } })).toEqual(["a", "b"]);
    expect(await list({ expected_start_time: { after_: "2041-01-01T00:00:00+00:00", before_: "2041-01-01T00:00:00Z" } })).toEqual(["b"]);
    expect(await list({ state: { type: { any_: ["SCHEDULED"] } }, start_time: { is_null_: true }, flow_version: { any_: ["1"] } })).toEqual(
      ["a"],
    );
    expect(await list({ id: { not_any_: [a.id] } }, { flows: { name: { any_: ["f"] } } })).toEqual(["b", "c"]);
    expect(await list({ work_queue_name: { is_null_: false } })).toEqual([]);
    expect(await list(null, { sort: "EXPECTED_START_TIME_DESC", limit: 1, offset: 1 })).toEqual(["b"]);
    const page = await me.post("/flow_runs/filter", {});
    expect([names(page.body), page.cost.roundTrips]).toEqual([["c", "b", "a"], 1]);
    const count = await me.post("/flow_runs/count", { flow_runs: { name: { like_: "B" } } });
    expect([count.body, count.cost.roundTrips]).toEqual([1, 1]);
    expect((await me.post("/flow_runs/filter", { limit: 201 })).body).toEqual({
      detail: "Invalid limit: must be less than or equal to 200.",
    });
  });

  it("are summed up over time", async () => {
    const me = await newTenant();
    const flow_id = await flowOf(me);
    for (const time of ["2040-01-01T00:00:00Z", "2040-01-01T00:59:59.999999Z", "2040-01-01T01:00:00Z"]) {
      await me.must("POST", "/flow_runs/", { flow_id, state: scheduled(time) });
    }
    const span = { history_start: "2040-01-01T00:00:00Z", history_end: "2040-01-01T02:30:00Z", history_interval_seconds: 3600 };
    const history = await me.post("/flow_runs/history", span);
    const state = { state_type: "SCHEDULED", state_name: "Scheduled", sum_estimated_run_time: 0, sum_estimated_lateness: 0 };
    expect([history.cost.roundTrips, history.body]).toEqual([
      1,
      [
        { interval_start: "2040-01-01T00:00:00+00:00", interval_end: "2040-01-01T01:00:00+00:00", states: [{ ...state, count_runs: 2 }] },
        { interval_start: "2040-01-01T01:00:00+00:00", interval_end: "2040-01-01T02:00:00+00:00", states: [{ ...state, count_runs: 1 }] },
        { interval_start: "2040-01-01T02:00:00+00:00", interval_end: "2040-01-01T03:00:00+00:00", states: [] },
      ],
    ]);
    expect(await me.must("POST", "/flow_runs/history", { ...span, history_end: "2050-01-01T00:00:00Z" })).toHaveLength(500);
    for (const endless of [
      { ...span, history_interval_seconds: 1e12 },
      { ...span, history_end: "9999-12-31T00:00:00Z", history_interval_seconds: 1e9 },
    ])
      expect((await me.post("/flow_runs/history", endless)).body).toEqual({
        detail: "The history's intervals end after the last time there is.",
      });
    expect((await me.post("/flow_runs/history", { ...span, history_interval_seconds: 0.5 })).body).toEqual({
      detail: "History interval must not be less than 1 second.",
    });
    expect(await me.must("POST", "/flow_runs/lateness", { flow_runs: { id: { any_: [] } } })).toBe(null);
    expect(await me.must("POST", "/flow_runs/lateness", {})).toBe(0);
    const late = await me.must("POST", "/flow_runs/", { flow_id, state: scheduled(new Date(Date.now() - 4_000_000).toISOString()) });
    expect(await me.must("POST", "/flow_runs/lateness", {})).toBeCloseTo(1000, 0);
    expect(late.estimated_start_time_delta).toBeCloseTo(4000, 0);
    const chart = await me.post("/ui/flow_runs/history", { limit: 1 });
    expect([chart.body, chart.cost.roundTrips]).toEqual([
      [{ id: expect.any(String), state_type: "SCHEDULED", timestamp: "2040-01-01T01:00:00+00:00", duration: 0, lateness: 0 }],
      1,
    ]);
  });

  it("show the graph of their task runs and subflows", async () => {
    const me = await newTenant();
    const flow_id = await flowOf(me);
    const run = await me.must("POST", "/flow_runs/", { flow_id, state: { type: "RUNNING" } });
    const input = (id: string) => ({ input_type: "task_run", id });
    const task = (name: string, task_inputs = {}, state = { type: "RUNNING" }) =>
      me.must("POST", "/task_runs/", { flow_run_id: run.id, task_key: name, dynamic_key: "0", name, task_inputs, state });
    const a = await task("a");
    const b = await task("b", { x: [input(a.id)], y: [{ input_type: "constant", type: "int" }] });
    const waiting = await task("waiting", { x: [input(b.id)] }, { type: "PENDING" });
    const s = await task("s", { x: [input(a.id), input(a.id)] });
    const sub = await me.must("POST", "/flow_runs/", { flow_id, name: "sub", parent_task_run_id: s.id, state: { type: "RUNNING" } });
    const graph = await me.get(`/flow_runs/${run.id}/graph-v2`);
    expect(graph.cost.roundTrips).toBe(1);
    expect(
      graph.body.nodes.map(([id, node]: [string, { label: string; parents: unknown; children: unknown }]) => [
        id,
        node.label,
        node.parents,
        node.children,
      ]),
    ).toEqual([
      [a.id, "a", [], [{ id: b.id }, { id: sub.id }, { id: sub.id }]],
      [b.id, "b", [{ id: a.id }], []],
      [sub.id, "f / sub", [{ id: a.id }, { id: a.id }], []],
    ]);
    expect(graph.body).toMatchObject({
      root_node_ids: [a.id],
      end_time: null,
      artifacts: [],
      states: [{ type: "RUNNING", name: "Running" }],
    });
    const dependencies = await me.get(`/flow_runs/${run.id}/graph`);
    expect(dependencies.cost.roundTrips).toBe(1);
    expect(
      dependencies.body.map((each: { name: string; upstream_dependencies: unknown }) => [each.name, each.upstream_dependencies]),
    ).toEqual([
      ["s", [input(a.id)]],
      ["waiting", [input(b.id)]],
      ["b", [input(a.id)]],
      ["a", []],
    ]);
    expect(waiting.state_type).toBe("PENDING");
    const nobody = crypto.randomUUID();
    expect((await me.get(`/flow_runs/${nobody}/graph`)).body).toEqual({ exception_message: `Flow run with id ${nobody} not found` });
    expect((await me.get(`/flow_runs/${nobody}/graph-v2`)).body).toEqual({ exception_message: `Flow run ${nobody} not found` });
    expect((await me.get("/flow_runs/abc/graph-v2")).body).toEqual({ detail: "Not Found" });
  });

  it("keep inputs under keys of their own", async () => {
    const me = await newTenant();
    const run = await me.must("POST", "/flow_runs/", { flow_id: await flowOf(me) });
    const base = `/flow_runs/${run.id}/input`;
    for (const [key, value] of [
      ["k-1", '"one"'],
      ["k-2", '{"a": 1}'],
      ["other", 3],
    ] as const)
      await me.must("POST", base, { key, value, sender: "me" });
    const read = await me.get(`${base}/k-2`);
    expect([read.status, read.headers.get("content-type"), read.body]).toEqual([200, "text/plain; charset=utf-8", '{"a": 1}']);
    const filter = async (body: object) => (await me.must("POST", `${base}/filter`, body)).map(({ key }: { key: string }) => key);
    expect(await filter({ prefix: "k" })).toEqual(["k-1"]);
    expect(await filter({ prefix: "K_", limit: 9, exclude_keys: ["k-1"] })).toEqual(["k-2"]);
    expect(await filter({ prefix: "", limit: 9 })).toEqual(["k-1", "k-2", "other"]);
    expect((await me.post(base, { key: "k-1", value: "2" })).body).toEqual({ detail: "A flow run input with this key already exists." });
    expect((await me.post(base, { key: "Bad key", value: "2" })).status).toBe(422);
    // A bad key is only told of when the rest is right.
    const places = async (body: unknown) =>
      (await me.post(base, body)).body.exception_detail.map((place: { loc: unknown[] }) => place.loc[1]);
    expect([await places({ key: "Bad Key", value: ["x"] }), await places({ key: "Bad Key", value: "x" })]).toEqual([["value"], ["key"]]);
    expect((await me.post(`/flow_runs/${crypto.randomUUID()}/input`, { key: "k", value: "1" })).body).toEqual({
      detail: "Flow run not found",
    });
    expect([(await me.delete(`${base}/k-1`)).status, (await me.delete(`${base}/k-1`)).status]).toEqual([204, 404]);
  });

  it("keep large parameters and results whole, and numbers as they were written", async () => {
    const me = await newTenant();
    const large = "x".repeat(300_000);
    const body = `{"flow_id": "${await flowOf(me)}", "parameters": {"exact": 1.0, "big": 12345678901234567890, "large": "${large}"}}`;
    const run = await me.must("POST", "/flow_runs/", body);
    expect(run.parameters.large).toBe(large);
    await me.must("POST", `/flow_runs/${run.id}/set_state`, { state: { type: "COMPLETED", data: { type: "reference", large } } });
    const [listed] = await me.must("POST", "/flow_runs/filter", {});
    expect(listed.state.data).toEqual({ type: "reference", large });
    expect(JSON.stringify(listed.parameters)).toContain('"exact":1.0,"big":12345678901234567890');
  });

  it("belong to their tenant alone", async () => {
    const [me, other] = [await newTenant(), await newTenant()];
    const run = await me.must("POST", "/flow_runs/", { flow_id: await flowOf(me) });
    for (const [method, path, body] of [
      ["GET", `/flow_runs/${run.id}`, undefined],
      ["PATCH", `/flow_runs/${run.id}`, { tags: ["stolen"] }],
      ["DELETE", `/flow_runs/${run.id}`, undefined],
      ["POST", `/flow_runs/${run.id}/set_state`, { state: { type: "RUNNING" } }],
      ["POST", `/flow_runs/${run.id}/input`, { key: "k", value: "1" }],
    ] as const) {
      expect((await other.call(method, path, body)).status, `${method} ${path}`).toBe(404);
    }
    expect((await other.post("/flow_runs/", { flow_id: run.flow_id })).status).toBe(409);
    expect(await other.must("POST", "/flow_runs/filter", {})).toEqual([]);
    expect(await me.must("GET", `/flow_runs/${run.id}`)).toMatchObject({ tags: [], state_type: "PENDING" });
  });
});
