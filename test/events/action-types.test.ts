import { describe, expect, it } from "vitest";
import { type Body, type Client, newTenant } from "../api/tenant.ts";

/** A workspace with one of everything that an action may be about. */
interface World {
  me: Client;
  deployment: Body;
  pool: Body;
  queueId: string;
  other: Body;
  run: Body;
}

const trigger = (name: string, more: object = {}) => ({ type: "event", posture: "Reactive", expect: [name], ...more });

async function world(): Promise<World> {
  const me = await newTenant();
  const flow = await me.must("POST", "/flows/", { name: "f" });
  const pool = await me.must("POST", "/work_pools/", { name: "p", type: "process" });
  const schedules = [{ active: true, schedule: { interval: 3600, anchor_date: "2026-01-01T00:00:00Z" } }];
  const deployment = await me.must("POST", "/deployments/", { name: "d", flow_id: flow.id, work_pool_name: "p", schedules });
  const other = await me.must("POST", "/automations/", { name: "o", trigger: trigger("never"), actions: [] });
  const run = await me.must("POST", "/flow_runs/", { flow_id: flow.id, state: { type: "RUNNING" } });
  return { me, deployment, pool, queueId: pool.default_queue_id, other, run };
}

const events = async (me: Client, name: string): Promise<Body[]> =>
  (await me.must("POST", "/events/filter", { filter: { event: { name: [name] }, order: "ASC" } })).events;

/** Does one action for an event that names the resources; gives the events that tell of it. */
async function act({ me }: World, action: object, resources: string[]) {
  const name = `go.${crypto.randomUUID()}`;
  const automation = await me.must("POST", "/automations/", { name: "a", trigger: trigger(name), actions: [action] });
  const [first = "r", ...others] = resources;
  await me.must("POST", "/events", [
    {
      ...{ occurred: new Date().toISOString(), event: name, id: crypto.randomUUID(), resource: { "prefect.resource.id": first } },
      related: others.map((id) => ({ "prefect.resource.id": id, "prefect.resource.role": "x" })),
    },
  ]);
  const own = (event: Body) => event.resource["prefect.resource.id"] === `prefect.automation.${automation.id}`;
  const [executed, failed, triggered] = await Promise.all(
    ["action.executed", "action.failed", "triggered"].map(async (kind) => (await events(me, `prefect.automation.${kind}`)).filter(own)),
  );
  expect(triggered).toHaveLength(1);
  expect(triggered?.[0].payload.triggering_event.event).toBe(name);
  expect((executed?.length ?? 0) + (failed?.length ?? 0)).toBe(1);
  const [event] = [...(executed ?? []), ...(failed ?? [])];
  expect(event.resource).toEqual({
    "prefect.resource.id": `prefect.automation.${automation.id}`,
    "prefect.resource.name": "a",
    "prefect.trigger-type": "event",
    "prefect.posture": "Reactive",
  });
  expect(event.payload).toMatchObject({ action_index: 0, action_type: (action as Body).type, invocation: expect.any(String) });
  return {
    done: executed?.length === 1,
    status: event.payload.status_code,
    reason: event.payload.reason,
    related: event.related as Body[],
  };
}

const target = (kind: string, id: string) => ({ "prefect.resource.id": `prefect.${kind}.${id}`, "prefect.resource.role": "target" });

/** The pairs of actions that switch things off and on: what they are about, and whether it is off. */
const SWITCHES: [kind: string, key: string, idOf: (w: World) => string, isOff: (w: World) => Promise<boolean>, missing: string][] = [
  [
    "deployment",
    "deployment_id",
    (w) => w.deployment.id,
    async ({ me, deployment }) => (await me.must("GET", `/deployments/${deployment.id}`)).paused,
    "Unexpected status from pause-deployment action: 404",
  ],
  [
    "work-pool",
    "work_pool_id",
    (w) => w.pool.id,
    async ({ me }) => (await me.must("GET", "/work_pools/p")).is_paused,
    "Work pool 00000000-0000-4000-8000-000000000000 not found",
  ],
  [
    "work-queue",
    "work_queue_id",
    (w) => w.queueId,
    async ({ me, queueId }) => (await me.must("GET", `/work_queues/${queueId}`)).is_paused,
    "Unexpected status from pause-work-queue action: 404",
  ],
  [
    "automation",
    "automation_id",
    (w) => w.other.id,
    async ({ me, other }) => !(await me.must("GET", `/automations/${other.id}`)).enabled,
    "Unexpected status from pause-automation action: 404",
  ],
];

