// Work pools of every type, their queues and workers.
import { field, flip, go, gone, load, open, press, remove, row, sees, tab } from "../gestures.mjs";

/** The infrastructure types that the wizard offers. */
const TYPES = [
  "AWS Elastic Container Service",
  "Azure Container Instances",
  "Docker",
  "Google Cloud Run",
  "Google Cloud Run V2",
  "Google Vertex AI",
  "Kubernetes",
  "Prefect Agent",
  "Process",
];

const nameOf = (type) => `pool-${type.toLowerCase().replaceAll(" ", "-")}`;

/** Goes through the wizard, filling in what it calls required. */
const create = (type) => async (page) => {
  await go(page, "/work-pools/create");
  await page.getByText(type, { exact: true }).first().click();
  await press(page, "Next");
  await field(page, "Name").fill(nameOf(type));
  await press(page, "Next");
  await page.getByRole("button", { name: "Create", exact: true }).click();
  const isMade = (url) => url.pathname.endsWith(nameOf(type));
  await Promise.race([
    page.waitForURL(isMade),
    page
      .getByText(/ is required$/)
      .first()
      .waitFor(),
  ]);
  const missing = await page.getByText(/ is required$/).allTextContents();
  for (const message of missing) await field(page, message.trim().replace(/ is required$/, "")).fill("typed");
  if (missing.length > 0) await press(page, "Create");
  await page.waitForURL(isMade);
  await sees(page, [nameOf(type)]);
};

async function edit(page) {
  await field(page, "Description").fill("Where it ran");
  await field(page, "Flow Run Concurrency").fill("9");
  await press(page, "Save");
  await page.waitForURL((url) => !url.pathname.endsWith("/edit"));
  await sees(page, ["Where it ran"]);
}

async function createQueue(page) {
  await go(page, "/work-pools/work-pool/main-pool/queue/create");
  await field(page, "Name").fill("typed-queue");
  await field(page, "Flow Run Concurrency").fill("3");
  await press(page, "Create");
  await page.waitForURL((url) => !url.pathname.endsWith("/create"));
  await sees(page, ["typed-queue"]);
}

async function editQueue(page) {
  await go(page, "/work-pools/work-pool/main-pool/queue/typed-queue/edit");
  await sees(page, ["Priority"]);
  await field(page, "Flow Run Concurrency").fill("4");
  await press(page, "Save");
  await page.waitForURL((url) => !url.pathname.endsWith("/edit"));
}

async function removeQueue(page) {
  await page.goto("/work-pools/work-pool/main-pool/queue/typed-queue");
  await sees(page, ["typed-queue"]);
  await remove(page);
}

async function removeWorker(page) {
  await remove(page, row(page, "worker-one"));
  await load(() => "/work-pools/work-pool/main-pool?tab=Workers", "0 Workers")(page);
}

async function removePool(page) {
  await page.goto(`/work-pools/work-pool/${nameOf("Docker")}`);
  await sees(page, [nameOf("Docker")]);
  await remove(page);
  await go(page, "/work-pools");
  await sees(page, ["main-pool"]);
  await gone(page, nameOf("Docker"));
}

/** Queues apart from pools have pages too, that no link of the page leads to. */
async function createAgentQueue(page) {
  await go(page, "/work-queues/create");
  await field(page, "Name").fill("agent-queue");
  await press(page, "Create");
  await page.waitForURL(/work-queues\/work-queue\//);
  await sees(page, ["agent-queue"]);
}

async function removeAgentQueue(page) {
  await remove(page);
}

const flipHeading = async (page) => flip(page.locator(".page-heading"));

export const POOL_STEPS = [
  ["work pools", load(() => "/work-pools", "main-pool")],
  ["work pool", open(() => "/work-pools/work-pool/main-pool", "main-pool", "finished-run")],
  ["work pool: pause", flipHeading],
  ["work pool: resume", flipHeading],
  ["work pool: queues", tab("Work Queues", "fast-queue")],
  ["work pool: workers", tab("Workers", "worker-one")],
  ["work pool: delete a worker", removeWorker],
  ["work pool: deployments", tab("Deployments", "nightly-deployment")],
  ...TYPES.map((type) => [`work pool create: ${type}`, create(type)]),
  ["work pool edit", open(() => "/work-pools/work-pool/main-pool/edit", "Base Job Template")],
  ["work pool edit: save", edit],
  ["work pool: delete", removePool],
  ["work queue create", createQueue],
  ["work queue edit", editQueue],
  ["work queue: delete", removeQueue],
  ["work queue", load(() => "/work-pools/work-pool/main-pool/queue/fast-queue", "fast-queue")],
  ["work queue: pause", flipHeading],
  ["work queue: resume", flipHeading],
  ["work queue: upcoming runs", tab("Upcoming Runs", "Scheduled")],
  ["work queue: runs", tab("Runs")],
  ["queue of agents create", createAgentQueue],
  ["queue of agents: pause", flipHeading],
  ["queue of agents: delete", removeAgentQueue],
  ["queues of agents", open(() => "/work-queues", "default")],
];
