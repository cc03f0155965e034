import { env } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { scheduleFromFields } from "../../src/domain/schedules/fields.ts";
import { planRefill } from "../../src/domain/schedules/refill.ts";
import { expandSchedules } from "../../src/scheduler/expand.ts";
import { shardsOf } from "../../src/scheduler/shard.ts";
import { tick } from "../../src/scheduler/tick.ts";
import { insertScheduledRuns } from "../../src/store/scheduled-runs.ts";
import { DAY, HOUR, oneDeployment, rows, runsOf, schedulesOf, turnOfSlices } from "./planned.ts";
import { type Body, type Client, newTenant } from "./tenant.ts";

const at = (millis: number) => new Date(millis).toISOString();

/** Everything of a tenant that a turn of the cron may write. */
const stateOf = async (me: Client) =>
  JSON.stringify([
    await runsOf(me),
    await schedulesOf(me),
    await rows("SELECT * FROM flow_run_states WHERE tenant_id = ?1", me.workspaceId),
  ]);

describe("the cron", () => {
  it("fills up schedules when they want more, once", async () => {
    const { me } = await oneDeployment({ schedule: { interval: 3600 } });
    const [schedule] = await schedulesOf(me);
    const before = await stateOf(me);
    await tick(env, Date.now());
    expect(await stateOf(me)).toBe(before);
    const due = Math.ceil((schedule?.next_expand_at ?? 0) / 1000);
    expect(due).toBeGreaterThan(Date.now());
    await tick(env, due - 10);
    expect(await stateOf(me)).toBe(before);
    await Promise.all([tick(env, due), tick(env, due), tick(env, due)]);
    const filled = await runsOf(me);
    expect(filled.length).toBe(4);
    const after = await stateOf(me);
    // Again, and one that comes late and out of order.
    await tick(env, due);
    await tick(env, due - HOUR);
    expect(await stateOf(me)).toBe(after);
    // After a long silence it goes on from now: what was missed is not made up for.
    await tick(env, due + 30 * DAY);
    const later = await runsOf(me);
    expect(later.length).toBe(7);
    expect(Math.min(...later.slice(4).map((run) => run.next_scheduled_start_at / 1000))).toBeGreaterThanOrEqual(due + 30 * DAY);
    const states = await rows<{ n: number }>(
      "SELECT count(*) AS n FROM flow_run_states WHERE tenant_id = ?1 AND name = 'Scheduled'",
      me.workspaceId,
    );
    expect(states[0]?.n).toBe(7);
  });

  it("puts off a schedule that cannot be expanded, and fills up the others", async () => {
    const { me } = await oneDeployment({ schedules: [{ schedule: { interval: 3600 } }, { schedule: { cron: "0 0 31 2 *" } }] });
    expect((await runsOf(me)).length).toBe(3);
    const now = Date.now() + 5 * HOUR;
    await tick(env, now);
    expect((await runsOf(me)).length).toBe(6);
    const broken = (await schedulesOf(me)).find(({ schedule }) => schedule.includes("31 2"));
    expect(broken?.next_expand_at).toBe((now + HOUR) * 1000);
  });

  it("makes nothing of what it read before somebody changed it", async () => {
    const { me, path } = await oneDeployment({ schedule: { interval: 3600 } });
    const [shard] = shardsOf(env);
    const [schedule] = await schedulesOf(me);
    const [deployment] = await rows<{ updated_at: number }>("SELECT updated_at FROM deployments WHERE tenant_id = ?1", me.workspaceId);
    if (!shard || !schedule || !deployment) throw new Error("nothing was made");
    let made = 0;
    const insert = async () => {
      made += 1;
      const run = {
        id: crypto.randomUUID(),
        name: "r",
        at: (Date.now() + 50 * DAY) * 1000,
        localText: `planned ${made}`,
        stateId: crypto.randomUUID(),
        madeAt: Date.now() * 1000,
      };
      const tie = {
        tenantId: schedule.tenant_id,
        scheduleId: schedule.id,
        scheduleUpdatedAt: schedule.updated_at,
        deploymentUpdatedAt: deployment.updated_at,
      };
      await shard.db.runAll(insertScheduledRuns(shard.db, [{ ...run, ...tie }]));
      return (await rows("SELECT 1 FROM flow_runs WHERE tenant_id = ?1 AND id = ?2", me.workspaceId, run.id)).length;
    };
    expect(await insert()).toBe(1);
    for (const change of [
      () => me.must("PATCH", path, { tags: ["t"] }),
      () => me.must("POST", `${path}/pause_deployment`),
      () => me.must("POST", `${path}/resume_deployment`),
      () => me.must("DELETE", path),
    ]) {
      await change();
      expect(await insert()).toBe(0);
    }
    expect(await runsOf(me, "AND state_type = 'SCHEDULED'")).toEqual([]);
  });

  it("keeps its budget however many deployments are due", async () => {
    const me = await newTenant();
    const flow = await me.must("POST", "/flows/", { name: "f" });
    for (let i = 0; i < 120; i += 1) {
      await me.must("POST", "/deployments/", {
        name: `d${i}`,
        flow_id: flow.id,
        schedule: { interval: i < 60 ? 3600 : 300 },
        work_queue_name: `q${i % 3}`,
      });
    }
    const count = (await runsOf(me)).length;
    const [shard] = shardsOf(env);
    if (!shard) throw new Error("no database");
    const now = (Date.now() + 5 * DAY) * 1000;
    // Nothing of other tests is due.
    await rows(
      "UPDATE deployment_schedules SET next_expand_at = ?2 WHERE tenant_id <> ?1 AND next_expand_at <= ?2",
      me.workspaceId,
      now + 1e9,
    );
    await expandSchedules(shard, turnOfSlices(now));
    const made = (await runsOf(me)).length - count;
    expect(made).toBe(60 * 3 + 60 * 13);
    // Two slices of a hundred schedules, each two round trips; the queues are told once a slice.
    expect(shard.meter.d1RoundTrips).toBe(2 * 2);
    expect(shard.meter.durableObjectCalls).toBeLessThanOrEqual(2 * 3);
    expect((await schedulesOf(me)).every(({ next_expand_at }) => (next_expand_at ?? 0) > now)).toBe(true);
  });

  it("marks runs late, once, whether or not they have a queue", async () => {
    const { me, path } = await oneDeployment();
    const flow = await me.must("POST", "/flows/", { name: "g" });
    const state = (seconds: number, name?: string) => ({
      type: "SCHEDULED",
      name,
      state_details: { scheduled_time: at(Date.now() + seconds * 1000) },
    });
    const late = await me.must("POST", `${path}/create_flow_run`, { state: state(-16) });
    const alone = await me.must("POST", "/flow_runs/", { flow_id: flow.id, state: state(-100) });
    const others = [
      await me.must("POST", "/flow_runs/", { flow_id: flow.id, state: state(-5) }),
      await me.must("POST", "/flow_runs/", { flow_id: flow.id, state: state(-100, "Held") }),
      await me.must("POST", "/flow_runs/", { flow_id: flow.id, state: { type: "RUNNING" } }),
    ];
    await Promise.all([tick(env, Date.now()), tick(env, Date.now())]);
    const after = await stateOf(me);
    await tick(env, Date.now());
    expect(await stateOf(me)).toBe(after);
    for (const run of [late, alone]) {
      const marked = await me.must("GET", `/flow_runs/${run.id}`);
      expect(marked).toMatchObject({
        state_type: "SCHEDULED",
        state_name: "Late",
        next_scheduled_start_time: run.next_scheduled_start_time,
        expected_start_time: run.expected_start_time,
      });
      expect(marked.state.state_details).toMatchObject({ scheduled_time: run.next_scheduled_start_time, flow_run_id: run.id });
      const history = await me.must("GET", `/flow_run_states/?flow_run_id=${run.id}`);
      expect(history.map((entry: Body) => entry.name)).toEqual(["Scheduled", "Late"]);
      expect(history[1]).toEqual(marked.state);
      expect((await me.must("POST", `/flow_runs/${run.id}/set_state`, { state: { type: "PENDING" } })).status).toBe("ACCEPT");
    }
    for (const run of others) expect((await me.must("GET", `/flow_runs/${run.id}`)).state_id).toBe(run.state_id);
  });

  it("ends pauses that timed out, and only those", async () => {
    const { me, flow } = await oneDeployment();
    const paused = async (seconds: number) => {
      const run = await me.must("POST", "/flow_runs/", { flow_id: flow.id, state: { type: "RUNNING" } });
      const state = { type: "PAUSED", state_details: { pause_timeout: at(Date.now() + seconds * 1000), pause_key: "k" } };
      expect((await me.must("POST", `/flow_runs/${run.id}/set_state`, { state, force: true })).status).toBe("ACCEPT");
      return run.id;
    };
    const [over, open] = [await paused(-1), await paused(60)];
    await Promise.all([tick(env, Date.now()), tick(env, Date.now())]);
    expect(await me.must("GET", `/flow_runs/${over}`)).toMatchObject({
      state_type: "FAILED",
      state: { message: "The flow was paused and never resumed." },
    });
    expect((await me.must("GET", `/flow_run_states/?flow_run_id=${over}`)).length).toBe(3);
    // A turn whose clock is ahead does not end a pause before its time.
    await tick(env, Date.now() + HOUR);
    expect((await me.must("GET", `/flow_runs/${open}`)).state_type).toBe("PAUSED");
  });

  it("does nothing when background work is off, and fails when no work can be done", async () => {
    const { me } = await oneDeployment({ schedule: { interval: 3600 } });
    const before = await stateOf(me);
    await tick({ ...env, BACKGROUND_WORK: "off" }, Date.now() + 10 * DAY);
    expect(await stateOf(me)).toBe(before);
    const broken = { prepare: (text: string) => env.DB_0.prepare(text), batch: () => Promise.reject(new Error("D1 is away")) };
    await expect(tick({ ...env, DB_0: broken as never }, Date.now())).rejects.toThrow(
      "background work failed: markLate, expandSchedules, failExpiredPauses",
    );
  });
});

