// `npm start` as a person uses it: ready in time, stopped cleanly, started again on its data.
import assert from "node:assert/strict";
import { rmSync, statSync } from "node:fs";
import { request } from "node:http";
import path from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { makeDataFolder, signUp, startService } from "../../scripts/service.mjs";

const NPM = ["npm", "start", "--"];
const folder = makeDataFolder();
const running = new Set();

async function start(options) {
  const service = await startService({ dataFolder: folder, ...options });
  running.add(service);
  return service;
}

after(async () => {
  for (const service of running) await service.kill();
  rmSync(folder, { recursive: true, force: true });
});

const call = (api, key, route, options = {}) =>
  fetch(`${api}${route}`, { ...options, headers: { authorization: `Bearer ${key}`, "content-type": "application/json" } });

/** Whether anything answers there, asked until it does not or two seconds are over. */
async function isSilent(url) {
  for (let i = 0; i < 20; i++) {
    const answered = await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(1000) }).then(
      () => true,
      () => false,
    );
    if (!answered) return true;
    await sleep(100);
  }
  return false;
}

test("npm start answers within ten seconds, stops cleanly, and has its data after a restart", async () => {
  const begun = performance.now();
  const first = await start({ command: NPM });
  assert.equal((await fetch(`${first.url}/api/health`)).status, 200);
  const seconds = (performance.now() - begun) / 1000;
  assert.ok(seconds < 10, `the first 200 came after ${seconds.toFixed(1)} s`);

  const tenant = await signUp(first.url);
  assert.equal(tenant.api_url, first.api);
  assert.ok(first.output().includes(`prefect config set PREFECT_API_URL=${first.api}`));
  const made = await call(first.api, tenant.api_key, "/flows/", { method: "POST", body: JSON.stringify({ name: "kept" }) });
  assert.equal(made.status, 201);
  const flow = await made.json();
  assert.deepEqual(await first.stop(), { code: 0, signal: null });
  assert.ok(await isSilent(first.url), "the port is still served after the stop");

  const second = await start({ command: NPM });
  const read = await call(second.api, tenant.api_key, `/flows/${flow.id}`);
  assert.equal(read.status, 200);
  assert.deepEqual(await read.json(), flow);
  assert.equal((await call(second.api, "wrong", `/flows/${flow.id}`)).status, 401);
  assert.deepEqual(await second.stop(), { code: 0, signal: null });
});

test("the files' address tells a client that waits for it to go on, and leads to the files alone", async () => {
  const service = await start();
  const { aws_endpoint_url: files } = await signUp(service.url);
  const upload = request(`${files}/slipway/a`, { method: "PUT", headers: { expect: "100-continue", "content-length": 1 } });
  const answered = new Promise((resolve, reject) => upload.once("response", resolve).once("error", reject));
  upload.flushHeaders();
  await new Promise((resolve) => upload.once("continue", resolve));
  upload.end("x");
  const answer = await answered;
  let text = "";
  for await (const piece of answer) text += piece;
  assert.equal(answer.statusCode, 403);
  assert.match(text, /<Code>AccessDenied<\/Code>/);
  assert.equal((await fetch(files.replace("/s3", "/api/health"))).status, 404);
  assert.deepEqual(await service.stop(), { code: 0, signal: null });
});

test("the keys in the data folder are for its owner alone", { skip: process.platform === "win32" }, () => {
  assert.equal(statSync(path.join(folder, "secrets.json")).mode & 0o077, 0);
});

test("a taken port and a data folder in use are refused with a reason, and leave the running service alone", async () => {
  const service = await start();
  const port = Number(new URL(service.url).port);
  await assert.rejects(startService({ dataFolder: folder }), /another process is using the data folder/);
  await assert.rejects(startService({ port }), new RegExp(`port ${port} of 127.0.0.1 is taken`));
  assert.equal((await fetch(`${service.url}/api/health`)).status, 200);
  assert.deepEqual(await service.stop(), { code: 0, signal: null });
});

test("a start script that is killed alone leaves no runtime behind", { skip: process.platform === "win32" }, async () => {
  const service = await start();
  process.kill(service.pid, "SIGKILL");
  assert.ok(await isSilent(service.url), "the runtime went on serving");
  const next = await start({ port: Number(new URL(service.url).port) });
  assert.deepEqual(await next.stop(), { code: 0, signal: null });
});
