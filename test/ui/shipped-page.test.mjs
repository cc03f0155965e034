// The web page that the prefect 2.20 package ships, unmodified, against our API with a session's cookie: every screen must show what it
// should, and nothing may go wrong that does not go wrong on a real Prefect server with the same data too. That one is walked only when
// something else went wrong than what is known of the page, or with REFERENCE=always.
// SCREENSHOTS=folder keeps what was seen; SCREENS=regex walks through some screens only.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, prefectEnvironment, startService } from "../../scripts/service.mjs";
import { openBrowser } from "./browser.mjs";
import { made, UNREACHABLE, UNWALKED, WALKED } from "./calls.mjs";
import { servePage } from "./page-server.mjs";
import { walk } from "./walk.mjs";
import { makeWorld } from "./world.mjs";

const PAGE_FOLDER = "lib/python3.11/site-packages/prefect/server/ui";
const SCREENS = new RegExp(process.env.SCREENS ?? ".");
/** What `/ui-settings` of a real server answers. */
const SETTINGS = {
  api_url: "/api",
  csrf_enabled: false,
  flags: [
    "deployment_status",
    "work_pools",
    "states_on_flow_run_graph",
    "work_queue_status",
    "workspace_dashboard",
    "automations",
    "artifacts_on_flow_run_graph",
    "workers",
    "enhanced_cancellation",
    "artifacts",
  ],
};
const STALE_QUEUE = [/^POST \/api\/work_queues\/filter answered 422$/, /\bFl\b/];
/** What goes wrong in the page on any server, by the step in which it does. It asks for a deleted queue now sooner, now later. */
const FAULTS_OF_THE_PAGE = {
  "flow runs: bulk delete": [/TypeError.*refresh/],
  "queue of agents: delete": STALE_QUEUE,
  "queues of agents": STALE_QUEUE,
  "variable create": [/^GET \/api\/variables\/name\/typed_variable answered 404$/],
};
/** Vue's, when the page is moved on within a transition. */
const TRANSITION = /Cannot read properties of null \(reading 'parentNode'\)/;
const closers = [];
let environment;
let browser;

before(async () => {
  browser = await openBrowser();
  closers.push(() => browser.close());
  environment = await prefectEnvironment("2.20");
});

after(async () => {
  for (const close of closers.reverse()) await close();
});

/** A fresh Prefect server with a folder of its own: its address. */
async function startReference() {
  const home = mkdtempSync(path.join(tmpdir(), "prefect-page-"));
  const url = `http://127.0.0.1:${await freePort()}`;
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("PREFECT_"));
  const child = spawn(path.join(environment, "bin/prefect"), ["server", "start", "--port", new URL(url).port], {
    cwd: home,
    detached: true,
    stdio: "ignore",
    env: {
      ...Object.fromEntries(own),
      PREFECT_HOME: home,
      PREFECT_UI_API_URL: "/api",
      PREFECT_SERVER_ANALYTICS_ENABLED: "false",
      PREFECT_EXPERIMENTAL_EVENTS: "true",
      PREFECT_API_SERVICES_TRIGGERS_ENABLED: "true",
      PYTHONDONTWRITEBYTECODE: "1",
    },
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  closers.push(async () => {
    if (child.exitCode === null) process.kill(-child.pid, "SIGKILL");
    await ended;
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  });
  for (let i = 0; i < 180; i++) {
    if (child.exitCode !== null) throw new Error("the Prefect server ended");
    const isReady = await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(2000) }).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isReady) return url;
    await sleep(500);
  }
  throw new Error("the Prefect server did not become ready");
}

