import { env } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { expandSchedules } from "../../src/scheduler/expand.ts";
import { shardOf } from "../../src/scheduler/shard.ts";
import { tick } from "../../src/scheduler/tick.ts";
import { dueOf, HOUR, oneDeployment, rows, runsOf, turnOfSlices } from "./planned.ts";
import type { Body, Client } from "./tenant.ts";

const MINUTE = 60_000;
const HOURLY = { interval: 3600, anchor_date: "2026-01-01T00:00:00+00:00", timezone: "UTC" };

/** Ten minutes and a half past an hour, later than all before. */
let start = Math.floor(Date.now() / HOUR) * HOUR + 10.5 * MINUTE;

function begin(): void {
  start += 1000 * HOUR;
  vi.useFakeTimers({ toFake: ["Date"], now: start });
}
afterEach(() => {
  vi.useRealTimers();
});

/** Full hours after the start of a tenant's runs. */
const hoursOf = async (me: Client) =>
  (await runsOf(me)).map((run) => Math.round((run.next_scheduled_start_at / 1000 - start) / HOUR + 10 / 60));

async function silence(hours: number): Promise<void> {
  vi.setSystemTime(start + hours * HOUR);
  await tick(env, Date.now());
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe("after a silence of the cron", () => {
  it.each([
    ["none", [1, 2, 3, 11, 12, 13]],
    ["latest", [1, 2, 3, 10, 11, 12, 13]],
    ["all", range(1, 13)],
  ])("catches up with %s of what was missed, once", async (policy, expected) => {
    begin();
    const { me } = await oneDeployment({ schedules: [{ schedule: HOURLY, catchup_policy: policy }] });
    vi.setSystemTime(start + 10 * HOUR);
    await Promise.all([tick(env, Date.now()), tick(env, Date.now())]);
    expect(await hoursOf(me)).toEqual(expected);
    await tick(env, Date.now());
    await silence(9);
    expect(await hoursOf(me)).toEqual(expected);
    const marked = await rows<{ n: number }>(
      "SELECT count(DISTINCT flow_run_id) AS n FROM flow_run_states WHERE tenant_id = ?1 AND name = 'Scheduled'",
      me.workspaceId,
    );
    expect(marked[0]?.n).toBe(expected.length);
    // What goes on without a break misses nothing.
    for (let hour = 11.5; hour < 16; hour += 1.5) await silence(hour);
    expect((await hoursOf(me)).slice(0, expected.length)).toEqual(expected);
  });

  it("catches up in bounded steps, in order, while what is to come is there at once", async () => {
    begin();
    const schedule = { cron: "* * * * *", timezone: "UTC" };
    const { me } = await oneDeployment({ schedules: [{ schedule, catchup_policy: "all" }] });
    const made = (await runsOf(me)).length;
    vi.setSystemTime(start + 10 * HOUR);
    const now = Date.now() * 1000;
    const counts: number[] = [];
    for (let slice = 0; slice < 8; slice += 1) {
      await expandSchedules(shardOf(env, 0), turnOfSlices(now + slice, 1));
      counts.push((await runsOf(me, `AND next_scheduled_start_at < ${now}`)).length - made);
      expect((await runsOf(me, `AND next_scheduled_start_at >= ${now}`)).length).toBe(61);
    }
    // Ten hours less the one that was planned; nobody waits for the next minute in between.
    expect(counts).toEqual([100, 200, 300, 400, 500, 539, 539, 539]);
    expect(await dueOf(me, now)).toBe(0);
    const keys = (await runsOf(me)).map((run) => run.idempotency_key);
    expect([keys.length, new Set(keys).size]).toEqual([600 + 61, 600 + 61]);
  });

  it.each([
    ["the deployment", (me: Client, path: string) => me.must("PATCH", path, { tags: ["t"] })],
    [
      "the schedule",
      async (me: Client, path: string) => {
        const [{ id }] = await me.must("GET", `${path}/schedules`);
        await me.must("PATCH", `${path}/schedules/${id}`, { schedule: { ...HOURLY, interval: 7200 } });
      },
    ],
    [
      "whether it runs",
      async (me: Client, path: string) => {
        await me.must("POST", `${path}/pause_deployment`);
        await me.must("POST", `${path}/resume_deployment`);
      },
    ],
  ])("makes up for nothing once somebody changed %s", async (_, change) => {
    begin();
    const { me, path } = await oneDeployment({ schedules: [{ schedule: HOURLY, catchup_policy: "all" }] });
    vi.setSystemTime(start + 10 * HOUR);
    await change(me, path);
    await silence(10);
    expect(Math.min(...(await hoursOf(me)))).toBeGreaterThanOrEqual(11);
    // It keeps its policy for the next time.
    await silence(20);
    const hours = await hoursOf(me);
    expect(hours.filter((hour) => hour > 12 && hour < 20).length).toBeGreaterThanOrEqual(3);
  });

  it("makes up for nothing of a pause", async () => {
    begin();
    const { me, path } = await oneDeployment({ schedules: [{ schedule: HOURLY, catchup_policy: "all" }] });
    await me.must("POST", `${path}/pause_deployment`);
    await silence(10);
    await me.must("POST", `${path}/resume_deployment`);
    await silence(10);
    expect(await hoursOf(me)).toEqual([11, 12, 13]);
  });
});

describe("a schedule's catch-up policy", () => {
  const policies = async (me: Client, path: string) =>
    (await me.must("GET", path)).schedules.map((schedule: Body) => schedule.catchup_policy);

  it("is shown where it is not the default, and is changed like the rest", async () => {
    const { me, path } = await oneDeployment({ schedules: [{ schedule: HOURLY }] });
    const [plain] = (await me.must("GET", path)).schedules;
    expect([Object.keys(plain).includes("catchup_policy"), plain.catchup]).toEqual([false, false]);
    const added = await me.must("POST", `${path}/schedules`, [{ schedule: { cron: "5 5 * * *" }, catchup_policy: "latest" }]);
    expect(added[0].catchup_policy).toBe("latest");
    await me.must("PATCH", `${path}/schedules/${added[0].id}`, { catchup_policy: "all", active: false });
    expect(await policies(me, path)).toEqual(["all", undefined]);
    await me.must("PATCH", `${path}/schedules/${added[0].id}`, { catchup_policy: null, active: true });
    expect(await policies(me, path)).toEqual(["all", undefined]);
    await me.must("PATCH", `${path}/schedules/${added[0].id}`, { catchup_policy: "none" });
    expect(await policies(me, path)).toEqual([undefined, undefined]);
    const wrong = await me.post(`${path}/schedules`, [{ schedule: HOURLY, catchup_policy: "some" }]);
    expect([wrong.status, wrong.body.exception_detail[0].loc]).toEqual([422, ["body", 0, "catchup_policy"]]);
  });

  it("outlives clients that read and write what they know of", async () => {
    const hourly = { schedule: HOURLY, catchup_policy: "all" };
    const daily = { schedule: { cron: "5 5 * * *", timezone: "UTC" }, catchup_policy: "latest" };
    const { me, flow, path } = await oneDeployment({ schedules: [hourly, daily] });
    const shown = async () =>
      Object.fromEntries((await me.must("GET", path)).schedules.map((own: Body) => [own.schedule.cron ?? "interval", own.catchup_policy]));
    const both = { interval: "all", "5 5 * * *": "latest" };
    expect(await shown()).toEqual(both);
    const known = (await me.must("GET", path)).schedules.map(({ schedule, active }: Body) => ({ schedule, active }));
    await me.must("PATCH", path, { schedules: known });
    expect(await shown()).toEqual(both);
    // A client that deploys again gives the interval another anchor.
    const again = known.map((own: Body) => (own.schedule.interval ? { schedule: { interval: 3600 } } : own));
    await me.must("POST", "/deployments/", { name: "d", flow_id: flow.id, schedules: [...again, { schedule: { cron: "0 0 1 * *" } }] });
    expect(await shown()).toEqual({ ...both, "0 0 1 * *": undefined });
    const [{ id }] = await me.must("GET", `${path}/schedules`);
    await me.must("PATCH", `${path}/schedules/${id}`, { active: false, schedule: { cron: "0 0 2 * *" } });
    // The only schedule stays the only one, whatever it says.
    await me.must("PATCH", path, { schedules: [hourly] });
    await me.must("POST", "/deployments/", { name: "d", flow_id: flow.id, schedule: { cron: "0 7 * * *" } });
    expect(await shown()).toEqual({ "0 7 * * *": "all" });
    await me.must("PATCH", path, { schedules: [{ schedule: { cron: "0 8 * * *" }, catchup_policy: "none" }] });
    expect(await shown()).toEqual({ "0 8 * * *": undefined });
  });
});
