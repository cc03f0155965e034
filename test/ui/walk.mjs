// A walk through the page's screens as a person would take it, noting what was called, what was refused and what the console complained of.
import { setTimeout as sleep } from "node:timers/promises";
import { AUTOMATION_STEPS } from "./screens/automations.mjs";
import { BLOCK_STEPS, DATA_STEPS } from "./screens/blocks.mjs";
import { FLOW_STEPS } from "./screens/flows.mjs";
import { POOL_STEPS } from "./screens/pools.mjs";
import { RUN_STEPS } from "./screens/runs.mjs";

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const QUIET_MILLIS = 250;
const PATIENCE_MILLIS = 15_000;

/** The screens in order: name and what to do there. A step throws when what it waits for does not come. */
const STEPS = [...RUN_STEPS, ...FLOW_STEPS, ...POOL_STEPS, ...BLOCK_STEPS, ...DATA_STEPS, ...AUTOMATION_STEPS];

/** Notes on a page what is called, in `calls`, and what goes wrong, under the step that is going on. */
function watch(page, steps, calls) {
  const open = new Set();
  let lastChange = Date.now();
  const faultOf = (text) => steps.at(-1)?.faults.push(text.replaceAll(UUID, "{id}").replaceAll(/127\.0\.0\.1:\d+/g, "{host}"));
  page.on("request", (request) => {
    // A new document: what the one before it asked for is of no interest, and its end is not always told.
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) open.clear();
    open.add(request);
    lastChange = Date.now();
    const { pathname } = new URL(request.url());
    if (pathname.startsWith("/api/")) calls.add(`${request.method()} ${pathname.slice("/api".length)}`);
  });
  const ended = (request) => {
    open.delete(request);
    lastChange = Date.now();
  };
  page.on("requestfinished", ended);
  page.on("requestfailed", ended);
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (response.status() >= 400) faultOf(`${response.request().method()} ${pathname} answered ${response.status()}`);
  });
  page.on("pageerror", (error) => faultOf(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    // What was answered is noted already.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) faultOf(`console: ${message.text()}`);
  });
  /** Waits until nothing has been asked for a while. */
  return async () => {
    const deadline = Date.now() + PATIENCE_MILLIS;
    while (Date.now() < deadline && (open.size > 0 || Date.now() - lastChange < QUIET_MILLIS)) await sleep(50);
  };
}

/**
 * Walks through all screens at `url`, or those whose names `wanted` matches. Gives `steps`, for each its `name`, the `faults` (refused calls,
 * console errors, what was waited for in vain) and a `screenshot` (PNG) where there are faults or `keepsShots`; and `calls`, a set of
 * `METHOD /path` below /api.
 */
export async function walk(context, url, world, { wanted = /./, keepsShots = false } = {}) {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MILLIS);
  // Nothing is fetched from elsewhere: logos of block types stay empty.
  await page.route(
    (address) => address.origin !== url,
    (route) => route.fulfill({ status: 200, contentType: "image/svg+xml", body: '<svg xmlns="http://www.w3.org/2000/svg"/>' }),
  );
  const steps = [];
  const calls = new Set();
  const settled = watch(page, steps, calls);
  for (const [name, act] of STEPS.filter(([name]) => wanted.test(name))) {
    const step = { name, faults: [], screenshot: null };
    steps.push(step);
    try {
      await act(page, world);
    } catch (error) {
      step.faults.push(`in vain: ${error.message.split("\n").slice(0, 3).join(" ")}`);
    }
    await settled();
    if (keepsShots || step.faults.length > 0) step.screenshot = await page.screenshot();
  }
  await page.close();
  return { steps, calls };
}
