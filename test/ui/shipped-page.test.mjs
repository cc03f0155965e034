// The web page that the prefect 2.20 package ships, unmodified, against our API with a session's cookie, beside a real Prefect server with
// the same data: every screen must show what it should, and nothing may go wrong that does not go wrong there too.
// SCREENSHOTS=folder keeps what was seen.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { prefectEnvironment, startService } from "../../scripts/service.mjs";
import { openBrowser } from "./browser.mjs";
import { servePage } from "./page-server.mjs";
import { walk } from "./walk.mjs";
import { makeWorld } from "./world.mjs";

const PAGE_FOLDER = "lib/python3.11/site-packages/prefect/server/ui";
const closers = [];
let environment;
let browser;
let reference;
let settings;

before(async () => {
  browser = await openBrowser();
  closers.push(() => browser.close());
  environment = await prefectEnvironment("2.20");
  reference = await startReference();
  const answer = await fetch(`${reference}/ui-settings`);
  settings = await answer.json();
});

after(async () => {
  for (const close of closers.reverse()) await close();
});

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

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
  const answer = await fetch(`${url}/api${route}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  if (!answer.ok) throw new Error(`${method} ${route} answered ${answer.status}: ${await answer.text()}`);
  return answer.status === 204 ? null : answer.json();
};

/** Serves the page before a service, makes the world and walks through it. `enter(context, url)` gives the key, having signed the browser in. */
async function visit(name, target, enter) {
  const served = await servePage({ folder: path.join(environment, PAGE_FOLDER), target, settings });
  closers.push(() => served.close());
  const context = await browser.newContext({ baseURL: served.url, viewport: { width: 1400, height: 1000 } });
  const world = await makeWorld(caller(target, await enter(context, served.url)));
  const steps = await walk(context, served.url, world);
  await context.close();
  if (process.env.SCREENSHOTS) {
    const folder = path.join(process.env.SCREENSHOTS, name);
    mkdirSync(folder, { recursive: true });
    for (const step of steps) writeFileSync(path.join(folder, `${step.name.replaceAll(/[^a-z]+/g, "-")}.png`), step.screenshot);
  }
  return steps;
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
  const service = await startService({ env: { LEASE_SECONDS: "0" } });
  closers.push(() => service.stop());
  const theirs = await visit("reference", reference, async () => null);
  const ours = await visit("ours", service.url, signUpAndIn);
  for (const step of theirs) {
    const vain = step.faults.filter((fault) => fault.startsWith("in vain"));
    assert.deepEqual(vain, [], `the walk is wrong: ${step.name} fails on the real server`);
  }
  for (const [index, step] of ours.entries()) {
    await t.test(step.name, () => {
      const known = new Set(theirs[index].faults);
      assert.deepEqual(
        step.faults.filter((fault) => !known.has(fault)),
        [],
      );
    });
  }
});