describe("actions", () => {
  it("that do nothing are done", async () => {
    const w = await world();
    expect(await act(w, { type: "do-nothing" }, ["r"])).toEqual({ done: true, status: undefined, reason: undefined, related: [] });
  });

  it.each(SWITCHES)("switch off and on: %s", async (kind, key, idOf, isOff, missing) => {
    const w = await world();
    const id = idOf(w);
    const named = kind === "work-pool" ? { ...target(kind, id), "prefect.resource.name": "p" } : target(kind, id);
    for (const [type, off] of [
      [`pause-${kind}`, true],
      [`resume-${kind}`, false],
    ] as const) {
      expect(await act(w, { type, [key]: id }, ["r"])).toMatchObject({ done: true, related: [named] });
      expect(await isOff(w)).toBe(off);
    }
    const paused = await act(w, { type: `pause-${kind}`, source: "inferred" }, ["r", `prefect.${kind}.${id}`]);
    expect([paused.done, paused.related, await isOff(w)]).toEqual([true, [named], true]);
    const words = kind.replace("-", " ");
    expect((await act(w, { type: `pause-${kind}`, source: "inferred" }, ["r"])).reason).toBe(`No ${words} could be inferred`);
    expect((await act(w, { type: `pause-${kind}`, [key]: "00000000-0000-4000-8000-000000000000" }, ["r"])).reason).toBe(missing);
  });

  it("run a deployment, selected or inferred", async () => {
    const w = await world();
    const runs = () =>
      w.me.must("POST", "/flow_runs/filter", { flow_runs: { tags: { all_: [] }, deployment_id: { any_: [w.deployment.id] } } });
    const before = (await runs()).length;
    const chosen = await act(w, { type: "run-deployment", deployment_id: w.deployment.id }, ["r"]);
    expect(chosen).toMatchObject({ done: true, status: 201 });
    const [first, second] = chosen.related;
    expect(first).toEqual(target("deployment", w.deployment.id));
    expect(second).toMatchObject({ "prefect.resource.role": "flow-run", "prefect.resource.name": expect.any(String) });
    const inferred = await act(w, { type: "run-deployment", source: "inferred" }, ["r", `prefect.deployment.${w.deployment.id}`]);
    expect(inferred.done).toBe(true);
    expect((await runs()).length).toBe(before + 2);
    expect((await act(w, { type: "run-deployment", deployment_id: w.queueId }, ["r"])).reason).toBe(
      "Unexpected status from run-deployment action: 404",
    );
  });

  it("change the state of the run that the event is about", async () => {
    const w = await world();
    const resource = `prefect.flow-run.${w.run.id}`;
    const state = async () => (await w.me.must("GET", `/flow_runs/${w.run.id}`)).state;
    const suspended = await act(w, { type: "suspend-flow-run" }, ["r", resource]);
    // Only runs of deployments can be suspended.
    expect(suspended).toMatchObject({ done: false, related: [target("flow-run", w.run.id)] });
    expect(suspended.reason).toMatch(/^Failed to set state: /);
    expect(await act(w, { type: "change-flow-run-state", state: "SCHEDULED", name: "Later" }, [resource])).toMatchObject({ done: true });
    expect(await state()).toMatchObject({
      type: "SCHEDULED",
      name: "Later",
      message: expect.stringMatching(/^State changed by Automation /),
    });
    await w.me.must("POST", `/flow_runs/${w.run.id}/set_state`, { state: { type: "RUNNING" }, force: true });
    expect(await act(w, { type: "cancel-flow-run" }, [resource])).toMatchObject({ done: true, status: 201 });
    expect(await state()).toMatchObject({ type: "CANCELLING", message: expect.stringMatching(/^Cancelled by Automation /) });
    for (const type of ["cancel-flow-run", "suspend-flow-run"]) {
      expect((await act(w, { type }, ["r"])).reason).toBe("No flow run could be inferred");
      expect((await act(w, { type }, [`prefect.flow-run.${w.queueId}`])).reason).toBe(`Unexpected status from ${type} action: 404`);
    }
  });

  it("suspend a run of a deployment", async () => {
    const w = await world();
    const run = await w.me.must("POST", `/deployments/${w.deployment.id}/create_flow_run`, { state: { type: "SCHEDULED" } });
    for (const type of ["PENDING", "RUNNING"]) await w.me.must("POST", `/flow_runs/${run.id}/set_state`, { state: { type } });
    expect(await act(w, { type: "suspend-flow-run" }, [`prefect.flow-run.${run.id}`])).toMatchObject({ done: true, status: 201 });
    const { state } = await w.me.must("GET", `/flow_runs/${run.id}`);
    expect(state).toMatchObject({ type: "PAUSED", name: "Suspended", state_details: { pause_reschedule: true } });
    expect(Date.parse(state.state_details.pause_timeout) - Date.now()).toBeGreaterThan(3500_000);
  });
});
