import { describe, expect, it } from "vitest";
import { type Client, newTenant } from "./tenant.ts";

const runOf = async (me: Client, type = "RUNNING") =>
  me.must("POST", "/flow_runs/", { flow_id: (await me.must("POST", "/flows/", { name: "f" })).id, state: { type } });
const names = (runs: { name: string }[]) => runs.map(({ name }) => name);

describe("task runs", () => {
  it("are one for the keys of a flow run, and take an id of the client's", async () => {
    const me = await newTenant();
    const flow_run_id = (await runOf(me)).id;
    const id = crypto.randomUUID();
    const body = { id, flow_run_id, task_key: "k", dynamic_key: "0", name: "one", task_inputs: { a: [{ name: "p", more: 1 }, { id }] } };
    const made = await me.post("/task_runs/", body);
    expect([made.status, made.cost.roundTrips, made.body.id, made.body.state_type]).toEqual([201, 1, id, "PENDING"]);
    expect(made.body.task_inputs).toEqual({
      a: [
        { input_type: "parameter", name: "p" },
        { input_type: "task_run", id },
      ],
    });
    expect(made.body.state.state_details).toMatchObject({ flow_run_id, task_run_id: id });
    const again = await me.post("/task_runs/", { ...body, name: "two", state: { type: "RUNNING" } });
    expect([again.status, again.body.name, again.body.state_id, again.cost.written]).toEqual([200, "one", made.body.state_id, 0]);
    // Another run cannot have an id that is taken, nor a flow run that is not there.
    expect((await me.post("/task_runs/", { ...body, dynamic_key: "1" })).status).toBe(409);
    expect((await me.post("/task_runs/", { ...body, id: null, flow_run_id: crypto.randomUUID() })).status).toBe(409);
    const racing = await Promise.all(
      Array.from({ length: 4 }, () => me.post("/task_runs/", { flow_run_id, task_key: "r", dynamic_key: "0" })),
    );
    expect(racing.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201]);
  });

  it("without a flow run are one for their keys too", async () => {
    const me = await newTenant();
    const racing = await Promise.all(Array.from({ length: 4 }, () => me.post("/task_runs/", { task_key: "k", dynamic_key: "0" })));
    expect(racing.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201]);
    const id = racing[0]?.body.id;
    expect(await me.must("POST", `/task_runs/${id}/set_state`, { state: { type: "RUNNING" } })).toMatchObject({ status: "ACCEPT" });
    expect(await me.must("POST", `/task_runs/${id}/set_state`, { state: { type: "PENDING" }, force: true })).toMatchObject({
      status: "ABORT",
    });
    const listed = (task_runs: object) => me.must("POST", "/task_runs/filter", { task_runs });
    expect(await listed({ flow_run_id: { is_null_: true } })).toHaveLength(1);
  });

  it("refuse what makes no sense", async () => {
    const me = await newTenant();
    const details = async (body: object) =>
      (await me.post("/task_runs/", { task_key: "k", dynamic_key: "0", ...body })).body.exception_detail.map(
        (place: { loc: unknown[]; type: string }) => [place.loc.slice(1).join("."), place.type],
      );
    expect(await details({ task_inputs: { a: [{ input_type: "nope" }] } })).toEqual([
      ["task_inputs.a.0.input_type", "value_error.const"],
      ["task_inputs.a.0.id", "value_error.missing"],
      ["task_inputs.a.0.input_type", "value_error.const"],
      ["task_inputs.a.0.name", "value_error.missing"],
      ["task_inputs.a.0.input_type", "value_error.const"],
      ["task_inputs.a.0.type", "value_error.missing"],
    ]);
    expect(await details({ empirical_policy: { retry_delay: [1, "x"], retry_jitter_factor: -1 }, cache_key: "c".repeat(2001) })).toEqual([
      ["cache_key", "value_error"],
      ["empirical_policy.retry_delay", "type_error.integer"],
      ["empirical_policy.retry_delay.1", "type_error.integer"],
      ["empirical_policy.retry_jitter_factor", "value_error"],
    ]);
    expect(await details({ empirical_policy: { retry_delay: Array(51).fill(1) } })).toEqual([
      ["empirical_policy.retry_delay", "value_error"],
    ]);
    expect(await details({ flow_run_id: "x", task_key: null })).toEqual([
      ["flow_run_id", "type_error.uuid"],
      ["task_key", "type_error.none.not_allowed"],
    ]);
  });

  it("are renamed and deleted; the subflow run they stand for stays", async () => {
    const me = await newTenant();
    const run = await runOf(me);
    const task = await me.must("POST", "/task_runs/", { flow_run_id: run.id, task_key: "k", dynamic_key: "0" });
    const sub = await me.must("POST", "/flow_runs/", { flow_id: run.flow_id, parent_task_run_id: task.id });
    expect((await me.patch(`/task_runs/${task.id}`, { name: "renamed" })).status).toBe(204);
    expect((await me.get(`/task_runs/${task.id}`)).body.name).toBe("renamed");
    expect([
      (await me.patch(`/task_runs/${task.id}`, { tags: [] })).status,
      (await me.patch(`/task_runs/${crypto.randomUUID()}`, {})).status,
    ]).toEqual([422, 404]);
    expect((await me.delete(`/task_runs/${task.id}`)).status).toBe(204);
    expect((await me.get(`/flow_runs/${sub.id}`)).body.parent_task_run_id).toBe(null);
    expect((await me.get(`/task_run_states/${task.state_id}`)).body).toEqual({ detail: "Flow run state not found" });
    expect((await me.delete(`/task_runs/${task.id}`)).body).toEqual({ detail: "Task not found" });
  });

  it("are listed and counted by their own and their flow runs' filters", async () => {
    const me = await newTenant();
    const run = await runOf(me);
    const flow_run_id = run.id;
    const make = (name: string, more = {}) =>
      me.must("POST", "/task_runs/", { flow_run_id, task_key: name, dynamic_key: "0", name, ...more });
    const a = await make("a", { tags: ["red"], state: { type: "COMPLETED", data: { v: 1 } } });
    const b = await make("b", { state: { type: "RUNNING" } });
    await make("c");
    await me.must("POST", "/flow_runs/", { flow_id: run.flow_id, parent_task_run_id: b.id, state: { type: "RUNNING" } });
    const list = async (task_runs: object, more = {}) =>
      names(await me.must("POST", "/task_runs/filter", { task_runs, sort: "NAME_ASC", ...more }));
    expect(await list({ tags: { all_: ["red"] } })).toEqual(["a"]);
    expect(await list({ subflow_runs: { exists_: true } })).toEqual(["b"]);
    expect(await list({ state: { type: { any_: ["RUNNING", "PENDING"] } } }, { flow_runs: { id: { any_: [run.id] } } })).toEqual([
      "b",
      "c",
    ]);
    expect(await list({ start_time: { is_null_: true } }, { flows: { name: { like_: "F" } } })).toEqual(["a", "c"]);
    expect(await list({}, { flow_runs: { id: { any_: [] } } })).toEqual([]);
    expect(await list({}, { flow_runs: { id: { any_: [run.id] }, state: { type: { any_: ["FAILED"] } } } })).toEqual([]);
    const page = await me.post("/task_runs/filter", { limit: 2 });
    expect([names(page.body), page.cost.roundTrips]).toEqual([["c", "b"], 1]);
    expect((await me.must("POST", "/task_runs/filter", { task_runs: { id: { any_: [a.id] } } }))[0].state.data).toEqual({ v: 1 });
    expect(await me.must("POST", "/task_runs/count", { task_runs: { name: { any_: ["a", "c"] } } })).toBe(2);
    const counts = await me.post("/ui/task_runs/count", { flow_runs: { id: { any_: [run.id] } } });
    expect([counts.cost.roundTrips, counts.body]).toEqual([
      1,
      { COMPLETED: 1, RUNNING: 1, PENDING: 1, FAILED: 0, CANCELLED: 0, CRASHED: 0, PAUSED: 0, CANCELLING: 0, SCHEDULED: 0 },
    ]);
    const history = await me.must("POST", "/task_runs/history", {
      history_start: new Date(Date.now() - 3_600_000).toISOString(),
      history_end: new Date(Date.now() + 3_600_000).toISOString(),
      history_interval_seconds: 7200,
    });
    expect(history[0].states.map((state: { state_type: string; count_runs: number }) => [state.state_type, state.count_runs])).toEqual([
      ["COMPLETED", 1],
      ["PENDING", 1],
      ["RUNNING", 1],
    ]);
  });

  it("that finished are counted over time for the dashboard", async () => {
    const me = await newTenant();
    const flow_run_id = (await runOf(me)).id;
    for (const type of ["COMPLETED", "FAILED", "CRASHED", "RUNNING"]) {
      const task = await me.must("POST", "/task_runs/", { flow_run_id, task_key: type, dynamic_key: "0", state: { type: "RUNNING" } });
      if (type !== "RUNNING") await me.must("POST", `/task_runs/${task.id}/set_state`, { state: { type } });
    }
    const start = { after_: new Date(Date.now() - 600_000).toISOString() };
    const counts = await me.post("/ui/task_runs/dashboard/counts", {
      task_runs: { start_time: start, state: { type: { any_: ["RUNNING"] } } },
    });
    expect(counts.cost.roundTrips).toBe(1);
    expect(counts.body).toHaveLength(20);
    expect(counts.body.filter(({ completed, failed }: { completed: number; failed: number }) => completed + failed > 0)).toEqual([
      { completed: 1, failed: 2 },
    ]);
    expect((await me.post("/ui/task_runs/dashboard/counts", { task_runs: {} })).body).toEqual({
      detail: "task_runs.start_time.after_ is required",
    });
    expect((await me.post("/ui/task_runs/dashboard/counts", {})).body.exception_detail).toEqual([
      { loc: ["body", "task_runs"], msg: "field required", type: "value_error.missing" },
    ]);
  });
});
