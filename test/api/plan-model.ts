import { env } from "cloudflare:test";
import { expect } from "vitest";
import { scheduleFromFields } from "../../src/domain/schedules/fields.ts";
import { planRefill } from "../../src/domain/schedules/refill.ts";
import { tick } from "../../src/scheduler/tick.ts";
import { now as contextNow } from "../../src/tenancy/context.ts";
import { rows } from "./planned.ts";
import type { Body, Client } from "./tenant.ts";

/**
 * An environment whose database holds back the answer of the batch after `skip` others until `gate` opens: so a turn of the cron goes
 * on with what it read before somebody changed it. `held` says when it is there.
 */
export function heldEnv(skip: number, gate: Promise<void>): { held: Promise<void>; env: typeof env } {
  const arrival = Promise.withResolvers<void>();
  let left = skip;
  const held = {
    prepare: (text: string) => env.DB_0.prepare(text),
    batch: async (statements: D1PreparedStatement[]) => {
      const results = await env.DB_0.batch(statements);
      left -= 1;
      if (left === -1) {
        arrival.resolve();
        await gate;
      }
      return results;
    },
  };
  return { held: arrival.promise, env: { ...env, DB_0: held as unknown as D1Database } };
}

interface Stored {
  id: string;
  deployment_id: string;
  idempotency_key: string;
  next_scheduled_start_at: number;
  state_type: string;
  parameters: string;
  tags: string;
}

/** What the occurrences that somebody began had for a run, by their keys. */
export type Begun = Map<string, string>;

/**
 * Holds a tenant's runs to the plain model: what is to come is what each active schedule of each deployment that is not paused plans
 * from now on, as the deployment is now, each occurrence once; and an occurrence that was begun never gets another run. A turn of the
 * cron comes first, for what a fault put off. Time never goes back for it: it asks from the latest that anybody worked by, `latest`
 * in milliseconds if that is later than the clock of requests.
 */
export async function expectPlan(me: Client, begun: Begun, context: unknown, latest = 0): Promise<void> {
  await tick(env, Date.now());
  const now = Math.max(latest, Math.ceil(contextNow() / 1000));
  await tick(env, now);
  const from = now * 1000;
  const stored = await rows<Stored>(
    "SELECT * FROM flow_runs WHERE tenant_id = ?1 AND auto_scheduled ORDER BY idempotency_key",
    me.workspaceId,
  );
  for (const run of stored) {
    if (run.state_type !== "SCHEDULED" && !begun.has(run.idempotency_key)) begun.set(run.idempotency_key, run.id);
    expect([context, run.idempotency_key, begun.get(run.idempotency_key) ?? run.id]).toEqual([context, run.idempotency_key, run.id]);
  }
  const planned: unknown[] = [];
  for (const { id, paused, schedules, parameters, tags } of await me.must("POST", "/deployments/filter", {})) {
    const keys = new Set<string>();
    for (const { active, schedule } of paused ? [] : schedules) {
      if (!active) continue;
      const { occurrences } = planRefill(scheduleFromFields(schedule), from);
      for (const { localText } of occurrences) keys.add(`scheduled ${id} ${localText}`);
    }
    for (const key of keys) if (!begun.has(key)) planned.push([key, parameters.v, ["auto-scheduled", ...tags]]);
  }
  const coming = stored.filter((run) => run.state_type === "SCHEDULED" && run.next_scheduled_start_at >= from);
  const found = coming.map((run) => [run.idempotency_key, JSON.parse(run.parameters).v, JSON.parse(run.tags)]);
  expect([context, found]).toEqual([context, planned.sort(byKey)]);
  const misled = await rows(
    "SELECT s.id FROM deployment_schedules AS s JOIN deployments AS d ON d.tenant_id = s.tenant_id AND d.id = s.deployment_id WHERE s.tenant_id = ?1 AND (s.next_expand_at IS NOT NULL) <> (s.active AND NOT d.paused)",
    me.workspaceId,
  );
  expect([context, misled]).toEqual([context, []]);
}

const byKey = (a: unknown, b: unknown): number => (String((a as string[])[0]) < String((b as string[])[0]) ? -1 : 1);

const SCHEDULES = [
  { interval: 3600, anchor_date: "2026-01-01T00:10:00+00:00" },
  { interval: 900, anchor_date: "2026-01-01T00:00:00+00:00" },
  { cron: "0 6 * * *", timezone: "Europe/Berlin" },
  { cron: "*/20 * * * *", timezone: "America/New_York" },
  { rrule: "FREQ=HOURLY;INTERVAL=5" },
];

/** A schedule for a number: one of five kinds, now and then inactive. */
export const scheduleOf = (number: number): Body => ({ schedule: SCHEDULES[number % SCHEDULES.length], active: number % 4 !== 3 });

/** What can be done to a deployment; `number` makes it one thing or another. */
export const ACTIONS: Record<string, (me: Client, id: string, number: number) => Promise<unknown>> = {
  redeploy: async (me, id, number) => {
    const before = (await me.get(`/deployments/${id}`)).body;
    return me.post("/deployments/", {
      ...{ name: before.name ?? `again-${id}`, flow_id: before.flow_id, parameters: { v: number }, tags: [`v${number}`] },
      schedules: [scheduleOf(number), scheduleOf(number + 2)],
    });
  },
  change: (me, id, number) => me.patch(`/deployments/${id}`, { parameters: { v: number }, tags: [`v${number}`] }),
  replaceSchedules: (me, id, number) => me.patch(`/deployments/${id}`, { schedules: [scheduleOf(number)] }),
  setPaused: (me, id, number) => me.patch(`/deployments/${id}`, { paused: number % 2 === 0 }),
  pause: (me, id) => me.post(`/deployments/${id}/pause_deployment`),
  resume: (me, id) => me.post(`/deployments/${id}/resume_deployment`),
  addSchedule: (me, id, number) => me.post(`/deployments/${id}/schedules`, [scheduleOf(number)]),
  patchSchedule: (me, id, number) => ofSchedule(me, id, number, (path) => me.patch(path, scheduleOf(number + 1))),
  deleteSchedule: (me, id, number) => ofSchedule(me, id, number, (path) => me.delete(path)),
  deleteDeployment: (me, id) => me.delete(`/deployments/${id}`),
  begin: async (me, id) => {
    const [run] = (
      await me.post("/flow_runs/filter", {
        ...{ limit: 1, sort: "EXPECTED_START_TIME_ASC", deployments: { id: { any_: [id] } } },
        flow_runs: { state: { type: { any_: ["SCHEDULED"] } } },
      })
    ).body;
    return run && me.post(`/flow_runs/${run.id}/set_state`, { state: { type: "PENDING" } });
  },
};

async function ofSchedule(me: Client, id: string, number: number, action: (path: string) => Promise<unknown>): Promise<unknown> {
  const schedules: Body[] = (await me.get(`/deployments/${id}/schedules`)).body ?? [];
  const schedule = Array.isArray(schedules) ? schedules[number % schedules.length] : undefined;
  return schedule && action(`/deployments/${id}/schedules/${schedule.id}`);
}
