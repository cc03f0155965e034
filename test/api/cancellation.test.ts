import { env } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { tick } from "../../src/scheduler/tick.ts";
import { type Body, type Client, newTenant } from "./tenant.ts";

const MESSAGE = "The parent flow run was cancelled.";
const CANCELLED = ["CANCELLED", MESSAGE];

interface World {
  me: Client;
  flowId: string;
  deploymentId: string;
}

async function world(): Promise<World> {
  const me = await newTenant();
  const flow = await me.must("POST", "/flows/", { name: "f" });
  const deployment = await me.must("POST", "/deployments/", { name: "d", flow_id: flow.id });
  return { me, flowId: flow.id, deploymentId: deployment.id };
}

const newRun = async ({ me, flowId }: World, type: string, more: Body = {}): Promise<string> => {
  const { id } = await me.must("POST", "/flow_runs/", { flow_id: flowId, state: { type: "PENDING" }, ...more });
  if (type !== "PENDING") await setState(me, "flow_runs", id, type);
  return id;
};

const newTask = async (me: Client, flow_run_id: string, key: string, type: string, tags: string[] = []): Promise<string> =>
  (await me.must("POST", "/task_runs/", { flow_run_id, task_key: key, dynamic_key: "0", state: { type }, tags })).id;

const setState = (me: Client, noun: string, id: string, type: string) =>
  me.must("POST", `/${noun}/${id}/set_state`, { state: { type }, force: true });

const stateOf = async (me: Client, noun: string, id: string) => {
  const { state } = await me.must("GET", `/${noun}/${id}`);
  return [state.type, state.message];
};

const rows = async <T>(query: string, ...values: unknown[]): Promise<T[]> =>
  (
    await env.DB_0.prepare(query)
      .bind(...values)
      .all<T>()
  ).results;

const noted = (me: Client) => rows("SELECT flow_run_id FROM cancelled_flow_runs WHERE tenant_id = ?1", me.workspaceId);

