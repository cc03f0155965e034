// Automations: the wizard with a template, the list and the page of one.
import { choose, field, flip, go, gone, load, menu, press, remove, sees } from "../gestures.mjs";

async function create(page) {
  await go(page, "/automations/create");
  await choose(page, "Trigger Template", "Flow run state");
  await press(page, "Next");
  await choose(page, "Action Type", "Cancel a flow run");
  await press(page, "Next");
  await field(page, "Automation Name").fill("typed-automation");
  await field(page, "Description").fill("Ends what hangs");
  await press(page, "Save");
  await page.waitForURL(/automations(\?|$)/);
  await sees(page, ["typed-automation"]);
}

const card = (page) => page.locator(".automation-card", { hasText: "-automation" });

async function edit(page) {
  await menu(page, "Edit", card(page).locator(".automation-card__header-actions"));
  await page.waitForURL(/\/edit/);
  await page.locator(".p-wizard-step-header", { hasText: "Details" }).click();
  await field(page, "Automation Name").fill("edited-automation");
  await press(page, "Save");
  await page.waitForURL(/automations(\?|$)/);
  await sees(page, ["edited-automation"]);
}

async function removeAutomation(page) {
  await remove(page, card(page).locator(".automation-card__header-actions"));
  await gone(page, "edited-automation");
}

/** The form of a trigger of one's own offers the events that there have been. */
async function customTrigger(page) {
  await go(page, "/automations/create");
  await choose(page, "Trigger Template", "Custom");
  await sees(page, ["Any event matching"]);
}

export const AUTOMATION_STEPS = [
  ["automations", load(() => "/automations", "Automations")],
  ["automation create: custom trigger", customTrigger],
  ["automation create", create],
  ["automation: switch", async (page) => flip(card(page))],
  ["automation edit", edit],
  [
    "automation",
    async (page) => {
      await page.locator(".automation-card__name").first().click();
      await page.waitForURL(/automations\/automation\//);
      await sees(page, ["Trigger", "edited-automation"]);
      await go(page, "/automations");
      await sees(page, ["edited-automation"]);
    },
  ],
  ["automation: delete", removeAutomation],
];
