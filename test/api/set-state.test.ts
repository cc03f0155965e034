import { describe, expect, it } from "vitest";
import { type Answer, type Client, newTenant } from "./tenant.ts";

const FAR = "2099-01-01T00:00:00+00:00";

interface Made {
  id: string;
  flow_id: string;
}

const flowRun = async (me: Client, more: object = {}): Promise<Made> =>
  me.must("POST", "/flow_runs/", { flow_id: (await me.must("POST", "/flows/", { name: "f" })).id, ...more });
const taskRun = async (me: Client, flow_run_id: string | null, more: object = {}): Promise<{ id: string }> =>
  me.must("POST", "/task_runs/", { flow_run_id, task_key: crypto.randomUUID(), dynamic_key: "0", ...more });
const set = (me: Client, path: string, state: object, force = false, headers = {}): Promise<Answer> =>
  me.post(`${path}/set_state`, { state, force }, headers);
const statuses = (answers: Answer[]) => answers.map(({ status, body }) => `${status} ${body.status ?? ""}`.trim()).sort();
const read = (me: Client, path: string) => me.must("GET", path);

describe("setting a state", () => {
  it("answers 201 for a new state and 200 for none, within its budget", async () => {
    const me = await newTenant();
    const { id } = await flowRun(me, { state: { type: "SCHEDULED" } });
    const pending = await set(me, `/flow_runs/${id}`, { type: "PENDING", timestamp: FAR, id: crypto.randomUUID() });
    expect([pending.status, pending.cost.roundTrips]).toEqual([201, 2]);
    expect(pending.body).toMatchObject({
      status: "ACCEPT",
      details: { type: "accept_details" },
      state: { type: "PENDING", name: "Pending" },
    });
    expect(pending.body.state.timestamp < FAR).toBe(true);
    const again = await set(me, `/flow_runs/${id}`, { type: "PENDING" });
    expect([again.status, again.cost.roundTrips, again.cost.written, again.body.state]).toEqual([200, 1, 0, pending.body.state]);
    expect(again.body.details).toEqual({
      type: "abort_details",
      reason: "This run is in a PENDING state and cannot transition to a PENDING state.",
    });
    const waiting = await flowRun(me, {
      state: { type: "SCHEDULED", state_details: { scheduled_time: new Date(Date.now() + 3_600_000).toISOString() } },
    });
    const wait = await set(me, `/flow_runs/${waiting.id}`, { type: "RUNNING" });
    expect([wait.status, wait.body.status, wait.body.details.reason]).toEqual([200, "WAIT", "Scheduled time is in the future"]);
    expect(wait.body.details.delay_seconds).toBeGreaterThan(3590);
    const task = await taskRun(me, (await flowRun(me, { state: { type: "RUNNING" } })).id);
    expect((await set(me, `/task_runs/${task.id}`, { type: "RUNNING" })).cost.roundTrips).toBe(2);
  });

  it("refuses unknown runs and bodies that are none", async () => {
    const me = await newTenant();
    const [{ id }, nobody] = [await flowRun(me), crypto.randomUUID()];
    for (const [kind, title] of [
      ["flow_runs", "Flow"],
      ["task_runs", "Task"],
    ] as const) {
      const unknown = await set(me, `/${kind}/${nobody}`, { type: "RUNNING" });
      expect([unknown.status, unknown.body]).toEqual([404, { exception_message: `${title} run with id ${nobody} not found` }]);
    }
    const place = async (body: object) => (await me.post(`/flow_runs/${id}/set_state`, body)).body.exception_detail[0];
    expect(await place({ state: null })).toEqual({ loc: ["body", "state"], msg: "field required", type: "value_error.missing" });
    expect(await place({ state: { type: "RUNNING", nope: 1 } })).toMatchObject({
      loc: ["body", "state", "nope"],
      type: "value_error.extra",
    });
    expect(await place({ state: { type: "RUNNING" }, force: "perhaps" })).toMatchObject({
      loc: ["body", "force"],
      type: "type_error.bool",
    });
    const loose = await set(me, `/flow_runs/${id}`, { type: "RUNNING", state_details: { nope: 1, cache_key: "c" } });
    expect([loose.status, loose.body.state.state_details.cache_key, "nope" in loose.body.state.state_details]).toEqual([201, "c", false]);
  });

  it("lets one of many that claim a run at once win", async () => {
    const me = await newTenant();
    const { id } = await flowRun(me, { state: { type: "SCHEDULED" } });
    const claims = await Promise.all(Array.from({ length: 6 }, () => set(me, `/flow_runs/${id}`, { type: "PENDING" })));
    expect(statuses(claims)).toEqual([...Array(5).fill("200 ABORT"), "201 ACCEPT"]);
    expect(await read(me, `/flow_run_states/?flow_run_id=${id}`)).toHaveLength(2);
  });

  it("loses no move of many at once, and gives each state a time of its own", async () => {
    const me = await newTenant();
    const { id } = await flowRun(me, { state: { type: "RUNNING" } });
    const moves = await Promise.all(Array.from({ length: 6 }, () => set(me, `/flow_runs/${id}`, { type: "RUNNING" })));
    const written = moves.filter(({ status }) => status === 201).length;
    expect(moves.every(({ status, headers }) => status === 201 || (status === 503 && headers.get("retry-after") === "1"))).toBe(true);
    const [run, states] = [await read(me, `/flow_runs/${id}`), await read(me, `/flow_run_states/?flow_run_id=${id}`)];
    expect([run.run_count, states.length, run.state_id]).toEqual([1 + written, 1 + written, states.at(-1).id]);
    expect(new Set(states.map(({ timestamp }: { timestamp: string }) => timestamp)).size).toBe(states.length);
    const span = Date.parse(states.at(-1).timestamp) - Date.parse(states[0].timestamp);
    expect(run.total_run_time * 1000).toBeCloseTo(span, -1);
  });

  it("moves a subflow's parent task run in the same batch", async () => {
    const me = await newTenant();
    const run = await flowRun(me, { state: { type: "RUNNING" } });
    const task = await taskRun(me, run.id);
    const made = await me.post("/flow_runs/", { flow_id: run.flow_id, parent_task_run_id: task.id, empirical_policy: { retries: 1 } });
    expect([made.status, made.cost.roundTrips]).toEqual([201, 2]);
    const sub = made.body;
    for (const type of ["RUNNING", "FAILED", "RUNNING", "COMPLETED"]) {
      const moved = await set(me, `/flow_runs/${sub.id}`, { type, data: type === "COMPLETED" ? { v: 1 } : null });
      expect([moved.status, moved.cost.roundTrips]).toEqual([201, 2]);
      expect((await read(me, `/task_runs/${task.id}`)).state).toMatchObject({
        ...{ type: moved.body.state.type, name: moved.body.state.name, data: moved.body.state.data },
        state_details: { flow_run_id: run.id, task_run_id: task.id, child_flow_run_id: sub.id },
      });
    }
    const history = (await read(me, `/task_run_states/?task_run_id=${task.id}`)).map(({ name }: { name: string }) => name);
    expect(history).toEqual(["Pending", "Pending", "Running", "AwaitingRetry", "Running", "Completed"]);
    expect(await read(me, `/task_runs/${task.id}`)).toMatchObject({ run_count: 2 });
    // A repeated creation leaves the parent alone.
    const keyed = { flow_id: run.flow_id, parent_task_run_id: task.id, idempotency_key: "k", state: { type: "RUNNING" } };
    const racing = await Promise.all([me.post("/flow_runs/", keyed), me.post("/flow_runs/", keyed), me.post("/flow_runs/", keyed)]);
    expect(racing.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
    expect(await read(me, `/task_run_states/?task_run_id=${task.id}`)).toHaveLength(history.length + 1);
  });

  it("keeps a state's data unless there is none to keep", async () => {
    const me = await newTenant();
    const { id } = await flowRun(me, { state: { type: "COMPLETED", data: [1, { a: null }] } });
    expect((await read(me, `/flow_runs/${id}`)).state.data).toEqual([1, { a: null }]);
    const unpersisted = await set(me, `/flow_runs/${id}`, { type: "RUNNING", data: { type: "unpersisted" } }, true);
    expect(unpersisted.body.state.data).toEqual({ type: "unpersisted" });
    expect((await read(me, `/flow_run_states/${unpersisted.body.state.id}`)).data).toBe(null);
    const data = { type: "reference", k: 1.5, artifact_type: "t", artifact_description: "d" };
    const kept = await set(me, `/flow_runs/${id}`, { type: "COMPLETED", data });
    expect(kept.body.state.data).toEqual({ type: "reference", k: 1.5 });
    expect((await read(me, `/flow_runs/${id}`)).state).toEqual(kept.body.state);
    expect((await set(me, `/flow_runs/${id}`, { type: "RUNNING" })).body.details.reason).toBe("Run is already COMPLETED.");
  });

  it("starts no task run in a flow run that stops", async () => {
    const me = await newTenant();
    const run = await flowRun(me);
    const task = await taskRun(me, run.id);
    expect((await set(me, `/task_runs/${task.id}`, { type: "RUNNING" })).body.details.reason).toBe(
      "The enclosing flow must be running to begin task execution.",
    );
    await set(me, `/flow_runs/${run.id}`, { type: "RUNNING" });
    await set(me, `/flow_runs/${run.id}`, { type: "PAUSED", state_details: { pause_timeout: FAR } });
    const paused = await set(me, `/task_runs/${task.id}`, { type: "RUNNING" });
    expect([paused.status, paused.body.status, paused.body.state.name, paused.body.state.state_details.pause_timeout]).toEqual([
      201,
      "REJECT",
      "NotReady",
      FAR,
    ]);
    // A flow run that stops while its task run starts: either the task run was first, or it does not start.
    await set(me, `/flow_runs/${run.id}`, { type: "RUNNING" });
    const [started] = await Promise.all([
      set(me, `/task_runs/${task.id}`, { type: "RUNNING" }),
      set(me, `/flow_runs/${run.id}`, { type: "COMPLETED" }),
    ]);
    const [end, state] = [(await read(me, `/flow_runs/${run.id}`)).state.timestamp, (await read(me, `/task_runs/${task.id}`)).state];
    expect(started.body.status === "ACCEPT" ? state.type === "RUNNING" && state.timestamp <= end : started.body.status === "ABORT").toBe(
      true,
    );
  });

  it("answers a cached task run from the newest entry that has not expired", async () => {
    const me = await newTenant();
    const run = await flowRun(me, { state: { type: "RUNNING" } });
    const [a, b, c, d] = (await Promise.all([1, 2, 3, 4].map(() => taskRun(me, run.id)))) as [Made, Made, Made, Made];
    const cached = { cache_key: "k" };
    await set(me, `/task_runs/${a.id}`, { type: "RUNNING", state_details: cached });
    await set(me, `/task_runs/${a.id}`, { type: "COMPLETED", data: { v: 1 }, state_details: cached });
    await set(me, `/task_runs/${b.id}`, { type: "RUNNING", state_details: { ...cached, refresh_cache: true } });
    await set(me, `/task_runs/${b.id}`, {
      type: "COMPLETED",
      data: { v: 2 },
      state_details: { ...cached, cache_expiration: "2020-01-01T00:00:00Z" },
    });
    const answered = await set(me, `/task_runs/${c.id}`, { type: "RUNNING", state_details: cached });
    expect([answered.status, answered.cost.roundTrips, answered.body.status, answered.body.details.reason]).toEqual([
      201,
      2,
      "REJECT",
      "Retrieved state from cache",
    ]);
    expect(answered.body.state).toMatchObject({ type: "COMPLETED", name: "Cached", data: { v: 1 }, state_details: { task_run_id: c.id } });
    expect((await set(me, `/task_runs/${d.id}`, { type: "RUNNING", state_details: { cache_key: "other" } })).body.status).toBe("ACCEPT");
    const autonomous = await me.post("/task_runs/", { task_key: "k", dynamic_key: "0", state: { type: "RUNNING", state_details: cached } });
    expect([autonomous.status, autonomous.body.state_name, autonomous.body.state.data]).toEqual([201, "Cached", { v: 1 }]);
  });

  it("gives no more slots of a tag than there are, and takes them back", async () => {
    const me = await newTenant();
    await me.must("POST", "/concurrency_limits/", { tag: "t", concurrency_limit: 2 });
    const holders = async () => (await read(me, "/concurrency_limits/tag/t")).active_slots.toSorted();
    const run = await flowRun(me, { state: { type: "RUNNING" } });
    const tasks = await Promise.all(Array.from({ length: 5 }, () => taskRun(me, run.id, { tags: ["t", "other"] })));
    const starts = await Promise.all(tasks.map(({ id }) => set(me, `/task_runs/${id}`, { type: "RUNNING" })));
    expect(statuses(starts)).toEqual([...Array(3).fill("200 WAIT"), ...Array(2).fill("201 ACCEPT")]);
    expect(starts.find(({ status }) => status === 200)?.body.details).toEqual({
      ...{ type: "wait_details", delay_seconds: 30, reason: "Concurrency limit for the t tag has been reached" },
    });
    const running = tasks.filter((_, index) => starts[index]?.status === 201).map(({ id }) => id);
    expect(await holders()).toEqual(running.toSorted());
    const ends = await Promise.all(
      running.map((id, index) => set(me, `/task_runs/${id}`, { type: index === 0 ? "COMPLETED" : "CRASHED" }, index === 1)),
    );
    expect([statuses(ends), await holders()]).toEqual([["201 ACCEPT", "201 ACCEPT"], []]);
    const alone = await me.post("/task_runs/", { task_key: "k", dynamic_key: "0", tags: ["t"], state: { type: "RUNNING" } });
    expect([alone.body.state_type, await holders()]).toEqual(["RUNNING", [alone.body.id]]);
    const full = await me.must("POST", "/concurrency_limits/", { tag: "t", concurrency_limit: 1 });
    const waiting = await me.post("/task_runs/", { task_key: "k", dynamic_key: "1", tags: ["t"], state: { type: "RUNNING" } });
    expect([full.concurrency_limit, waiting.status, waiting.body.state]).toEqual([1, 201, null]);
  });

  it("retries the failed task runs of a retried flow run for clients that do not", async () => {
    const me = await newTenant();
    const run = await flowRun(me, { state: { type: "RUNNING" }, empirical_policy: { retries: 1 } });
    const tasks = await Promise.all(Array.from({ length: 3 }, () => taskRun(me, run.id, { state: { type: "RUNNING" } })));
    const [a, b, c] = tasks.map(({ id }) => `/task_runs/${id}`) as [string, string, string];
    await set(me, a, { type: "FAILED" });
    await set(me, b, { type: "FAILED" });
    await set(me, c, { type: "COMPLETED" });
    const failed = await set(me, `/flow_runs/${run.id}`, { type: "FAILED" }, false, { "x-prefect-api-version": "0.8.2" });
    expect([failed.body.status, failed.body.state.name, failed.cost.roundTrips]).toEqual(["REJECT", "AwaitingRetry", 2]);
    const states = await Promise.all([a, b, c].map((path) => read(me, path)));
    expect(states.map(({ state_name, run_count, end_time }) => [state_name, run_count, end_time !== null])).toEqual([
      ["AwaitingRetry", 0, false],
      ["AwaitingRetry", 0, false],
      ["Completed", 1, true],
    ]);
    expect(states[0].state_id).not.toBe(states[1].state_id);
    expect(states[0].state).toMatchObject({ type: "SCHEDULED", state_details: { flow_run_id: run.id, task_run_id: states[0].id } });
    expect((await read(me, `/task_run_states/?task_run_id=${states[0].id}`)).at(-1)).toEqual(states[0].state);
  });
});

describe("resuming", () => {
  const pause = async (me: Client, more: object, state_details: object) => {
    const run = await flowRun(me, { state: { type: "RUNNING" }, ...more });
    await set(me, `/flow_runs/${run.id}`, { type: "PAUSED", state_details: { pause_timeout: FAR, pause_key: "p", ...state_details } });
    return `/flow_runs/${run.id}`;
  };

  it("runs a paused run on, and schedules a suspended one anew", async () => {
    const me = await newTenant();
    const paused = await pause(me, {}, {});
    const resumed = await me.post(`${paused}/resume`);
    expect([resumed.status, resumed.cost.roundTrips, resumed.body.status, resumed.body.state.type]).toEqual([201, 2, "ACCEPT", "RUNNING"]);
    expect((await me.post(`${paused}/resume`, {})).body).toEqual({
      state: null,
      status: "ABORT",
      details: { type: "abort_details", reason: "Cannot resume a flow run that is not paused." },
    });
    const suspended = await pause(me, { deployment_id: crypto.randomUUID() }, { pause_reschedule: true });
    expect((await me.post(`${suspended}/resume`, {})).body.state).toMatchObject({ type: "SCHEDULED", name: "Resuming" });
    expect((await me.post(`/flow_runs/${crypto.randomUUID()}/resume`, {})).status).toBe(404);
  });

  it("asks for the input that a pause waits for", async () => {
    const me = await newTenant();
    const path = await pause(me, {}, { run_input_keyset: { schema: "p-schema", response: "p-response" } });
    const resume = async (run_input?: object) => (await me.post(`${path}/resume`, { run_input })).body;
    expect(await resume({})).toMatchObject({
      status: "REJECT",
      details: { type: "abort_details", reason: "Run input schema not found." },
      state: { type: "PAUSED" },
    });
    await me.must("POST", `${path}/input`, {
      key: "p-schema",
      value: JSON.stringify({ type: "object", properties: { n: { type: "integer" } }, required: ["n"] }),
    });
    expect((await resume({ n: "x" })).details.reason).toBe(
      "Reason: Validation failed for field 'n'. Failure reason: 'x' is not of type 'integer'",
    );
    expect((await resume()).details.reason).toBe("Reason: Validation failed. Failure reason: 'n' is a required property");
    expect((await resume({ n: { __prefect_kind: "workspace_variable", variable_name: "v" } })).details.reason).toBe(
      "Error hydrating run input: Variable 'v' not found in workspace.",
    );
    expect(await resume({ n: { __prefect_kind: "json", value: "5" } })).toMatchObject({ status: "ACCEPT", state: { type: "RUNNING" } });
    expect((await me.get(`${path}/input/p-response`)).body).toBe('{"n":5}');
  });
});
