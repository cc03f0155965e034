#!/usr/bin/env node
// How fast one queue hands out runs, how fast they are claimed, and how long a run waits for whoever polls or waits for it:
//   npm run bench:leases [-- --runs 400]
// Times are of this machine and this moment. Needs Node >= 22, and half a minute.
import { serve } from "./runtime.mjs";

const flag = process.argv.indexOf("--runs");
const runs = flag > 0 ? Number(process.argv[flag + 1]) : 400;
const POLL_SECONDS = 10;
const WAITS = 40;

const { call, stop } = await serve("bench/leases/worker.ts");

const percentile = (values, part) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))];
const seconds = (millis) => Number((millis / 1000).toFixed(3));
const latency = (what, millis) => ({ what, "p50 s": seconds(percentile(millis, 0.5)), "p99 s": seconds(percentile(millis, 0.99)) });

/** Does `count` pieces of work, `wide` at a time; gives how many a second. */
async function rate(count, wide, work) {
  let next = 0;
  const begun = performance.now();
  const one = async () => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: wide }, one));
  return Math.round((1000 * count) / (performance.now() - begun));
}

try {
  const { api_key: key, workspace } = await call("/signup", { email: "a@example.com", password: "correct horse", workspace: "w" });
  const api = (route, body, headers) => call(`/api${route}`, body, key, headers);
  await api("/work_pools/", { name: "p", type: "process" });
  const flow = await api("/flows/", { name: "f" });
  const deployment = await api("/deployments/", { name: "d", flow_id: flow.id, work_pool_name: "p", work_queue_name: "q" });
  const queues = await api("/work_pools/p/queues/filter", {});
  const queueId = queues.find(({ name }) => name === "q").id;
  const newRun = async () => (await api(`/deployments/${deployment.id}/create_flow_run`, {})).id;

  const idle = await rate(300, 8, () => api("/work_pools/p/get_scheduled_flow_runs", {}));
  const ids = [];
  const created = await rate(runs, 8, async () => ids.push(await newRun()));
  const rates = [
    { what: "runs created", "per second": created },
    { what: "idle polls", "per second": idle },
  ];
  for (const limit of [1, 10, 100]) {
    const polls = 400;
    const begun = performance.now();
    const { leases } = await call("/bench/leases", { tenantId: workspace.id, queueId, limit, polls });
    const perSecond = (count) => Math.round((1000 * count) / (performance.now() - begun));
    rates.push({ what: `leases of one queue object, ${limit} a poll`, "per second": perSecond(leases) });
  }
  rates.push({
    what: "claims",
    "per second": await rate(runs, 8, (index) => api(`/flow_runs/${ids[index]}/set_state`, { state: { type: "PENDING" } })),
  });
  console.log("Rates, 8 connections:");
  console.table(rates);

  // A poller comes every ten seconds; the run comes at any time in between.
  const polling = [];
  for (let index = 0; index < WAITS; index += 1) {
    await newRun();
    const begun = performance.now();
    const handed = await api("/work_pools/p/get_scheduled_flow_runs", {}, { "user-agent": `poller ${index}` });
    if (handed.length !== 1) throw new Error(`a poll was handed ${handed.length} runs instead of one`);
    polling.push(performance.now() - begun);
  }
  const simulated = Array.from({ length: 10_000 }, (_, index) => Math.random() * POLL_SECONDS * 1000 + polling[index % polling.length]);
  const waiting = [];
  for (let index = 0; index < WAITS; index += 1) {
    const asked = api("/work_pools/p/lease", { wait_seconds: 30 }, { "user-agent": `waiter ${index}` });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const begun = performance.now();
    await newRun();
    await asked;
    waiting.push(performance.now() - begun);
  }
  console.log("From the run's creation until somebody has it:");
  console.table([
    latency(`a poll every ${POLL_SECONDS} s (computed of ${WAITS} polls)`, simulated),
    latency("a client that waits", waiting),
  ]);
} finally {
  await stop();
}
