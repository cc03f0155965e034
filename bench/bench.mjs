#!/usr/bin/env node
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
// Side-by-side load: the same REST work against each target, in turn, and the ratio of the first to every other.
//   npm run bench -- --target slipway=http://127.0.0.1:4200/api,KEY --target prefect=http://127.0.0.1:4201/api [--seconds 5] [--connections 8]
//                  [--only create_run,lifecycle] [--runs 2000] [--json out.json]
// Needs nothing but Node >= 20. Targets are addresses on this machine only.
import http from "node:http";

const args = process.argv.slice(2);
const all = (name) => args.flatMap((a, i) => (a === `--${name}` ? [args[i + 1]] : []));
const one = (name, fallback) => all(name)[0] ?? fallback;
const seconds = Number(one("seconds", 5));
const connections = Number(one("connections", 8));
const filler = Number(one("runs", 1000));
const only = one("only", "")?.split(",").filter(Boolean);

const targets = all("target").map((text) => {
  const [name, rest] = text.split(/=(.*)/s);
  const [url, key] = rest.split(",");
  const parsed = new URL(url);
  if (!["127.0.0.1", "localhost", "[::1]"].includes(parsed.hostname)) throw new Error(`not a local target: ${url}`);
  return { name, parsed, key, agent: new http.Agent({ keepAlive: true, maxSockets: connections }) };
});

function call(target, method, path, body) {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers = { "x-prefect-api-version": "0.8.4" };
  if (payload !== undefined) Object.assign(headers, { "content-type": "application/json", "content-length": Buffer.byteLength(payload) });
  if (target.key) headers.authorization = `Bearer ${target.key}`;
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        agent: target.agent,
        host: target.parsed.hostname,
        port: target.parsed.port,
        method,
        path: target.parsed.pathname.replace(/\/$/, "") + path,
        headers,
      },
      (response) => {
        const chunks = [];
        response.on("data", (c) => chunks.push(c));
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          if (response.statusCode >= 400) return reject(new Error(`${method} ${path} -> ${response.statusCode} ${text.slice(0, 300)}`));
          resolve(text ? JSON.parse(text) : null);
        });
      },
    );
    request.on("error", reject);
    request.end(payload);
  });
}

async function insist(job, tries = 20) {
  try {
    return await job();
  } catch (error) {
    if (tries === 0) throw error;
    await new Promise((r) => setTimeout(r, 250));
    return insist(job, tries - 1);
  }
}

const state = (type, extra = {}) => ({ state: { type, name: type[0] + type.slice(1).toLowerCase(), ...extra }, force: false });
const past = () => new Date(Date.now() - 60_000).toISOString();

async function prepare(target) {
  const tag = randomUUID().slice(0, 8);
  const flow = await call(target, "POST", "/flows/", { name: `bench-${tag}` });
  const pool = await call(target, "POST", "/work_pools/", { name: `bench-${tag}`, type: "prefect-agent" });
  const idle = await call(target, "POST", "/work_pools/", { name: `bench-idle-${tag}`, type: "prefect-agent" });
  const deployment = await call(target, "POST", "/deployments/", {
    name: "bench",
    flow_id: flow.id,
    work_pool_name: pool.name,
    work_queue_name: "default",
    parameters: { x: 1 },
    tags: ["bench"],
    parameter_openapi_schema: { title: "Parameters", type: "object", properties: { x: { title: "x", type: "integer" } } },
  });
  return { tag, flow, pool, idle, deployment };
}

async function fill(target, world, n) {
  for (let i = 0; i < n; i++)
    await insist(() =>
      call(target, "POST", `/deployments/${world.deployment.id}/create_flow_run`, {
        state: { type: "SCHEDULED", state_details: { scheduled_time: past() } },
      }),
    );
}

/** A flow run that the steps share, made once. */
async function parentOf(target, world) {
  world.parent ??= await call(target, "POST", `/deployments/${world.deployment.id}/create_flow_run`, {});
  return world.parent;
}

