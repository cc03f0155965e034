import { describe, expect, it } from "vitest";
import { type Body, type Client, newTenant } from "./tenant.ts";

const HOURLY = { interval: 3600, anchor_date: "2050-01-01T00:00:00+00:00" };
// Never the next to come.
const DAILY = { cron: `30 ${(new Date().getUTCHours() + 12) % 24} * * *`, timezone: "Etc/UTC" };

async function world(more: Body = {}): Promise<{ me: Client; id: string; path: string; runs: () => Promise<Body[]> }> {
  const me = await newTenant();
  const flow = await me.must("POST", "/flows/", { name: "f" });
  const { id } = await me.must("POST", "/deployments/", { name: "d", flow_id: flow.id, ...more });
  const list = { sort: "EXPECTED_START_TIME_ASC" };
  return { me, id, path: `/deployments/${id}`, runs: () => me.must("POST", "/flow_runs/filter", list) };
}

const hourFrom = (hours: number) =>
  `${new Date((Math.floor(Date.now() / 3_600_000) + hours) * 3_600_000).toISOString().slice(0, 19)}+00:00`;

describe("schedules", () => {
  it("are added, listed, changed and removed", async () => {
    const { me, path } = await world();
    const added = await me.post(`${path}/schedules`, [
      { schedule: HOURLY, active: false },
      { schedule: { rrule: "FREQ=DAILY" }, active: false, max_active_runs: 2, max_scheduled_runs: 5, catchup: true },
    ]);
    expect([added.status, added.cost.roundTrips]).toEqual([201, 2]);
    expect(added.body).toMatchObject([
      { schedule: { timezone: "UTC" }, max_scheduled_runs: null, catchup: false },
      { schedule: { rrule: "FREQ=DAILY", timezone: "UTC" }, max_active_runs: 2, max_scheduled_runs: 5, catchup: true },
    ]);
    const [first, second] = added.body.map((schedule: Body) => schedule.id);
    const ids = async () => (await me.must("GET", `${path}/schedules`)).map((schedule: Body) => schedule.id);
    expect(await ids()).toEqual([second, first]);
    await me.must("PATCH", `${path}/schedules/${first}`, { schedule: DAILY, active: null, max_scheduled_runs: 7 });
    expect(await ids()).toEqual([first, second]);
    expect((await me.must("GET", path)).schedules[0]).toMatchObject({
      schedule: { ...DAILY, day_or: true },
      active: false,
      max_scheduled_runs: 7,
    });
    await me.must("DELETE", `${path}/schedules/${first}`);
    expect(await ids()).toEqual([second]);
    for (const answer of [await me.patch(`${path}/schedules/${first}`, {}), await me.delete(`${path}/schedules/${first}`)]) {
      expect([answer.status, answer.body]).toEqual([404, { detail: "Schedule not found." }]);
    }
  });

  it("say what is wrong with them", async () => {
    const { me, path } = await world();
    const places = async (schedule: Body) =>
      (await me.post(`${path}/schedules`, schedule)).body.exception_detail.map(({ loc, msg }: Body) => [loc.join("."), msg]);
    expect(await places([{ schedule: { cron: "nope" }, max_scheduled_runs: 51, x: 1 }])).toEqual([
      ["body.0.schedule.interval", "field required"],
      ["body.0.schedule.cron", "extra fields not permitted"],
      ["body.0.schedule.cron", 'Invalid cron string: "nope"'],
      ["body.0.schedule.rrule", "field required"],
      ["body.0.schedule.cron", "extra fields not permitted"],
      ["body.0.max_scheduled_runs", "`max_scheduled_runs` must be less than or equal to 50."],
      ["body.0.x", "extra fields not permitted"],
    ]);
    expect(await places({})).toEqual([["body", "value is not a valid list"]]);
    const many = await me.post(
      `${path}/schedules`,
      Array.from({ length: 501 }, () => ({ schedule: HOURLY, active: false })),
    );
    expect([many.status, many.body.detail]).toEqual([422, "A deployment can have at most 500 schedules."]);
  });

  it("make their runs at once, from what the deployment has", async () => {
    const { me, id, path, runs } = await world({ tags: ["t"], parameters: { p: 1.5 }, version: "3", work_queue_name: "q" });
    expect(await runs()).toEqual([]);
    await me.must("POST", `${path}/schedules`, [{ schedule: HOURLY }]);
    const made = await runs();
    expect(made.map((run) => run.expected_start_time)).toEqual([1, 2, 3].map(hourFrom));
    expect(made[0]).toMatchObject({
      ...{ deployment_id: id, deployment_version: "3", tags: ["auto-scheduled", "t"], parameters: { p: 1.5 }, auto_scheduled: true },
      ...{ idempotency_key: `scheduled ${id} ${hourFrom(1)}`, next_scheduled_start_time: hourFrom(1), run_count: 0, created_by: null },
      ...{ work_queue_name: "q", work_pool_name: "default-agent-pool", job_variables: {}, context: {}, flow_version: null },
      state: { type: "SCHEDULED", name: "Scheduled", message: "Flow run scheduled", state_details: { scheduled_time: hourFrom(1) } },
    });
    expect(await me.must("GET", `/flow_run_states/?flow_run_id=${made[0]?.id}`)).toEqual([made[0]?.state]);
    // A schedule that coincides with another in the same zone adds no second run; one in another zone is known by another text.
    await me.must("POST", `${path}/schedules`, [{ schedule: { cron: "0 * * * *", timezone: "UTC" } }]);
    expect((await runs()).length).toBe(3);
    await me.must("POST", `${path}/schedules`, [{ schedule: { cron: "0 * * * *", timezone: "Asia/Tokyo" } }]);
    expect((await runs()).length).toBe(6);
  });

  it("replace runs that nobody began when they or their deployment change", async () => {
    const { me, path, runs } = await world({ schedules: [{ schedule: HOURLY }, { schedule: DAILY }] });
    expect((await runs()).length).toBe(6);
    const [first] = await runs();
    await me.must("POST", `/flow_runs/${first?.id}/set_state`, { state: { type: "PENDING" } });
    await me.must("PATCH", path, { tags: ["new"] });
    const replaced = await runs();
    // The occurrence that is under way has its run.
    expect(replaced.map((run) => run.tags.includes("new"))).toEqual([false, true, true, true, true, true]);
    const [daily, hourly] = await me.must("GET", `${path}/schedules`);
    await me.must("PATCH", `${path}/schedules/${hourly.id}`, { active: false });
    expect((await runs()).map((run) => run.state_type)).toEqual(["PENDING", "SCHEDULED", "SCHEDULED", "SCHEDULED"]);
    await me.must("PATCH", `${path}/schedules/${hourly.id}`, { active: true, schedule: { interval: 1800 } });
    expect((await runs()).length).toBe(7);
    await me.must("DELETE", `${path}/schedules/${daily.id}`);
    expect((await runs()).length).toBe(4);
    await me.must("PATCH", path, { schedules: [] });
    expect((await runs()).map((run) => run.id)).toEqual([first?.id]);
  });

  it("rest while their deployment does", async () => {
    const { me, path, runs } = await world({ schedule: HOURLY });
    const manual = await me.must("POST", `${path}/create_flow_run`, {});
    for (const [pause, resume] of [
      ["pause_deployment", "resume_deployment"],
      ["set_schedule_inactive", "set_schedule_active"],
    ] as const) {
      const paused = await me.post(`${path}/${pause}`);
      expect([paused.status, paused.body, paused.cost.roundTrips]).toEqual([200, null, 2]);
      expect(await me.must("GET", path)).toMatchObject({ paused: true, is_schedule_active: false, schedules: [{ active: false }] });
      expect((await runs()).map((run) => run.id)).toEqual([manual.id]);
      await me.must("POST", `${path}/${resume}`);
      expect(await me.must("GET", path)).toMatchObject({ paused: false, is_schedule_active: true, schedules: [{ active: true }] });
      expect((await runs()).length).toBe(4);
    }
    expect((await me.post(`${path}/resume_deployment`)).cost).toMatchObject({ roundTrips: 1, written: 0 });
    // A paused deployment takes changes and makes nothing of them.
    await me.must("PATCH", path, { paused: true });
    expect((await me.must("GET", path)).schedules[0].active).toBe(true);
    await me.must("POST", `${path}/schedules`, [{ schedule: DAILY }]);
    expect((await runs()).length).toBe(1);
    await me.must("PATCH", path, { paused: false });
    expect((await runs()).length).toBe(7);
  });

  it("reach pollers at once", async () => {
    const { me, path } = await world();
    await me.must("POST", "/work_pools/", { name: "p", type: "process" });
    await me.must("PATCH", path, { work_pool_name: "p" });
    const poll = async () => (await me.must("POST", "/work_pools/p/get_scheduled_flow_runs", { limit: 2 })).length;
    expect(await poll()).toBe(0);
    await me.must("POST", `${path}/schedules`, [{ schedule: { interval: 10 } }]);
    expect(await poll()).toBe(2);
    await me.must("POST", `${path}/pause_deployment`);
    expect(await poll()).toBe(0);
    await me.must("POST", `${path}/resume_deployment`);
    expect(await poll()).toBe(2);
    await me.must("DELETE", path);
    expect(await poll()).toBe(0);
  });

  it("make the runs of any span on demand", async () => {
    const { me, path, runs } = await world({
      paused: true,
      schedules: [{ schedule: HOURLY }, { schedule: { cron: "0 0 * * *" }, active: false }],
    });
    const schedule = async (span: Body) => {
      const answer = await me.post(`${path}/schedule`, span);
      expect([answer.status, answer.body, answer.cost.roundTrips]).toEqual([200, null, 2]);
      return (await runs()).map((run) => run.expected_start_time.slice(0, 13));
    };
    expect(await schedule({ start_time: "2051-01-01T00:00:00Z", end_time: "2051-01-01T01:00:00Z" })).toEqual([
      "2051-01-01T00",
      "2051-01-01T01",
    ]);
    expect(await schedule({ start_time: "2051-01-01T00:30:00Z", min_runs: 2, min_time: 7200 })).toEqual(
      ["00", "01", "02", "03"].map((hour) => `2051-01-01T${hour}`),
    );
    expect(
      (await schedule({ start_time: "2052-01-01T00:00:00Z", max_runs: 3000, min_runs: 3000, end_time: "2053-01-01T00:00:00Z" })).length,
    ).toBe(4 + 196);
    expect(await me.must("POST", "/flow_runs/count", {})).toBe(4 + 1002);
    expect((await me.post(`/deployments/${crypto.randomUUID()}/schedule`)).body).toBe(null);
    await me.must("PATCH", path, {});
    expect(await me.must("POST", "/flow_runs/count", {})).toBe(0);
  });

  it("tell what comes next, saved or not", async () => {
    const { me, path } = await world({ paused: true, schedules: [{ schedule: HOURLY, active: false }] });
    const [{ id }] = await me.must("GET", `${path}/schedules`);
    const saved = await me.get(`${path}/schedules/${id}/preview?n=2`);
    expect([saved.status, saved.cost.roundTrips]).toEqual([200, 1]);
    const occurrence = (hours: number) => ({ time: hourFrom(hours), local_time: hourFrom(hours), clock_change: null });
    expect(saved.body).toEqual({
      schedule: expect.objectContaining({ anchor_date: HOURLY.anchor_date, timezone: "UTC" }),
      occurrences: [occurrence(1), occurrence(2)],
      active: false,
      paused: true,
    });
    expect((await me.must("GET", `${path}/schedules/${id}/preview`)).occurrences.length).toBe(10);
    for (const [unknown, detail] of [
      [`${path}/schedules/${crypto.randomUUID()}`, "Schedule not found."],
      [`/deployments/${crypto.randomUUID()}/schedules/${id}`, "Deployment not found."],
    ]) {
      const answer = await me.get(`${unknown}/preview`);
      expect([answer.status, answer.body]).toEqual([404, { detail }]);
    }

    const preview = (body: Body) => me.post("/schedules/preview", body);
    const unsaved = await preview({
      schedule: { cron: "30 2 * * *", timezone: "America/New_York" },
      n: 1,
      start: "2024-03-10T00:00:00-05:00",
    });
    expect([unsaved.status, unsaved.cost.roundTrips]).toEqual([200, 0]);
    expect(unsaved.body).toEqual({
      schedule: { cron: "30 2 * * *", timezone: "America/New_York", day_or: true },
      occurrences: [
        {
          time: "2024-03-10T07:30:00+00:00",
          local_time: "2024-03-10T03:30:00-04:00",
          clock_change: { kind: "gap", local_time: "2024-03-10T02:30:00", shift: 3600 },
        },
      ],
    });
    const overlap = await preview({
      schedule: { rrule: "FREQ=DAILY;BYHOUR=1", timezone: "Europe/Lisbon" },
      n: 1,
      start: "2026-10-24T12:00:00Z",
    });
    expect(overlap.body.occurrences[0].clock_change).toEqual({
      ...{ kind: "overlap", local_time: "2026-10-25T01:00:00", taken: "first", other_time: "2026-10-25T01:00:00+00:00" },
    });
  });

  it("are refused a preview that nobody can give", async () => {
    const { me, path } = await world({ schedules: [{ schedule: HOURLY }] });
    const [{ id }] = await me.must("GET", `${path}/schedules`);
    const places = async (body: Body) =>
      (await me.post("/schedules/preview", body)).body.exception_detail?.map(({ loc, msg }: Body) => [loc.join("."), msg]);
    expect(await places({ schedule: { rrule: "nope" }, n: 101, start: "soon" })).toEqual([
      ["body.schedule.interval", "field required"],
      ["body.schedule.rrule", "extra fields not permitted"],
      ["body.schedule.cron", "field required"],
      ["body.schedule.rrule", "extra fields not permitted"],
      ["body.schedule.rrule", 'Invalid RRule string "nope": not enough values to unpack (expected 2, got 1)'],
      ["body.n", "ensure this value is less than or equal to 100"],
      ["body.start", "Unable to parse string [soon]"],
    ]);
    expect(await places({})).toEqual([["body.schedule", "field required"]]);
    const none = await me.get(`${path}/schedules/${id}/preview?n=0`);
    expect([none.status, none.body.exception_detail]).toEqual([
      422,
      [
        {
          loc: ["query", "n"],
          msg: "ensure this value is greater than or equal to 1",
          type: "value_error.number.not_ge",
          ctx: { limit_value: 1 },
        },
      ],
    ]);
    for (const [body, detail] of [
      [{ schedule: { cron: "0 0 31 2 *" } }, "The schedule has no dates to give: failed to find next date"],
      [{ schedule: HOURLY, start: "0100-01-01T00:00:00Z" }, "Invalid start: must be between the years 1900 and 2200."],
    ] as const) {
      const answer = await me.post("/schedules/preview", body);
      expect([answer.status, answer.body]).toEqual([422, { detail }]);
    }
  });
});
