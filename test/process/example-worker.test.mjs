// The example worker, run for real: each run is started once, the moment it is due, and what its process could not say is said for it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { root, signUp, startService } from "../../scripts/service.mjs";

const DEPLOYMENTS = 5;
const RUNS_OF_EACH = 4;
/** Lenient, since the machine may be busy: what is measured is printed. */
const MEDIAN_MILLIS = 1000;

const folder = mkdtempSync(path.join(tmpdir(), "slipway-worker-"));
const started = path.join(folder, "started-");
const command = path.join(folder, "run.mjs");
/** Notes that it was started, then does as a flow does; one whose name says so dies before it could tell. */
const COMMAND = `
import { mkdtempSync } from "node:fs";
const { PREFECT__FLOW_RUN_ID: id, PREFECT_API_URL: api, PREFECT_API_KEY: key } = process.env;
mkdtempSync(${JSON.stringify(started)} + id + "-");
const headers = { authorization: "Bearer " + key, "content-type": "application/json" };
const move = (type) => fetch(api + "/flow_runs/" + id + "/set_state", { method: "POST", headers, body: JSON.stringify({ state: { type } }) });
await move("RUNNING");
const { name } = await (await fetch(api + "/flow_runs/" + id, { headers })).json();
if (name === "dies") process.exit(3);
if (name === "long") await new Promise((resolve) => setTimeout(resolve, 1500));
await move("COMPLETED");
`;

let service;
let tenant;
const workers = [];

before(async () => {
  writeFileSync(command, COMMAND);
  service = await startService();
  tenant = await signUp(service.url);
  await call("POST", "/work_pools/", { name: "pool", type: "process" });
});

after(async () => {
  for (const worker of workers) worker.child.kill("SIGKILL");
  await service?.kill();
  rmSync(folder, { recursive: true, force: true });
});

async function call(method, route, body, signal) {
  const response = await fetch(`${service.api}${route}`, {
    method,
    headers: { authorization: `Bearer ${tenant.api_key}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${route}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

function startWorker(limit) {
  const args = ["--pool", "pool", "--limit", String(limit), "--command", `${process.execPath} ${command}`];
  const child = spawn(
    process.execPath,
    ["--experimental-strip-types", "--disable-warning=ExperimentalWarning", path.join(root, "examples/worker/worker.ts"), ...args],
    { env: { ...process.env, PREFECT_API_URL: service.api, PREFECT_API_KEY: tenant.api_key }, stdio: ["ignore", "pipe", "pipe"] },
  );
  const worker = { child, output: "", ended: new Promise((resolve) => child.once("exit", (code, signal) => resolve(code ?? signal))) };
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk) => {
      worker.output += chunk;
    });
  }
  workers.push(worker);
  return worker;
}

async function deploy(name) {
  const flow = await call("POST", "/flows/", { name: "flow" });
  return (await call("POST", "/deployments/", { name, flow_id: flow.id, work_pool_name: "pool" })).id;
}

/** A run that is due at a time, in milliseconds. */
async function makeRun(deployment, dueAt, name) {
  const state = { type: "SCHEDULED", state_details: { scheduled_time: new Date(dueAt).toISOString() } };
  return { id: (await call("POST", `/deployments/${deployment}/create_flow_run`, { state, ...(name && { name }) })).id, dueAt };
}

async function until(what, condition) {
  for (const end = Date.now() + 60_000; !(await condition()); await sleep(100)) {
    assert.ok(Date.now() < end, `${what} was not so in time; workers said:\n${workers.map(({ output }) => output).join("\n")}`);
  }
}

const stateOf = async (id) => (await call("GET", `/flow_runs/${id}`)).state_type;
const startsOf = (id) => readdirSync(folder).filter((name) => name.startsWith(`started-${id}-`)).length;
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

test("two workers start each run once, when it is due", { timeout: 120_000 }, async (t) => {
  for (const limit of [3, 3]) startWorker(limit);
  const runs = [];
  const deployments = [];
  for (let index = 0; index < DEPLOYMENTS; index++) deployments.push(await deploy(`d${index}`));
  const begin = Date.now() + 3000;
  for (let turn = 0; turn < RUNS_OF_EACH; turn++) {
    for (const [index, deployment] of deployments.entries()) {
      runs.push(await makeRun(deployment, begin + (turn * DEPLOYMENTS + index) * 400));
    }
  }
  await until("every run completed", async () =>
    (await Promise.all(runs.map(({ id }) => stateOf(id)))).every((type) => type === "COMPLETED"),
  );
  const delays = [];
  for (const { id, dueAt } of runs) {
    assert.equal(startsOf(id), 1);
    const states = await call("GET", `/flow_run_states/?flow_run_id=${id}`);
    assert.deepEqual(
      states.map(({ type }) => type),
      ["SCHEDULED", "PENDING", "RUNNING", "COMPLETED"],
    );
    delays.push(Date.parse(states[1].timestamp) - dueAt);
  }
  t.diagnostic(`from due to claimed: median ${median(delays)} ms, longest ${Math.max(...delays)} ms, ${delays.length} runs`);
  assert.ok(Math.min(...delays) >= 0, `a run was claimed ${-Math.min(...delays)} ms before its time`);
  assert.ok(median(delays) < MEDIAN_MILLIS, `half of the runs were claimed later than ${MEDIAN_MILLIS} ms after their time`);
});

test("a run whose process dies is reported as Crashed", { timeout: 60_000 }, async () => {
  const { id } = await makeRun(await deploy("d"), Date.now(), "dies");
  await until("the run crashed", async () => (await stateOf(id)) === "CRASHED");
  assert.equal(startsOf(id), 1);
});

test("SIGTERM lets a worker end what it has begun", { timeout: 60_000 }, async () => {
  const deployment = await deploy("d");
  const { id } = await makeRun(deployment, Date.now(), "long");
  await until("the run goes on", async () => (await stateOf(id)) === "RUNNING");
  for (const { child } of workers) child.kill("SIGTERM");
  assert.deepEqual(await Promise.all(workers.map(({ ended }) => ended)), [0, 0]);
  assert.equal(await stateOf(id), "COMPLETED");
});

test("a request that was broken off keeps no run for longer than a lease", { timeout: 60_000 }, async (t) => {
  const deployment = await deploy("d");
  const gone = new AbortController();
  const left = call("POST", "/work_pools/pool/lease", { wait_seconds: 50 }, gone.signal).catch(() => "broken off");
  await sleep(500);
  gone.abort();
  assert.equal(await left, "broken off");
  await sleep(500);
  const waiting = call("POST", "/work_pools/pool/lease", { wait_seconds: 50 });
  const { id } = await makeRun(deployment, Date.now());
  const made = Date.now();
  assert.deepEqual(
    (await waiting).map(({ flow_run }) => flow_run.id),
    [id],
  );
  const took = Date.now() - made;
  t.diagnostic(`handed to the other after ${took} ms`);
  // The runtime does not tell that a client has gone when it is served locally: the lease must end first.
  assert.ok(took < 20_000, "it was held for the one that had gone");
});