/** Calls the API at an address, with a key where it wants one; gives the body of a 2xx answer. */
const caller = (url, key) => async (method, route, body) => {
  const headers = { "content-type": "application/json", ...(key ? { authorization: `Bearer ${key}` } : {}) };
  const call = () => fetch(`${url}/api${route}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  let answer = await call();
  // The Prefect server says so while its database is locked; its clients try again.
  for (let i = 0; i < 10 && answer.status === 503; i++) {
    await sleep(500);
    answer = await call();
  }
  if (!answer.ok) throw new Error(`${method} ${route} answered ${answer.status}: ${await answer.text()}`);
  return answer.status === 204 ? null : answer.json();
};

/**
 * Serves the page before a service, makes the world and walks through it: what `walk` gives. `enter(context, url)` gives the key, having
 * signed the browser in.
 */
async function visit(name, target, enter) {
  const served = await servePage({ folder: path.join(environment, PAGE_FOLDER), target, settings: SETTINGS });
  closers.push(() => served.close());
  const context = await browser.newContext({ baseURL: served.url, viewport: { width: 1400, height: 1000 } });
  const world = await makeWorld(caller(target, await enter(context, served.url)));
  const folder = process.env.SCREENSHOTS && path.join(process.env.SCREENSHOTS, name);
  const walked = await walk(context, served.url, world, { wanted: SCREENS, keepsShots: Boolean(folder) });
  await context.close();
  if (folder) {
    mkdirSync(folder, { recursive: true });
    for (const step of walked.steps) writeFileSync(path.join(folder, `${step.name.replaceAll(/[^A-Za-z]+/g, "-")}.png`), step.screenshot);
  }
  return walked;
}

/** Signs up through the page's origin, then signs in: the browser has the session's cookie and nothing else. */
async function signUpAndIn(context, url) {
  const account = { email: `${randomBytes(8).toString("hex")}@example.com`, password: randomBytes(16).toString("hex") };
  const signedUp = await context.request.post(`${url}/signup`, { data: { ...account, workspace: "main" } });
  assert.equal(signedUp.status(), 201);
  await context.clearCookies();
  const signedIn = await context.request.post(`${url}/signin`, { data: account });
  assert.equal(signedIn.status(), 200);
  const { api_key: key } = await signedUp.json();
  return key;
}

test("every screen of the shipped page works as it does on a real server", async (t) => {
  const service = await startService({ env: { LEASE_SECONDS: "0", EVENTS: "on" } });
  closers.push(() => service.stop());
  const ours = await visit("ours", service.url, signUpAndIn);
  const isKnown = (name, fault) => [TRANSITION, ...(FAULTS_OF_THE_PAGE[name] ?? [])].some((known) => known.test(fault));
  const unknown = ({ name, faults }) => faults.filter((fault) => !isKnown(name, fault));
  for (const step of ours.steps) for (const fault of unknown(step)) t.diagnostic(`${step.name}: ${fault}`);
  const isReferenceWanted = process.env.REFERENCE === "always" || ours.steps.some((step) => unknown(step).length > 0);
  const theirs = isReferenceWanted ? await visit("reference", await startReference(), async () => null) : null;
  // Texts alone: a step holds a picture, and telling two lists of those apart takes all the memory that there is.
  const vain = theirs?.steps.flatMap(({ name, faults }) =>
    faults.filter((fault) => fault.startsWith("in vain")).map((fault) => `${name}: ${fault}`),
  );
  assert.deepEqual(vain ?? [], [], "the walk is wrong: it fails on the real server");
  for (const [index, step] of ours.steps.entries()) {
    await t.test(step.name, () => {
      const known = new Set(theirs?.steps[index].faults);
      assert.deepEqual(
        unknown(step).filter((fault) => !known.has(fault)),
        [],
      );
    });
  }
  await t.test("every call that the page can make was made, and no other", { skip: process.env.SCREENS !== undefined }, () => {
    const all = [...WALKED, ...UNWALKED, ...UNREACHABLE];
    const seen = made(all, ours.calls);
    assert.deepEqual(
      WALKED.filter((call) => !seen.has(call)),
      [],
    );
    assert.deepEqual(
      [...seen].filter((call) => UNREACHABLE.includes(call)),
      [],
    );
    assert.deepEqual(
      [...ours.calls].filter((call) => made(all, [call]).size === 0),
      [],
    );
  });
});