describe("the children of a cancelled flow run", () => {
  it("are cancelled with it: task runs that are not over, subflow runs, and theirs", async () => {
    const here = await world();
    const { me } = here;
    const parent = await newRun(here, "RUNNING");
    const tasks = await Promise.all(
      ["PENDING", "RUNNING", "SCHEDULED", "COMPLETED", "CRASHED"].map((type) => newTask(me, parent, type, type)),
    );
    const stands = await Promise.all(["a", "b", "c", "d"].map((key) => newTask(me, parent, key, "RUNNING")));
    const [plain, deployed, scheduled, done] = await Promise.all([
      newRun(here, "RUNNING", { parent_task_run_id: stands[0] }),
      newRun(here, "RUNNING", { parent_task_run_id: stands[1], deployment_id: here.deploymentId }),
      newRun(here, "SCHEDULED", { parent_task_run_id: stands[2], deployment_id: here.deploymentId }),
      newRun(here, "COMPLETED", { parent_task_run_id: stands[3] }),
    ]);
    if (!plain || !deployed || !scheduled || !done) throw new Error("no subflows");
    await me.must("PATCH", `/flow_runs/${deployed}`, { infrastructure_pid: "p" });
    const nested = await newTask(me, plain, "n", "RUNNING");
    const answer = await me.post(`/flow_runs/${parent}/set_state`, { state: { type: "CANCELLED" }, force: true });
    expect([answer.status, answer.cost.roundTrips]).toEqual([201, 2]);
    expect(await Promise.all(tasks.map((id) => stateOf(me, "task_runs", id)))).toEqual([
      ...[CANCELLED, CANCELLED, CANCELLED],
      ["COMPLETED", null],
      ["CRASHED", null],
    ]);
    expect(await Promise.all([plain, deployed, scheduled, done].map((id) => stateOf(me, "flow_runs", id)))).toEqual([
      CANCELLED,
      ["CANCELLING", MESSAGE],
      // It has nothing that a worker could end.
      ["CANCELLED", null],
      ["COMPLETED", null],
    ]);
    // The task run of a subflow run shows its state.
    expect(await Promise.all(stands.map((id) => stateOf(me, "task_runs", id)))).toEqual([
      CANCELLED,
      ["CANCELLING", MESSAGE],
      ["CANCELLED", null],
      ["COMPLETED", null],
    ]);
    expect(await stateOf(me, "task_runs", nested)).toEqual(CANCELLED);
    expect(await noted(me)).toEqual([]);
    const history = () => rows("SELECT task_run_id, at FROM task_run_states WHERE tenant_id = ?1", me.workspaceId);
    const before = await history();
    await tick(env, Date.now());
    expect(await history()).toEqual(before);
  });

  it("are many: the cron ends what one call did not, once however often it comes; slots become free", async () => {
    const here = await world();
    const { me } = here;
    await me.must("POST", "/concurrency_limits/", { tag: "t", concurrency_limit: 100 });
    const parent = await newRun(here, "RUNNING");
    const tasks: string[] = [];
    for (let index = 0; index < 60; index += 1) tasks.push(await newTask(me, parent, `k${index}`, "PENDING", ["t"]));
    for (const id of [...tasks.slice(0, 2), ...tasks.slice(-2)]) {
      await me.must("POST", `/task_runs/${id}/set_state`, { state: { type: "RUNNING" } });
    }
    const left = async () =>
      (await me.must("POST", "/task_runs/count", { task_runs: { state: { type: { any_: ["PENDING", "RUNNING"] } } } })) as number;
    await setState(me, "flow_runs", parent, "CANCELLED");
    expect([await left(), (await noted(me)).length]).toEqual([10, 1]);
    await Promise.all([tick(env, Date.now()), tick(env, Date.now())]);
    expect([await left(), await noted(me)]).toEqual([0, []]);
    expect((await me.must("GET", "/concurrency_limits/tag/t")).active_slots).toEqual([]);
    const counts = await rows<{ n: number }>(
      "SELECT count(*) AS n FROM task_run_states WHERE tenant_id = ?1 AND type = 'CANCELLED' GROUP BY task_run_id",
      me.workspaceId,
    );
    expect([counts.length, counts.every(({ n }) => n === 1)]).toEqual([60, true]);
  });

  it("are cancelled too when they are added after it", async () => {
    const here = await world();
    const { me } = here;
    const parent = await newRun(here, "RUNNING");
    const stand = await newTask(me, parent, "s", "RUNNING");
    await setState(me, "flow_runs", parent, "CANCELLED");
    const [task, subflow] = [await newTask(me, parent, "k", "PENDING"), await newRun(here, "PENDING", { parent_task_run_id: stand })];
    expect((await noted(me)).length).toBe(1);
    await tick(env, Date.now());
    expect(await Promise.all([stateOf(me, "task_runs", task), stateOf(me, "flow_runs", subflow)])).toEqual([CANCELLED, CANCELLED]);
    expect(await noted(me)).toEqual([]);
    await newTask(me, parent, "o", "COMPLETED");
    expect(await noted(me)).toEqual([]);
  });

  it("are left alone when the run never started or was taken up again, and cost nothing when there are none", async () => {
    const here = await world();
    const { me } = here;
    const unstarted = await newRun(here, "PENDING");
    const waiting = await newTask(me, unstarted, "k", "PENDING");
    await setState(me, "flow_runs", unstarted, "CANCELLED");
    expect([await stateOf(me, "task_runs", waiting), await noted(me)]).toEqual([["PENDING", null], []]);
    const childless = await newRun(here, "RUNNING");
    await newTask(me, childless, "k", "COMPLETED");
    const failing = await newRun(here, "RUNNING");
    const cost = async (id: string, type: string) =>
      (await me.post(`/flow_runs/${id}/set_state`, { state: { type }, force: true })).cost.written;
    expect(await cost(childless, "CANCELLED")).toBe(await cost(failing, "FAILED"));
    const again = await newRun(here, "RUNNING");
    const task = await newTask(me, again, "k", "RUNNING");
    await env.DB_0.prepare("INSERT INTO cancelled_flow_runs VALUES (?1, ?2)").bind(me.workspaceId, again).run();
    await tick(env, Date.now());
    expect([await stateOf(me, "task_runs", task), await noted(me)]).toEqual([["RUNNING", null], []]);
  });

  it("are of one tenant only", async () => {
    const [here, there] = [await world(), await world()];
    const [mine, theirs] = [await newRun(here, "RUNNING"), await newRun(there, "RUNNING")];
    const [task, theirTask] = [await newTask(here.me, mine, "k", "RUNNING"), await newTask(there.me, theirs, "k", "RUNNING")];
    await setState(here.me, "flow_runs", mine, "CANCELLED");
    await tick(env, Date.now());
    expect([await stateOf(here.me, "task_runs", task), await stateOf(there.me, "task_runs", theirTask)]).toEqual([
      CANCELLED,
      ["RUNNING", null],
    ]);
  });
});
