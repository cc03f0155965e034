// kill -9 under load: nothing that was acknowledged is lost, no run is claimed twice or lost, and the service works on the data that stayed.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { makeDataFolder, signUp, startService } from "../../scripts/service.mjs";

const ROUNDS = 2;
const WRITERS = 4;
/** Callers of their own on one pool, which make runs that are due, are handed some, and claim them. */
const AGENTS = 3;
const folder = makeDataFolder();
let service;

after(async () => {
  await service?.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** One call: the body of a 2xx, else an error that carries `status`, when an answer came at all. */
async function call(tenant, method, route, body, agent = "writer") {
  const response = await fetch(`${service.api}${route}`, {
    method,
    headers: { authorization: `Bearer ${tenant.api_key}`, "content-type": "application/json", "user-agent": agent },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  if (!response.ok) throw Object.assign(new Error(`${method} ${route}: ${response.status} ${text}`), { status: response.status });
  return text ? JSON.parse(text) : null;
}

/**
 * Makes flows and flow runs and moves the runs on until the service is gone. Each acknowledged write is put into `known` after its answer:
 * `flows` id to name, `runs` id to the last acknowledged state, `states` ids of all acknowledged states.
 */
async function write(tenant, label, known, gone) {
  for (let i = 0; !gone.aborted; i++) {
    try {
      const name = `${label}-${i}`;
      const flow = await call(tenant, "POST", "/flows/", { name });
      known.flows.set(flow.id, name);
      const run = await call(tenant, "POST", "/flow_runs/", { flow_id: flow.id, parameters: { i } });
      known.runs.set(run.id, "PENDING");
      known.states.set(run.state_id, run.id);
      for (const type of ["RUNNING", "COMPLETED"]) {
        const { status, state } = await call(tenant, "POST", `/flow_runs/${run.id}/set_state`, { state: { type } });
        assert.equal(status, "ACCEPT");
        known.runs.set(run.id, type);
        known.states.set(state.id, run.id);
      }
    } catch (error) {
      await rethrowUnlessKilled(error, gone);
      return;
    }
  }
}

/** No answer is the kill; an answer other than 2xx is a fault at any time. */
async function rethrowUnlessKilled(error, gone) {
  const unanswered = error.status === undefined && !(error instanceof assert.AssertionError);
  if (!unanswered || !(await settled(gone))) throw error;
}

/**
 * Makes due runs, asks for work and claims what is handed out, until the service is gone. `leases.made` are the ids of acknowledged runs,
 * `leases.claimed` says which agent had a run's claim accepted.
 */
async function lease(tenant, agent, deployment, leases, gone) {
  try {
    while (!gone.aborted) {
      const made = [];
      for (let i = 0; i < 3; i++) made.push((await call(tenant, "POST", `/deployments/${deployment.id}/create_flow_run`, {}, agent)).id);
      for (const id of made) leases.made.add(id);
      const handed = await call(tenant, "POST", "/work_pools/kill/get_scheduled_flow_runs", { limit: 2 }, agent);
      for (const { flow_run: run } of handed) await claim(tenant, agent, run.id, leases);
    }
  } catch (error) {
    await rethrowUnlessKilled(error, gone);
  }
}

async function claim(tenant, agent, id, leases) {
  const { status } = await call(tenant, "POST", `/flow_runs/${id}/set_state`, { state: { type: "PENDING" } }, agent);
  if (status !== "ACCEPT") return;
  assert.equal(leases.claimed.get(id), undefined, `run ${id} was claimed by ${leases.claimed.get(id)} and by ${agent}`);
  leases.claimed.set(id, agent);
}

/** Hands out and claims all that is left: each run is claimed once in all, and none is lost. */
async function drain(tenant, leases) {
  const seen = new Set();
  for (const end = Date.now() + 25_000; Date.now() < end; await sleep(200)) {
    const handed = await call(tenant, "POST", "/work_pools/kill/get_scheduled_flow_runs", {}, "afterwards");
    for (const { flow_run: run } of handed) {
      seen.add(run.id);
      assert.equal(run.state_type, "SCHEDULED");
      await claim(tenant, "afterwards", run.id, leases);
    }
    const left = await call(tenant, "POST", "/flow_runs/count", {
      flow_runs: { state: { type: { any_: ["SCHEDULED"] } } },
      work_pools: { name: { any_: ["kill"] } },
    });
    if (left === 0) break;
  }
  for (const id of leases.made) {
    const types = (await call(tenant, "GET", `/flow_run_states/?flow_run_id=${id}`)).map((state) => state.type);
    // Late is SCHEDULED too.
    assert.deepEqual(
      types.filter((type) => type !== "SCHEDULED"),
      ["PENDING"],
      `run ${id} was ${types}`,
    );
  }
  return seen.size;
}

/** Waits a moment for the kill to be known here: a broken connection may be noticed first. */
async function settled(gone) {
  for (let i = 0; i < 50 && !gone.aborted; i++) await sleep(20);
  return gone.aborted;
}

/** The way of a run; it is created PENDING. */
const ORDER = ["PENDING", "RUNNING", "COMPLETED"];

async function verify(tenant, known) {
  for (const [id, name] of known.flows) assert.equal((await call(tenant, "GET", `/flows/${id}`)).name, name);
  const history = new Set();
  for (const [id, acknowledged] of known.runs) {
    const run = await call(tenant, "GET", `/flow_runs/${id}`);
    // A write that got no answer may have landed, so a run can be further on than what was acknowledged, never behind.
    assert.ok(
      ORDER.indexOf(run.state_type) >= ORDER.indexOf(acknowledged),
      `run ${id} is ${run.state_type}, ${acknowledged} was acknowledged`,
    );
    const states = await call(tenant, "GET", `/flow_run_states/?flow_run_id=${id}`);
    for (const state of states) history.add(state.id);
    assert.equal(run.state_id, states.at(-1)?.id, `the state of run ${id} is not the head of its history`);
  }
  for (const [id, run] of known.states) assert.ok(history.has(id), `state ${id} of run ${run} was acknowledged and is gone`);
}

test("kill -9 during load loses no acknowledged write, and each run is claimed once", { timeout: 90_000 }, async (t) => {
  const known = { flows: new Map(), runs: new Map(), states: new Map() };
  service = await startService({ dataFolder: folder });
  const tenant = await signUp(service.url);
  const leases = { made: new Set(), claimed: new Map() };
  await call(tenant, "POST", "/work_pools/", { name: "kill", type: "process" });
  const { id: flow_id } = await call(tenant, "POST", "/flows/", { name: "leased" });
  const deployment = await call(tenant, "POST", "/deployments/", { name: "d", flow_id, work_pool_name: "kill" });
  for (let round = 0; round < ROUNDS; round++) {
    const gone = new AbortController();
    const writers = Promise.allSettled([
      ...Array.from({ length: WRITERS }, (_, n) => write(tenant, `r${round}-w${n}`, known, gone.signal)),
      ...Array.from({ length: AGENTS }, (_, n) => lease(tenant, `r${round}-a${n}`, deployment, leases, gone.signal)),
    ]);
    await sleep(1500 + Math.random() * 1500);
    const killed = service.kill();
    gone.abort();
    await killed;
    for (const writer of await writers) if (writer.status === "rejected") throw writer.reason;
    service = await startService({ dataFolder: folder });
    await verify(tenant, known);
    // Claims that were acknowledged are there, and nobody is handed such a run again.
    for (const { flow_run: run } of await call(tenant, "POST", "/work_pools/kill/get_scheduled_flow_runs", {}, `r${round}-x`)) {
      assert.equal(leases.claimed.get(run.id), undefined, `run ${run.id} was claimed and is handed out again`);
    }
  }
  t.diagnostic(`${known.flows.size} flows, ${known.runs.size} runs, ${known.states.size} states were acknowledged`);
  assert.ok(known.states.size > 10, "too little was written to tell anything");
  const inLoad = leases.claimed.size;
  const afterwards = await drain(tenant, leases);
  t.diagnostic(`${leases.made.size} runs were due, ${inLoad} claimed in the load, ${afterwards} handed out afterwards`);
  assert.ok(inLoad > 5, "too little was claimed to tell anything");
  const flow = await call(tenant, "POST", "/flows/", { name: "afterwards" });
  assert.equal((await call(tenant, "GET", `/flows/${flow.id}`)).name, "afterwards");
});
