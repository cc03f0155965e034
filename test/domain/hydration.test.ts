import { describe, expect, test } from "vitest";
import { InvalidRequest, Refusal } from "../../src/domain/errors.ts";
import type { Json, JsonObject } from "../../src/domain/json.ts";
import { hydrate, usesVariables } from "../../src/domain/parameters/hydrate.ts";
import { Placeholder } from "../../src/domain/parameters/placeholder.ts";
import { checkCreatedParameters, checkTypedValues, prepareRunParameters } from "../../src/domain/parameters/prepare.ts";
import { preprocessSchema, violationsOf } from "../../src/domain/parameters/validate.ts";

const VARIABLES = new Map<string, Json>([["v", "[1]"]]);
const kind = (name: Json, more: JsonObject = {}): JsonObject => ({ __prefect_kind: name, ...more });
const checked = (value: JsonObject) => (hydrate({ x: value }, VARIABLES, "check") as Record<string, unknown>).x;

describe("what cannot be hydrated", () => {
  const badJson = kind("json", { value: "{" });

  test.each<[JsonObject, string, string]>([
    [kind("none"), "ValueNotFound", "Missing 'value' key in __prefect object"],
    [kind("jinja"), "TemplateNotFound", "Missing 'template' key in __prefect object"],
    [badJson, "InvalidJSON", "Invalid JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"],
    [kind("json", { value: [] }), "InvalidJSON", "Invalid JSON: the JSON object must be str, bytes or bytearray, not list"],
    [kind("json", { value: 5 }), "InvalidJSON", "Invalid JSON: the JSON object must be str, bytes or bytearray, not int"],
    [kind("json", { value: badJson }), "InvalidJSON", "Invalid JSON: the JSON object must be str, bytes or bytearray, not InvalidJSON"],
    [kind("jinja", { template: "{{ 1 + }" }), "InvalidJinja", "Invalid jinja: unexpected '}'"],
    [kind("jinja", { template: [] }), "InvalidJinja", "Invalid jinja: a template must be str, not list"],
    [kind("jinja", { template: kind("json", { value: "{}" }) }), "InvalidJinja", "Invalid jinja: a template must be str, not dict"],
    [kind("workspace_variable", { variable_name: "w" }), "WorkspaceVariableNotFound", "Variable 'w' not found in workspace."],
    [kind("workspace_variable", { variable_name: 5 }), "WorkspaceVariableNotFound", "Variable '5' not found in workspace."],
    [kind("workspace_variable", { variable_name: ["v"] }), "WorkspaceVariableNotFound", "Variable '['v']' not found in workspace."],
  ])("%j stands as %s", (value, name, error) => expect(checked(value)).toEqual(new Placeholder(name, error)));

  test("is told by its place alone, and named where others speak of it", () => {
    const schema = { properties: { a: { type: "object", properties: { b: { type: "integer" } } }, ab: { type: "integer" } } };
    expect(checkTypedValues(schema, { ab: "x", a: { b: badJson } }, VARIABLES)).toEqual({
      valid: false,
      errors: [
        { property: "a", errors: [{ property: "b", errors: [expect.stringMatching(/^Invalid JSON: /)] }] },
        { property: "ab", errors: ["'x' is not valid under any of the given schemas"] },
      ],
    });
    const { errors } = checkTypedValues({ additionalProperties: false }, { x: badJson }, VARIABLES);
    expect(errors[0]).toBe("Additional properties are not allowed ('x' was unexpected)");
  });

  test("and a text above are told side by side", () => {
    const schema = { minProperties: 2, properties: { a: { properties: { b: { properties: { c: false } } } } } };
    expect(checkTypedValues(schema, { a: { b: { c: 1 } } }, VARIABLES).errors).toEqual([
      "{'a': {'b': {'c': 1}}} does not have enough properties",
      { property: "a", errors: [{ property: "b", errors: ["False schema does not allow 1"] }] },
    ]);
  });
});

test("to parse is to look nothing up", () => {
  const value = { x: kind("workspace_variable", { variable_name: "w" }), y: kind("jinja", { template: "{{ 1 }}" }) };
  expect(hydrate(value, VARIABLES, "parse")).toEqual({ x: new Placeholder("WorkspaceVariable"), y: new Placeholder("ValidJinja") });
});

test("a variable may be named by what is hydrated first", () => {
  expect(checked(kind("workspace_variable", { variable_name: kind("json", { value: '"v"' }) }))).toBe("[1]");
});

test.each<[Json, boolean]>([
  [[1, kind("workspace_variable", { variable_name: "v" })], true],
  [{ variable_name: "v" }, false],
  [kind("json", { variable_name: "v" }), false],
  ["workspace_variable", false],
])("%j needs variables: %s", (value, needs) => expect(usesVariables(value)).toBe(needs));

describe("schemas", () => {
  test("that lead in circles are told of when a deployment is created", () => {
    const circle = { properties: { x: { $ref: "#/properties/x" } } };
    expect(() => checkCreatedParameters(true, circle, { x: 1 })).toThrow(InvalidRequest);
    try {
      checkCreatedParameters(true, circle, { x: 1 });
    } catch (error) {
      const msg = "Invalid schema: Unable to validate schema with circular references.";
      expect(error).toMatchObject({ places: [{ loc: ["body", "parameters"], msg, type: "value_error" }] });
    }
  });

  test("with a tuple of their own are not repaired", () => {
    const items = [{ type: "null" }];
    const repaired = preprocessSchema({ properties: { a: { items, prefixItems: [{}] }, b: { items, prefixItems: [] }, c: { items: [] } } });
    expect(repaired.properties).toEqual({ a: { items, prefixItems: [{}] }, b: { prefixItems: items }, c: { items: [] } });
  });

  test("are repaired in their properties only", () => {
    const inner = { properties: { i: { type: "integer", default: 1 } } };
    const definitions = { D: true, E: { type: "integer" } };
    expect(preprocessSchema({ properties: { a: true, o: inner }, definitions }, true)).toEqual({
      properties: { a: true, o: inner },
      definitions,
    });
  });

  test("must be there to be enforced", () => {
    const deployment = { parameters: {}, schema: null, isEnforced: true };
    const text =
      "Error updating deployment: Cannot update parameters because parameter schema enforcement is enabled " +
      "and the deployment does not have a valid parameter schema.";
    const prepare = () => prepareRunParameters(deployment, { parameters: {}, isEnforced: null }, VARIABLES);
    expect(prepare).toThrow(new Refusal("conflict", text));
    const gone = () => prepareRunParameters(deployment, { parameters: kind("json", { value: "1" }), isEnforced: false }, VARIABLES);
    expect(gone).toThrow(new Refusal("badRequest", "Error hydrating flow run parameters: parameters must be an object"));
  });

  test("with patterns that are none match nothing by them", () => {
    expect(violationsOf({ a: 1 }, { patternProperties: { "(": false } })).toEqual([]);
    expect(violationsOf({ a: 1 }, { patternProperties: { "(": {} }, additionalProperties: false })).toHaveLength(1);
    expect(violationsOf({ a: 1 }, { $ref: 5, minimum: [], required: 1, properties: [] })).toEqual([]);
  });
});
