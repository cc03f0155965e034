// The dashboard and runs: lists, filters, a flow run's tabs and moves, a task run.
import { answer, choose, field, go, gone, load, menu, open, press, remove, sees, tab } from "../gestures.mjs";

const flowRun = (name, ...texts) => load((world) => `/flow-runs/flow-run/${world.runs[name]}`, name, ...texts);

/** The moves that the heading offers, each behind a question. */
const move =
  (button, confirmation, ...texts) =>
  async (page) => {
    await press(page.locator(".page-heading"), button);
    await answer(page, confirmation);
    await sees(page.locator(".page-heading"), texts);
  };

async function changeState(page) {
  await menu(page, "Change state");
  const dialogue = page.locator(".p-modal").last();
  await choose(page, dialogue.locator(".state-select"), "Crashed");
  await field(dialogue, "Reason").fill("It fell over");
  await answer(page, "Change");
  await sees(page.locator(".page-heading"), ["Crashed"]);
}

async function saveFilter(page) {
  await choose(page, "States", "Failed");
  await menu(page, "Save View");
  await field(page.locator(".p-modal"), "View Name").fill("failures");
  const answered = page.waitForResponse((response) => response.request().method() === "PUT");
  await answer(page, "Save");
  await answered;
}

async function bulkDelete(page) {
  await go(page, "/flow-runs");
  const item = page.locator(".flow-run-list-item", { hasText: "surplus-run" });
  await item.locator("input").first().check({ force: true });
  await page.locator(".flow-runs-delete-button, .selected-count + button").first().click();
  await answer(page, "Delete");
  await sees(page, ["Flow run deleted"]);
}

/** The graph is a canvas: a wheel zooms, and what stands at a place is told by the panel that a click opens. */
async function zoomAndSelect(page) {
  const canvas = page.locator("canvas").first();
  await canvas.waitFor();
  const { x, y, width, height } = await canvas.boundingBox();
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.wheel(0, -120);
  await page.mouse.wheel(0, 120);
  const panel = page.locator(".flow-run-graphs__panel > *").first();
  for (let down = 0.15; down < 0.75; down += 0.06) {
    for (let across = 0.3; across < 0.7; across += 0.04) {
      await page.mouse.click(x + width * across, y + height * down);
      // Where nodes lie depends on how long the calls took that made the runs: any of them will do.
      if (await panel.isVisible()) return sees(page.locator(".flow-run-graphs__panel"), [/-task|child-run|row-table|load-report/]);
    }
  }
  throw new Error("no node of the graph could be selected");
}

async function fillScreen(page) {
  const graph = page.locator(".flow-run-graphs");
  await graph.locator("button").filter({ visible: true }).nth(-2).click();
  await page.locator("canvas").first().waitFor();
  await page.keyboard.press("Escape");
}

export const RUN_STEPS = [
  ["dashboard", load(() => "/dashboard", "Flow Runs", "main-pool", "etl-flow", "Active Work Pools")],
  ["dashboard: failed runs", async (page) => page.locator(".workspace-dashboard li.p-tab").first().click()],
  ["flow runs", open(() => "/flow-runs", "finished-run", "broken-run", "nightly-deployment")],
  ["flow runs: save a filter", saveFilter],
  ["flow runs: bulk delete", bulkDelete],
  ["flow run", flowRun("finished-run", "Completed", "All rows written")],
  ["flow run: graph", zoomAndSelect],
  ["flow run: graph on the whole screen", fillScreen],
  ["flow run: log level", async (page) => choose(page, page.locator(".flow-run-logs, .p-tabs").first(), "Error")],
  ["flow run: task runs", tab("Task Runs", "extract-task", "load-task")],
  ["flow run: subflow runs", tab("Subflow Runs", "child-run")],
  ["flow run: results", tab("Results", "stored-result")],
  ["flow run: artifacts", tab("Artifacts", "row-table", "load-report")],
  ["flow run: details", tab("Details", "Run Count")],
  ["flow run: parameters", tab("Parameters", "lake")],
  ["failed run", flowRun("broken-run", "Failed")],
  ["failed run: retry", move("Retry", "Retry", "AwaitingRetry")],
  [
    "failed run: copy to new run",
    async (page, world) => {
      await go(page, `/flow-runs/flow-run/${world.runs["running-run"]}`);
      await sees(page, ["running-run"]);
      await menu(page, "Copy to new run");
      await page.waitForURL(/\/run/);
      await sees(page, ["Parameters"]);
    },
  ],
  ["running run", flowRun("running-run", "Running")],
  ["running run: suspend", move("Suspend", "Submit", "Suspended")],
  ["running run: resume", move("Resume", "Submit", "Resuming")],
  ["asking run", flowRun("asking-run", "Paused")],
  [
    "asking run: resume",
    async (page) => {
      await press(page.locator(".page-heading"), "Resume");
      await sees(page.locator(".p-modal").last(), ["May it go on?", "approved"]);
      await answer(page, "Submit");
      await sees(page.locator(".page-heading"), ["Running"]);
    },
  ],
  [
    "running run: cancel",
    async (page, world) => {
      await go(page, `/flow-runs/flow-run/${world.runs["stuck-run"]}`);
      await sees(page, ["stuck-run"]);
      await move("Cancel", "Confirm", "Cancelling")(page);
    },
  ],
  [
    "flow run: change state",
    async (page, world) => {
      await go(page, `/flow-runs/flow-run/${world.runs["finished-run"]}`);
      await sees(page, ["finished-run"]);
      await changeState(page);
    },
  ],
  [
    "flow run: delete",
    async (page, world) => {
      await go(page, `/flow-runs/flow-run/${world.runs["spare-run"]}`);
      await sees(page, ["spare-run"]);
      await remove(page);
      await page.goto("/flow-runs");
      await sees(page, ["finished-run"]);
      await gone(page, "spare-run");
    },
  ],
  ["task run", open((world) => `/task-runs/task-run/${world.task}`, "load-task", "Writing rows")],
  ["task run: artifacts", tab("Artifacts", "row-table")],
  ["task run: inputs", tab("Task inputs", "task_run")],
  ["task run: change state", changeState],
  [
    "task run: delete",
    async (page, world) => {
      await page.goto(`/task-runs/task-run/${world.spareTask}`);
      await sees(page, ["extract-task"]);
      await remove(page);
    },
  ],
];