describe("a schedule's next look", () => {
  const from = Date.UTC(2030, 0, 1) * 1000;
  const look = (fields: Body, now = from) => {
    const { occurrences, nextAt } = planRefill(scheduleFromFields(fields), now);
    return { count: occurrences.length, seconds: (nextAt - now) / 1e6 };
  };
  const interval = (seconds: number) => ({ interval: seconds, anchor_date: "2030-01-01T00:00:00+00:00", timezone: "UTC" });

  it("is when fewer than three runs, or less than an hour of them, are left", () => {
    // Daily: the first of three is over. Every 10 minutes: the last of seven is less than an hour away.
    expect(look(interval(86_400))).toEqual({ count: 3, seconds: 0.000001 });
    expect(look(interval(86_400), from + 1)).toEqual({ count: 3, seconds: 86_400 });
    expect(look(interval(600))).toEqual({ count: 7, seconds: 0.000001 });
    // Too dense for an hour in a hundred runs: with each that is over.
    expect(look(interval(1), from + 500_000)).toEqual({ count: 100, seconds: 0.500001 });
    // Nothing more within 100 days, or never again.
    expect(look({ cron: "0 0 1 3 *", timezone: "UTC", day_or: true })).toEqual({ count: 1, seconds: 86_400 });
    expect(look({ rrule: "DTSTART:20200101T000000\nRRULE:FREQ=DAILY;COUNT=3", timezone: "UTC" })).toEqual({ count: 0, seconds: 86_400 });
  });
});