const work = {
  // the unit of every loop below: what a client does once
  create_run: (t, w) => call(t, "POST", `/deployments/${w.deployment.id}/create_flow_run`, { parameters: { x: 2 } }),
  lifecycle: async (t, w) => {
    const run = await call(t, "POST", `/deployments/${w.deployment.id}/create_flow_run`, {});
    for (const type of ["PENDING", "RUNNING", "COMPLETED"]) await call(t, "POST", `/flow_runs/${run.id}/set_state`, state(type));
  },
  task_lifecycle: async (t, w) => {
    const parent = await parentOf(t, w);
    const task = await call(t, "POST", "/task_runs/", {
      flow_run_id: parent.id,
      task_key: "bench.task",
      dynamic_key: randomUUID(),
      task_inputs: {},
      state: { type: "PENDING", name: "Pending" },
    });
    for (const type of ["RUNNING", "COMPLETED"]) await call(t, "POST", `/task_runs/${task.id}/set_state`, state(type));
  },
  read_run: async (t, w) => call(t, "GET", `/flow_runs/${(await parentOf(t, w)).id}`),
  idle_poll: (t, w) =>
    call(t, "POST", `/work_pools/${w.idle.name}/get_scheduled_flow_runs`, {
      scheduled_before: new Date(Date.now() + 10_000).toISOString(),
    }),
  busy_poll: (t, w) =>
    call(t, "POST", `/work_pools/${w.pool.name}/get_scheduled_flow_runs`, {
      scheduled_before: new Date(Date.now() + 10_000).toISOString(),
      limit: 10,
    }),
  filter_runs: (t) =>
    call(t, "POST", "/flow_runs/filter", {
      sort: "EXPECTED_START_TIME_DESC",
      limit: 50,
      flow_runs: { state: { type: { any_: ["SCHEDULED", "RUNNING"] } }, tags: { all_: ["bench"] } },
    }),
  upsert_deployment: (t, w) =>
    call(t, "POST", "/deployments/", {
      name: "bench",
      flow_id: w.flow.id,
      work_pool_name: w.pool.name,
      work_queue_name: "default",
      version: randomUUID(),
      tags: ["bench"],
    }),
  logs_100: (t, w) =>
    call(
      t,
      "POST",
      "/logs/",
      Array.from({ length: 100 }, (_, i) => ({
        name: "prefect.flow_runs",
        level: 20,
        message: `line ${i} of a flow run that says what it is doing`,
        timestamp: new Date().toISOString(),
        flow_run_id: w.logOwner,
      })),
    ),
};

async function measure(target, world, step) {
  const latencies = [];
  let refused = 0; // answers of 400 and above: a server that sheds load is not faster for it
  const until = performance.now() + seconds * 1000;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < until) {
        const t0 = performance.now();
        try {
          await step(target, world);
          latencies.push(performance.now() - t0);
        } catch {
          refused += 1;
        }
      }
    }),
  );
  const elapsed = (performance.now() - started) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (q) => latencies[Math.min(latencies.length - 1, Math.floor(q * latencies.length))] ?? Number.NaN;
  return { per_second: latencies.length / elapsed, p50_ms: at(0.5), p99_ms: at(0.99), n: latencies.length, refused };
}

const results = {};
const worlds = new Map();
for (const target of targets) {
  const world = await prepare(target);
  world.logOwner = randomUUID();
  await fill(target, world, filler);
  worlds.set(target, world);
}
for (const [name, step] of Object.entries(work)) {
  if (only.length && !only.includes(name)) continue;
  results[name] = {};
  for (const target of targets) {
    await insist(() => step(target, worlds.get(target)));
    results[name][target.name] = await measure(target, worlds.get(target), step);
  }
  const [first, ...others] = targets.map((t) => t.name);
  const show = (r) =>
    `${r.per_second.toFixed(0)}/s p50 ${r.p50_ms.toFixed(1)} p99 ${r.p99_ms.toFixed(1)} ms${r.refused ? ` refused ${r.refused}` : ""}`;
  const ratios = others.map(
    (o) =>
      `x${(results[name][first].per_second / results[name][o].per_second).toFixed(1)} of ${o} (p99 x${(results[name][o].p99_ms / results[name][first].p99_ms).toFixed(1)} shorter)`,
  );
  console.log([name.padEnd(18), ...targets.map((t) => `${t.name}: ${show(results[name][t.name])}`), ...ratios].join(" | "));
}
if (one("json")) writeFileSync(one("json"), JSON.stringify({ seconds, connections, filler, results }, null, 1));
for (const target of targets) target.agent.destroy();
