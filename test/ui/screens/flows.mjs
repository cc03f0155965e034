// Flows and deployments: lists, pages, schedules, edits, and runs started from them.
import { answer, field, flip, go, gone, load, menu, open, press, remove, rewrite, row, sees, tab } from "../gestures.mjs";

const deployment = (rest, ...texts) => open((world) => `/deployments/deployment/${world.deployment}${rest}`, ...texts);

const schedules = (page) => page.locator(".p-layout-well__well, .deployment-details").filter({ visible: true }).first();

async function search(page) {
  await page.locator("input[placeholder='Deployment names']").fill("nightly");
  await gone(page, "spare-deployment");
  await sees(page, ["nightly-deployment"]);
}

/** Starts a run with what the deployment has; the page asks only for what is missing. */
async function quickRun(page) {
  await go(page, "/deployments");
  await menu(page, "Quick run", row(page, "spare-deployment"));
  await sees(page, ["created"]);
}

async function quickRunWithParameters(page) {
  await go(page, "/deployments");
  await menu(page, "Quick run", row(page, "nightly-deployment"));
  await page.waitForTimeout(500);
  const dialogue = page.locator(".p-modal");
  if (await dialogue.isVisible()) await answer(page, "Run");
  await sees(page, ["created"]);
}

async function addSchedule(page, type, fill, text) {
  await page.getByRole("button", { name: "Schedule", exact: true }).filter({ visible: true }).first().click();
  const dialogue = page.locator(".p-modal").filter({ visible: true }).last();
  await press(dialogue, type);
  await fill(dialogue);
  await answer(page, "Save");
  await sees(page, [text]);
}

async function editSchedule(page) {
  const card = page.locator(".deployment-schedule-card").last();
  await menu(page, "Edit", card);
  await answer(page, "Save");
}

async function removeSchedule(page) {
  const cards = page.locator(".deployment-schedule-card");
  const before = await cards.count();
  await remove(page, cards.last());
  await cards.nth(before - 1).waitFor({ state: "detached" });
}

async function edit(page) {
  await rewrite(page, "Description", "Loads the **lake**");
  await field(page, "count").fill("12");
  await rewrite(page, "Infrastructure Overrides", '{"env": {"A": "1"}}');
  await press(page, "Save");
  await page.waitForURL((url) => !url.pathname.endsWith("/edit"));
  await tab("Description", "lake")(page);
}

async function startRun(page) {
  await field(page, "Run Name").fill("typed-run");
  await field(page, "count").fill("4");
  await press(page, "Submit");
  await page.waitForURL((url) => !url.pathname.endsWith("/run"));
  await go(page, "/work-pools/work-pool/main-pool");
  await sees(page, ["typed-run"]);
}

async function startLater(page, world) {
  await go(page, `/deployments/deployment/${world.deployment}/run`);
  await sees(page, ["count"]);
  await field(page, "Run Name").fill("later-run");
  await press(page, "Later");
  await page.locator(".p-date-button__control").filter({ visible: true }).last().click();
  await press(page.locator(".p-date-time-input__header"), "Now");
  await press(page, "Apply");
  await page.locator(".p-accordion-trigger, button", { hasText: "Additional Options" }).first().click();
  await sees(page, ["Retries"]);
  await press(page, "Submit");
  await page.waitForURL((url) => !url.pathname.endsWith("/run"));
}

/** A parameter that the schema refuses is not sent on. */
async function startInvalid(page, world) {
  await go(page, `/deployments/deployment/${world.deployment}/run`);
  await sees(page, ["count"]);
  await field(page, "name").last().fill("");
  await press(page, "Submit");
  // Refused by the page itself: a run that was made would be shown instead.
  await page.waitForURL(/\/run$/);
}

async function removeDeployment(page, world) {
  await go(page, `/deployments/deployment/${world.spare.deployment}`);
  await sees(page, ["spare-deployment"]);
  await remove(page);
  await page.goto("/deployments");
  await sees(page, ["nightly-deployment"]);
  await gone(page, "spare-deployment");
}

async function removeFlow(page) {
  await go(page, "/flows");
  await remove(page, row(page, "spare-flow"));
  await gone(page, "spare-flow");
}

export const FLOW_STEPS = [
  ["flows", load(() => "/flows", "etl-flow", "2 Flows")],
  ["flow", open((world) => `/flows/flow/${world.flow}`, "etl-flow", "finished-run")],
  ["flow: deployments", tab("Deployments", "nightly-deployment")],
  ["flow: details", tab("Details", "Flow ID")],
  ["deployments", open(() => "/deployments", "nightly-deployment", "etl-flow")],
  ["deployments: switch off", async (page) => flip(row(page, "nightly-deployment"))],
  ["deployments: switch on", async (page) => flip(row(page, "nightly-deployment"))],
  ["deployments: search", search],
  ["deployments: quick run", quickRun],
  ["deployments: quick run with parameters", quickRunWithParameters],
  ["deployment", deployment("", "nightly-deployment", "finished-run", "Hourly")],
  ["deployment: switch a schedule", async (page) => flip(schedules(page))],
  [
    "deployment: add an interval",
    async (page) => addSchedule(page, "Interval", (dialogue) => field(dialogue, "Value").fill("7"), "Every 7 minutes"),
  ],
  ["deployment: add a cron", async (page) => addSchedule(page, "Cron", (dialogue) => field(dialogue, "Value").fill("5 4 * * *"), "04:05")],
  ["deployment: edit a schedule", editSchedule],
  ["deployment: delete a schedule", removeSchedule],
  ["deployment: upcoming", tab("Upcoming", "Scheduled")],
  ["deployment: parameters", tab("Parameters", "warehouse")],
  ["deployment: configuration", tab("Configuration", "etl.py:main")],
  ["deployment: description", tab("Description", "Loads the")],
  ["deployment edit", deployment("/edit", "fast-queue")],
  ["deployment edit: save", edit],
  ["custom run", deployment("/run", "count")],
  ["custom run: start", startRun],
  ["custom run: later", startLater],
  ["custom run: invalid", startInvalid],
  ["deployment: delete", removeDeployment],
  ["flow: delete", removeFlow],
];
