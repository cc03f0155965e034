import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fillTemplate, templateProblem } from "../../src/domain/message-template.ts";

/** What Python's `str.format` makes of templates, made by `vectors/messages.py`. */
const vectors: [template: string, problem: string | null, text: string | null][] = JSON.parse(
  readFileSync(join(import.meta.dirname, "vectors/messages.json"), "utf8"),
);

const VARIABLES = ["flow_run_notification_policy_id", "flow_id", "flow_run_url", "flow_run_id", "flow_run_name", "flow_run_parameters"];
const STATE = ["type", "name", "timestamp", "message"].map((name) => `flow_run_state_${name}`);
const values = new Map([
  ...[...VARIABLES, ...STATE].map((name) => [name, { text: "test", repr: "'test'" }] as const),
  ["flow_name", { text: "it's é", repr: `"it's é"` }],
]);

test.each(vectors)("the message %j", (template, problem, text) => {
  expect(templateProblem(template) ?? null).toBe(problem);
  if (text === null) expect(() => fillTemplate(template, values)).toThrow();
  else expect(fillTemplate(template, values)).toBe(text);
});

test.each([...values.keys()])("may name %s", (name) => {
  expect(templateProblem(`{${name}}`)).toBeUndefined();
  for (const wrong of [`${name}.x`, `${name}[0]`]) {
    expect(templateProblem(`{${wrong}}`)).toBe(`Invalid template variable provided: '${wrong}'`);
  }
});

test("is not filled up without bounds", () => {
  expect(fillTemplate("{flow_name:10001}", values)).toHaveLength(10_000);
  expect(fillTemplate("{flow_name:9999}", values)).toHaveLength(9999);
});
