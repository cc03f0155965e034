// A walk through the page's screens as a person would take it, noting what the API refused and what the console complained of.
import { setTimeout as sleep } from "node:timers/promises";

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const QUIET_MILLIS = 400;
const PATIENCE_MILLIS = 15_000;

/** Opens a path and waits for texts that stand on the page. */
const open =
  (pathOf, ...texts) =>
  async (page, world) => {
    await page.goto(pathOf(world));
    await sees(page, texts);
  };

/** Chooses a tab of the page and waits for texts. */
const tab =
  (name, ...texts) =>
  async (page) => {
    await page.locator("li.p-tab", { hasText: name }).first().click();
    await sees(page, texts);
  };

const field = (page, label) => page.locator(".p-label", { hasText: label }).locator("input, textarea, [contenteditable=true]").first();

const visible = (page, text) => page.getByText(text).filter({ visible: true }).first();

async function sees(page, texts) {
  for (const text of texts) await visible(page, text).waitFor();
}

/** The screens in order: name and what to do there. A step throws when what it waits for does not come. */
const STEPS = [
  ["dashboard", open(() => "/dashboard", "Flow Runs", "main-pool", "etl-flow")],
  ["flow runs", open(() => "/flow-runs", "finished-run", "broken-run", "nightly-deployment")],
  ["flow run", open((world) => `/flow-runs/flow-run/${world.run}`, "finished-run", "Completed", "All rows written")],
  ["flow run: graph", graph],
  ["flow run: task runs", tab("Task Runs", "extract-task", "load-task")],
  ["flow run: subflow runs", tab("Subflow Runs")],
  ["flow run: artifacts", tab("Artifacts", "row-table", "load-report")],
  ["flow run: parameters", tab("Parameters", "lake")],
  ["flow run: details", tab("Details", "Run Count")],
  ["task run", open((world) => `/task-runs/task-run/${world.task}`, "load-task", "Writing rows")],
  ["task run: artifacts", tab("Artifacts", "row-table")],
  ["flows", open(() => "/flows", "etl-flow", "1 Flow")],
  ["flow", open((world) => `/flows/flow/${world.flow}`, "etl-flow", "finished-run")],
  ["flow: deployments", tab("Deployments", "nightly-deployment")],
  ["deployments", open(() => "/deployments", "nightly-deployment", "etl-flow")],
  ["deployment", open((world) => `/deployments/deployment/${world.deployment}`, "nightly-deployment", "finished-run", "Hourly")],
  ["deployment: upcoming", tab("Upcoming", "Scheduled")],
  ["deployment: parameters", tab("Parameters", "warehouse")],
  ["deployment: configuration", tab("Configuration", "etl.py:main")],
  ["deployment: description", tab("Description", "Loads the")],
  ["deployment edit", open((world) => `/deployments/deployment/${world.deployment}/edit`, "fast-queue")],
  ["custom run", open((world) => `/deployments/deployment/${world.deployment}/run`, "count")],
  ["custom run: start", startRun],
  ["work pools", open(() => "/work-pools", "main-pool")],
  ["work pool", open(() => "/work-pools/work-pool/main-pool", "main-pool", "finished-run")],
  ["work pool: queues", tab("Work Queues", "fast-queue")],
  ["work pool: workers", tab("Workers", "worker-one")],
  ["work pool: deployments", tab("Deployments", "nightly-deployment")],
  ["work pool create", open(() => "/work-pools/create", "Process")],
  ["work pool edit", open(() => "/work-pools/work-pool/main-pool/edit", "Base Job Template")],
  ["work queue", open(() => "/work-pools/work-pool/main-pool/queue/fast-queue", "fast-queue")],
  ["blocks", open(() => "/blocks", "stored-secret", "team-channel")],
  ["block", open((world) => `/blocks/block/${world.secret}`, "stored-secret", "********")],
  ["block catalog", open(() => "/blocks/catalog", "Secret", "Slack Webhook")],
  ["block type", open(() => "/blocks/catalog/secret", "Secret")],
  ["block create", createBlock],
  ["variables", open(() => "/variables", "region", "north")],
  ["variable create", createVariable],
  ["artifacts", open(() => "/artifacts", "row-table", "load-report")],
  ["artifact key", open(() => "/artifacts/key/load-report", "The load", "finished-run")],
  ["artifact", open((world) => `/artifacts/artifact/${world.table}`, "row-table", "north")],
  ["notifications", open(() => "/notifications", "Failed", "etl")],
  ["notification create", open(() => "/notifications/create", "Slack Webhook")],
  ["concurrency", open(() => "/concurrency-limits", "api-calls")],
  ["concurrency of task runs", tab("Task Run", "database")],
  ["settings", open(() => "/settings", "Theme")],
];

/** The graph is a canvas; whether its data came is seen by the call for them. */
async function graph(page) {
  const canvas = page.locator("canvas").first();
  await canvas.waitFor();
}

async function startRun(page) {
  await field(page, "Run Name").fill("typed-run");
  await page.getByRole("button", { name: "Submit" }).click();
  await page.waitForURL((url) => !url.pathname.endsWith("/run"));
  await page.goto(`/work-pools/work-pool/main-pool`);
  await sees(page, ["typed-run"]);
}

async function createBlock(page) {
  await page.goto("/blocks/catalog/secret/create");
  await field(page, "Block Name").fill("typed-secret");
  await field(page, "Value").fill("hush");
  await page.getByRole("button", { name: "Create" }).click();
  await page.waitForURL(/blocks\/block\//);
  await sees(page, ["typed-secret"]);
}

async function createVariable(page) {
  await page.locator(".page-heading button").first().click();
  await field(page, "Name").fill("typed_variable");
  await field(page, "Value").fill("south");
  await page.getByRole("button", { name: "Create" }).click();
  await sees(page, ["typed_variable", "south"]);
}

/** Notes what goes wrong on a page, under the step that is going on. */
function watch(page, steps) {
  const open = new Set();
  let lastChange = Date.now();
  const faultOf = (text) => steps.at(-1)?.faults.push(text.replaceAll(UUID, "{id}").replaceAll(/127\.0\.0\.1:\d+/g, "{host}"));
  page.on("request", (request) => {
    // A new document: what the one before it asked for is of no interest, and its end is not always told.
    if (request.isNavigationRequest() && request.frame() === page.mainFrame()) open.clear();
    open.add(request);
    lastChange = Date.now();
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
 * Walks through all screens at `url`. Gives for each step its `name`, the `faults` (refused calls, console errors, what was waited for in
 * vain) and a `screenshot` (PNG).
 */
export async function walk(context, url, world) {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MILLIS);
  // Nothing is fetched from elsewhere: logos of block types stay empty.
  await page.route(
    (address) => address.origin !== url,
    (route) => route.fulfill({ status: 200, contentType: "image/svg+xml", body: '<svg xmlns="http://www.w3.org/2000/svg"/>' }),
  );
  const steps = [];
  const settled = watch(page, steps);
  for (const [name, act] of STEPS) {
    const step = { name, faults: [], screenshot: null };
    steps.push(step);
    try {
      await act(page, world);
    } catch (error) {
      step.faults.push(`in vain: ${error.message.split("\n").slice(0, 3).join(" ")}`);
    }
    await settled();
    step.screenshot = await page.screenshot();
  }
  await page.close();
  return steps;
}
