// Blocks and what is made of them: notifications. Variables, artifacts and concurrency limits. Automations.
import { answer, choose, field, flip, go, gone, load, menu, open, press, remove, rewrite, row, sees, tab } from "../gestures.mjs";

/** The types made in the walk, by slug: what is filled in. */
const TYPES = {
  secret: async (page) => field(page, "Value").fill("hush"),
  json: async (page) => rewrite(page, "Value", '{"a": [1, 2]}'),
  string: async (page) => field(page, "Value").fill("north"),
  webhook: async (page) => field(page, "Webhook URL").fill("https://hooks.example.com/x"),
  "local-file-system": async (page) => field(page, "Basepath").fill("/srv"),
  github: async (page) => field(page, "Repository").fill("https://github.com/example/flows"),
};

const create = (slug, fill) => async (page) => {
  await go(page, `/blocks/catalog/${slug}/create`);
  await field(page, "Block Name").fill(`typed-${slug}`);
  await fill(page);
  await press(page, "Create");
  await page.waitForURL(/blocks\/block\//);
  await sees(page, [`typed-${slug}`]);
};

async function editBlock(page) {
  await menu(page, "Edit");
  await page.waitForURL(/\/edit/);
  await field(page, "Value").fill("hush again");
  await press(page, "Save");
  await page.waitForURL((url) => !url.pathname.endsWith("/edit"));
}

async function removeBlock(page) {
  await go(page, "/blocks");
  await remove(page, row(page, "typed-string"));
  await gone(page, "typed-string");
}

async function searchBlocks(page) {
  await go(page, "/blocks");
  await sees(page, ["stored-secret"]);
  await page.locator("input[placeholder='Search blocks']").fill("stored");
  await gone(page, "team-channel");
}

async function createVariable(page) {
  await page.locator(".page-heading button").first().click();
  await field(page, "Name").fill("typed_variable");
  await field(page, "Value").fill("south");
  await press(page, "Create");
  await sees(page, ["typed_variable", "south"]);
}

async function editVariable(page) {
  await menu(page, "Edit", row(page, "typed_variable"));
  await field(page.locator(".p-modal"), "Value").fill("east");
  await answer(page, "Save");
  await sees(page, ["east"]);
}

async function removeVariable(page) {
  await remove(page, row(page, "typed_variable"));
  await gone(page, "typed_variable");
}

async function createNotification(page) {
  await choose(page, "Run states", "Crashed");
  await press(page, "Slack Webhook");
  await field(page, "Webhook URL").fill("https://hooks.slack.com/services/y");
  await press(page, "Create");
  await page.waitForURL(/notifications(\?|$)/);
  await sees(page, ["2 Notifications"]);
}

async function editNotification(page) {
  await menu(page, "Edit", row(page, "Failed"));
  await page.waitForURL(/\/edit/);
  await choose(page, "Run states", "Cancelled");
  await press(page, "Save");
  await page.waitForURL(/notifications(\?|$)/);
}

async function removeNotification(page) {
  await remove(page, row(page, "Crashed"));
  await sees(page, ["1 Notification"]);
}

const addLimit = (fill, button, text) => async (page) => {
  await page.locator(".p-layout-default button").filter({ visible: true }).first().click();
  const dialogue = page.locator(".p-modal").last();
  await fill(dialogue);
  await answer(page, button);
  await sees(page, [text]);
};

async function editGlobalLimit(page) {
  await menu(page, "Edit", row(page, "typed-limit"));
  await field(page.locator(".p-modal").last(), "Concurrency Limit").fill("6");
  await answer(page, "Update");
}

const removeRow = (text) => async (page) => {
  await remove(page, row(page, text));
  await gone(page, text);
};

export const BLOCK_STEPS = [
  ["blocks", load(() => "/blocks", "stored-secret", "team-channel")],
  ["blocks: search", searchBlocks],
  ["block", open((world) => `/blocks/block/${world.secret}`, "stored-secret", "********")],
  ["block edit", editBlock],
  ["block catalog", open(() => "/blocks/catalog", "Secret", "Slack Webhook")],
  ["block type", open(() => "/blocks/catalog/secret", "Secret")],
  ...Object.entries(TYPES).map(([slug, fill]) => [`block create: ${slug}`, create(slug, fill)]),
  ["block: delete", removeBlock],
  ["notifications", open(() => "/notifications", "Failed", "etl")],
  ["notification: pause", async (page) => flip(row(page, "Failed"))],
  ["notification create", open(() => "/notifications/create", "Slack Webhook")],
  ["notification create: save", createNotification],
  ["notification edit", editNotification],
  ["notification: delete", removeNotification],
];

export const DATA_STEPS = [
  ["variables", load(() => "/variables", "region", "north")],
  ["variable create", createVariable],
  ["variable edit", editVariable],
  ["variable: delete", removeVariable],
  ["artifacts", open(() => "/artifacts", "row-table", "load-report", "load-progress")],
  ["artifact key", open(() => "/artifacts/key/load-report", "The load", "finished-run")],
  ["artifact", open((world) => `/artifacts/artifact/${world.table}`, "row-table", "north")],
  ["concurrency", open(() => "/concurrency-limits", "api-calls")],
  [
    "global limit create",
    addLimit(
      async (dialogue) => {
        await field(dialogue, "Name").fill("typed-limit");
        await field(dialogue, "Concurrency Limit").fill("2");
      },
      "Create",
      "typed-limit",
    ),
  ],
  ["global limit: edit", editGlobalLimit],
  ["global limit: switch", async (page) => flip(row(page, "typed-limit"))],
  ["global limit: delete", removeRow("typed-limit")],
  ["task run limits", tab("Task Run", "database")],
  [
    "task run limit create",
    addLimit(
      async (dialogue) => {
        await field(dialogue, "Tag").fill("typed-tag");
        await field(dialogue, "Concurrency Limit").fill("2");
      },
      "Add",
      "typed-tag",
    ),
  ],
  [
    "task run limit: reset",
    async (page) => {
      await menu(page, "Reset", row(page, "typed-tag"));
      await answer(page, "Reset");
    },
  ],
  ["task run limit: delete", removeRow("typed-tag")],
  ["task run limit", open((world) => `/concurrency-limits/concurrency-limit/${world.limit}`, "database")],
  ["settings", open(() => "/settings", "Theme")],
];
