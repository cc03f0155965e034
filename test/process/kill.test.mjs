// kill -9 under load: nothing that was acknowledged is lost, and the service works on the data that stayed.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { makeDataFolder, signUp, startService } from "../../scripts/service.mjs";

const ROUNDS = 2;
const WRITERS = 4;
const folder = makeDataFolder();
let service;

after(async () => {
  await service?.kill();
  rmSync(folder, { recursive: true, force: true });
});

/** One call: the body of a 2xx, else an error that carries `status`, when an answer came at all. */
async function call(tenant, method, route, body) {
  const response = await fetch(`${service.api}${route}`, {
    method,
    headers: { authorization: `Bearer ${tenant.api_key}`, "content-type": "application/json" },
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
      // No answer is the kill; an answer other than 2xx is a fault at any time.
      const unanswered = error.status === undefined && !(error instanceof assert.AssertionError);
      if (!unanswered || !(await settled(gone))) throw error;
      return;
    }
  }
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

test("kill -9 during load loses no acknowledged write", { timeout: 60_000 }, async (t) => {
  const known = { flows: new Map(), runs: new Map(), states: new Map() };
  service = await startService({ dataFolder: folder });
  const tenant = await signUp(service.url);
  for (let round = 0; round < ROUNDS; round++) {
    const gone = new AbortController();
    const writers = Promise.allSettled(Array.from({ length: WRITERS }, (_, n) => write(tenant, `r${round}-w${n}`, known, gone.signal)));
    await sleep(1500 + Math.random() * 1500);
    const killed = service.kill();
    gone.abort();
    await killed;
    for (const writer of await writers) if (writer.status === "rejected") throw writer.reason;
    service = await startService({ dataFolder: folder });
    await verify(tenant, known);
  }
  t.diagnostic(`${known.flows.size} flows, ${known.runs.size} runs, ${known.states.size} states were acknowledged`);
  assert.ok(known.states.size > 10, "too little was written to tell anything");
  const flow = await call(tenant, "POST", "/flows/", { name: "afterwards" });
  assert.equal((await call(tenant, "GET", `/flows/${flow.id}`)).name, "afterwards");
});
