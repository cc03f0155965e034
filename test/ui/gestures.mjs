// What a person does on the page, in the page's own terms. Each waits for what it needs and throws when that does not come.

const visible = (page, text) => page.getByText(text).filter({ visible: true }).first();

/** Waits until every text stands on the page. */
export async function sees(page, texts) {
  for (const text of texts) await visible(page, text).waitFor();
}

/** Waits until a text is gone. */
export const gone = (page, text) => page.getByText(text, { exact: true }).filter({ visible: true }).first().waitFor({ state: "hidden" });

/** Goes to a path as a link of the page does, without loading the page anew; loads it where it is not there yet. */
export async function go(page, path) {
  const isMoved = await page.evaluate((to) => {
    if (!history.state) return false;
    history.pushState({ ...history.state, current: to, position: history.state.position + 1 }, "", to);
    dispatchEvent(new PopStateEvent("popstate", { state: history.state }));
    return true;
  }, path);
  if (!isMoved) await page.goto(path);
}

/**
 * A step: follows a link to a path and waits for texts. The page may trip over its own transition when it is moved on within one, and
 * stays where it was: then the path is loaded anew, as a person would.
 */
export const open =
  (pathOf, ...texts) =>
  async (page, world) => {
    await go(page, pathOf(world));
    try {
      await sees(page, texts);
    } catch {
      await page.goto(pathOf(world));
      await sees(page, texts);
    }
  };

/** A step: loads the page anew at a path and waits for texts. */
export const load =
  (pathOf, ...texts) =>
  async (page, world) => {
    await page.goto(pathOf(world));
    await sees(page, texts);
  };

/** A step: chooses a tab and waits for texts. */
export const tab =
  (name, ...texts) =>
  async (page) => {
    await page.locator("li.p-tab", { hasText: name }).first().click();
    await sees(page, texts);
  };

const labelled = (scope, label) => scope.locator(".p-label", { hasText: label }).filter({ visible: true });

/** The input of a label. */
export const field = (scope, label) => labelled(scope, label).last().locator("input, textarea, [contenteditable=true]").first();

/** Presses a button by its words. */
export const press = (scope, name) => scope.getByRole("button", { name, exact: true }).filter({ visible: true }).first().click();

/** Chooses from a list: of the label given, or of the place (a locator) that holds it. */
export async function choose(page, place, option) {
  const holder = typeof place === "string" ? labelled(page, place).last() : place;
  await holder.locator(".p-select-button__control").first().click();
  await page.locator(".p-select-option", { hasText: option }).filter({ visible: true }).first().click();
  await page.keyboard.press("Escape");
}

/** The row of a table or list that holds a text. */
export const row = (page, text) =>
  page.locator("tr, .automation-card, .p-card, .p-list-item").filter({ hasText: text, visible: true }).last();

/** Takes an item of the menu behind the last button of a place; the page's heading unless given. */
export async function menu(page, item, place = page.locator(".page-heading")) {
  await place.locator("button:not([role=switch])").filter({ visible: true }).last().click();
  await page.locator(".p-overflow-menu-item", { hasText: item }).filter({ visible: true }).first().click();
}

/** Answers the dialogue that is open, and waits until it has closed. */
export async function answer(page, name) {
  const dialogue = page.locator(".p-modal").filter({ visible: true }).last();
  await dialogue.locator(".p-modal__footer, form").getByRole("button", { name, exact: true }).last().click();
  await dialogue.waitFor({ state: "hidden" });
}

/** Flips the switch of a place. */
export const flip = (place) => place.locator(".p-toggle__control").first().click();

/** Writes a code field (JSON, Markdown) anew. */
export const rewrite = (scope, label, text) => labelled(scope, label).last().locator("textarea").first().fill(text);

/** Deletes through the menu of a place, the page's heading unless given, and waits for the API's answer. The page may stay where it is. */
export async function remove(page, place) {
  await menu(page, "Delete", place);
  const answered = page.waitForResponse((response) => response.request().method() === "DELETE");
  await answer(page, "Delete");
  await answered;
}
