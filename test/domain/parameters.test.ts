import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvalidRequest, Refusal } from "../../src/domain/errors.ts";
import { type Json, type JsonObject, parseJson, stringifyJson } from "../../src/domain/json.ts";
import { HydrationError, hydrate, usesVariables } from "../../src/domain/parameters/hydrate.ts";
import { checkTemplate, renderTemplate } from "../../src/domain/parameters/jinja.ts";
import { Placeholder } from "../../src/domain/parameters/placeholder.ts";
import {
  checkCreatedParameters,
  checkTypedValues,
  prepareRunParameters,
  prepareUpdatedParameters,
} from "../../src/domain/parameters/prepare.ts";
import { dumpJson, loadJson } from "../../src/domain/parameters/python/json.ts";
import { floatText } from "../../src/domain/parameters/python/number.ts";
import { compileRegex } from "../../src/domain/parameters/python/regex.ts";
import { repr } from "../../src/domain/parameters/python/repr.ts";
import { preprocessSchema, validationFailure, violationsOf } from "../../src/domain/parameters/validate.ts";

const VARIABLES = new Map<string, Json>([["v", "[1]"]]);

describe("Python's texts", () => {
  test.each([
    ["1.0", "1.0"],
    ["1E+2", "100.0"],
    ["1e16", "1e+16"],
    ["123456789012345680.0", "1.2345678901234568e+17"],
    ["1e-5", "1e-05"],
    ["0.0001", "0.0001"],
    ["-0", "0"],
    ["-0.0", "-0.0"],
    ["9007199254740993", "9007199254740993"],
    ["1e999", "inf"],
    ["5e-324", "5e-324"],
  ])("the number %s is %s", (source, expected) => expect(repr(parseJson(source))).toBe(expected));

  test.each<[Json, string]>([
    ["it's", `"it's"`],
    [`'"`, `'\\'"'`],
    ["tab\t é \u00a0 \u2028 😀 \u{10ffff} \ud800", "'tab\\t é \\xa0 \\u2028 😀 \\U0010ffff \\ud800'"],
    [{ a: [true, null, { b: 1 }] }, "{'a': [True, None, {'b': 1}]}"],
  ])("repr of %j is %s", (value, expected) => expect(repr(value)).toBe(expected));

  test("floats keep their value", () => {
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => Object.is(Number(floatText(value)), value)));
  });

  test("floats have the shape of Python's", () => {
    const shape = /^-?(?:\d{1,16}\.\d+|\d(?:\.\d*[1-9])?e(?:\+(?:1[6-9]|[2-9]\d|\d{3})|-(?:0[5-9]|[1-9]\d\d?)))$/;
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => shape.test(floatText(value))));
  });

  test("JSON is read as by the platform, and written so that both read it", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(stringifyJson(loadJson(text))).toBe(stringifyJson(parseJson(text)));
        expect(JSON.parse(dumpJson(loadJson(text)))).toEqual(JSON.parse(text));
      }),
    );
  });

  test("keys are sorted by code point", () => {
    expect(dumpJson({ "😀": 1, "\ue000": 2, z: 3, é: 4 }, true)).toBe('{"z": 3, "\\u00e9": 4, "\\ue000": 2, "\\ud83d\\ude00": 1}');
  });

  test.each([
    ["[1,", "Expecting value: line 1 column 4 (char 3)"],
    ['{"a":1,}', "Expecting property name enclosed in double quotes: line 1 column 8 (char 7)"],
    ['{"a" 1}', "Expecting ':' delimiter: line 1 column 6 (char 5)"],
    ["[\n1,\n 2 3]", "Expecting ',' delimiter: line 3 column 4 (char 8)"],
    ['"😀" x', "Extra data: line 1 column 5 (char 4)"],
    ['"ab', "Unterminated string starting at: line 1 column 1 (char 0)"],
    ['"\\q"', "Invalid \\escape: line 1 column 2 (char 1)"],
    ['"\\u12g4"', "Invalid \\uXXXX escape: line 1 column 3 (char 2)"],
    ['"a\nb"', "Invalid control character at: line 1 column 3 (char 2)"],
  ])("what is wrong with %j", (text, message) => expect(() => loadJson(text)).toThrow(message));

  test.each<[string, string, boolean | undefined]>([
    ["^b+$", "bb\n", true],
    ["^b\\Z", "b\n", false],
    ["^.$", "\u2028", true],
    ["^\\d$", "٣", true],
    ["^\\w+$", "né", true],
    ["(?P<q>a)(?P=q)", "aa", true],
    ["(?i)^AB", "abc", true],
    ["a{,2}b", "aab", true],
    ["a{x", "a{x", true],
    ["\\@\\-\\_", "@-_", true],
    ["[]a]", "]", true],
    ["[", "", undefined],
    ["a**", "", undefined],
    ["\\q", "", undefined],
  ])("the pattern %s in %j", (pattern, text, found) => expect(compileRegex(pattern)?.test(text)).toBe(found));
});

describe("hydration", () => {
  const kind = (name: Json, more: JsonObject = {}): JsonObject => ({ __prefect_kind: name, ...more });
  const run = (value: JsonObject) => hydrate(value, VARIABLES, "run");

  test.each<[JsonObject, Json]>([
    [kind("json", { value: kind("workspace_variable", { variable_name: "v" }) }), [1]],
    [kind("none", { value: { a: kind("json", { value: "1.0" }), b: kind("json") } }), { a: parseJson("1.0") }],
    [kind("jinja", { template: kind("none", { value: "{{ 2 * 3 }}" }) }), "6"],
    [kind("unknown", { value: kind("json", { value: "1" }) }), kind("json", { value: "1" })],
    [kind({ a: 1 }), null],
  ])("%j stands for %j", (value, expected) => expect(run({ x: value })).toEqual({ x: expected }));

  test("objects that stand for nothing vanish", () => {
    expect(run({ a: [kind("json"), 1, kind("workspace_variable")], b: kind("none", { value: kind("json") }) })).toEqual({ a: [1] });
    expect(run(kind("json"))).toEqual({});
  });

  test.each<[JsonObject, string]>([
    [kind("none"), "Missing 'value' key in __prefect object"],
    [kind("jinja"), "Missing 'template' key in __prefect object"],
    [kind("json", { value: [] }), "Invalid JSON: the JSON object must be str, bytes or bytearray, not list"],
    [kind("json", { value: kind("json", { value: "{}" }) }), "Invalid JSON: the JSON object must be str, bytes or bytearray, not dict"],
    [kind("workspace_variable", { variable_name: "w" }), "Variable 'w' not found in workspace."],
    [kind("jinja", { template: "{{ 1 + }" }), "Invalid jinja: unexpected '}'"],
  ])("%j is an error", (value, text) => {
    expect(() => run({ x: [value] })).toThrow(new HydrationError(text));
    expect(hydrate({ x: value }, VARIABLES, "check")).toMatchObject({ x: expect.objectContaining({ error: text }) });
  });

  test("templates are not rendered to check a form", () => {
    const { x } = hydrate({ x: kind("jinja", { template: "{{ 1 }}" }) }, VARIABLES, "check") as Record<string, unknown>;
    expect(x).toEqual(new Placeholder("ValidJinja"));
    const text = { x: { type: "integer" } };
    expect(checkTypedValues({ properties: text }, { x: kind("jinja", { template: "{{ 1 }}" }) }, VARIABLES)).toEqual({
      errors: [],
      valid: true,
    });
  });

  test("variables are needed only where one is named", () => {
    expect(usesVariables({ a: [{ b: kind("workspace_variable", { variable_name: "v" }) }] })).toBe(true);
    expect(usesVariables({ a: kind("json", { value: kind("workspace_variable", { variable_name: "v" }) }) })).toBe(true);
    expect(usesVariables({ a: kind("workspace_variable"), b: kind("jinja", { template: "x" }) })).toBe(false);
  });
});

describe("jinja", () => {
  test.each([
    ["plain {# kept #}", "plain {# kept #}"],
    ["{{ x.y.z }}|{{ true }} {{ none }} {{ [1, 'a', 2.0, {'k': false}] }}", "|True None [1, 'a', 2.0, {'k': False}]"],
    ["{% for i in range(5, 0, -2) %}{{ i }}{% if not loop.last %},{% endif %}{% endfor %}", "5,3,1"],
    ["{% set a = 3 %}{{ 'odd' if a is odd else 'even' }}", "odd"],
    ["a\n{{ 1 }}\n", "a\n1"],
    ["{% macro m(a) %}[{{ a }}]{% endmacro %}{{ m(true) }}", "[True]"],
  ])("%s renders as %s", (template, expected) => expect(renderTemplate(template)).toBe(expected));

  const nested = (depth: number) => "{% for i in [1] %}".repeat(depth) + "{% endfor %}".repeat(depth);

  test.each([
    [nested(3), "Contains nested for loops at a depth of 3. Templates can nest for loops no more than 2 loops deep."],
    [nested(1).repeat(11), "Contains 11 for loops. Templates can contain no more than 10 for loops."],
    ["{{ ) }}", "unexpected ')'"],
    ["{% if %}{% endif %}", "Expected an expression, got 'end of statement block'"],
    ["{{ 1 +", "unexpected 'end of template'"],
    ["{% for i in [1] %}", "Jinja was looking for the following tags: 'endfor' or 'else'."],
    ["{% nope %}", "Encountered unknown tag 'nope'."],
  ])("%s is refused", (template, text) => expect(() => checkTemplate(template)).toThrow(text));

  test("what is Jinja but cannot be rendered is told apart from failures", () => {
    expect(() => checkTemplate("{% raw %}{{ x }}{% endraw %}")).not.toThrow();
    expect(() => renderTemplate("{% raw %}{{ x }}{% endraw %}")).toThrow("cannot be rendered here");
  });

  test("two nested loops are allowed", () => expect(() => checkTemplate(nested(2).repeat(5))).not.toThrow());

  test.each([
    [
      "{% for i in range(101) %}x{% endfor %}",
      "OverflowError('Range too big. The sandbox blocks ranges larger than MAX_TEMPLATE_RANGE=100.')",
    ],
    ["{% macro f(n) %}{{ f(n - 1) }}{{ f(n - 1) }}{% endmacro %}{{ f(99) }}", "Error("],
    ["{% for i in range(100) %}{% set n.s = n.s ~ n.s %}{% endfor %}", "Error("],
  ])("%s fails in its text", (template, text) => {
    const rendered = renderTemplate(template);
    expect(rendered).toContain(text);
    expect(rendered).toMatch(/^Failed to render template due to the following error: /);
    expect(rendered.endsWith(`\nTemplate source:\n${template}`)).toBe(true);
  });

  test("a text that doubles and doubles is stopped", () => {
    const template = "{% set n = namespace(s='xx') %}{% for i in range(40) %}{% set n.s = n.s ~ n.s %}{% endfor %}{{ n.s }}";
    expect(renderTemplate(template)).toContain("OverflowError('Template makes a text of more than");
  });
});

describe("validation", () => {
  const failure = (schema: JsonObject, values: Json) => validationFailure(values, schema);

  test("references that lead in circles or nowhere make the schema invalid", () => {
    const circle = { properties: { x: { $ref: "#/properties/x" } } };
    expect(() => failure(circle, { x: 1 })).toThrow("Invalid schema: Unable to validate schema with circular references.");
    expect(failure(circle, {})).toBeUndefined();
    expect(() => failure({ properties: { x: { $ref: "#/nowhere" } } }, { x: 1 })).toThrow("Invalid schema: ");
    expect(() => failure({ properties: { x: { $ref: "http://example.com/s" } } }, { x: 1 })).toThrow("Invalid schema: ");
  });

  test("recursive schemas follow the value down", () => {
    const node = { type: "object", properties: { next: { $ref: "#/definitions/Node" }, n: { type: "integer" } }, required: ["n"] };
    const chain = (depth: number): JsonObject => (depth === 0 ? { n: "x" } : { n: depth, next: chain(depth - 1) });
    const schema = { properties: { node: { $ref: "#/definitions/Node" } }, definitions: { Node: node } };
    expect(failure(schema, { node: chain(2) })).toBe(
      "Validation failed for field 'node.next.next.n'. Failure reason: 'x' is not of type 'integer'",
    );
  });

  test("addresses and names inside a schema are found", () => {
    const definitions = {
      A: {
        $id: "http://example.com/a.json",
        $anchor: "here",
        definitions: { I: { type: "integer" } },
        properties: { q: { $ref: "#/definitions/I" } },
      },
    };
    for (const reference of ["http://example.com/a.json", "http://example.com/a.json#here", "#/definitions/A"]) {
      expect(failure({ properties: { x: { $ref: reference } }, definitions }, { x: { q: "s" } })).toContain("field 'x.q'");
    }
  });

  test.each<[JsonObject, Json, string]>([
    [{ additionalProperties: false }, { b: 1, a: 2 }, "Additional properties are not allowed ('a', 'b' were unexpected)"],
    [{ properties: { x: { const: "a" } } }, { x: 1 }, "'a' was expected"],
    [{ properties: { x: { maxLength: 0 } } }, { x: "é" }, "'é' is expected to be empty"],
    [{ properties: { x: { minItems: 1 } } }, { x: [] }, "[] should be non-empty"],
    [{ properties: { x: { items: false, prefixItems: [{}] } } }, { x: [1, 2] }, "Expected at most 1 item but found 1 extra: 2"],
    [{ properties: { x: { contains: { type: "null" } } } }, { x: [1] }, "[1] does not contain items matching the given schema"],
    [{ dependentRequired: { a: ["b"] } }, { a: 1 }, "'b' is a dependency of 'a'"],
    [{ unevaluatedProperties: false }, { a: 1 }, "Unevaluated properties are not allowed ('a' was unexpected)"],
    [{ properties: { "a b": { type: "null" } } }, { "a b": 1 }, "Validation failed for field \"$['a b']\"."],
    [{ properties: { x: { anyOf: [{ type: "integer" }, { type: "object", required: ["k"] }] } } }, { x: {} }, "'k' is a required property"],
  ])("%j for %j", (schema, values, text) => expect(failure(schema, values)).toContain(text));

  test("big integers are compared exactly", () => {
    const schema = parseJson('{"properties":{"x":{"maximum":9007199254740992,"multipleOf":3}}}') as JsonObject;
    expect(failure(schema, parseJson('{"x":9007199254740993}'))).toContain(
      "9007199254740993 is greater than the maximum of 9007199254740992",
    );
    expect(violationsOf(parseJson('{"x":9007199254740993}'), schema).map(({ keyword }) => keyword)).toEqual(["maximum"]);
  });

  test("names of JavaScript's own are no properties", () => {
    expect(failure({ required: ["constructor"] }, {})).toContain("'constructor' is a required property");
    expect(failure({ properties: { toString: { type: "null" } } }, {})).toBeUndefined();
  });

  test("schemas are repaired in copies", () => {
    const schema = { properties: { a: { type: "integer" }, b: { type: "integer", default: 1 }, t: { items: [{}, {}] } }, required: ["t"] };
    const before = structuredClone(schema);
    const anyOf = [{ type: "integer" }, { type: "null" }];
    expect(preprocessSchema(schema)).toEqual({
      ...schema,
      properties: { a: { anyOf }, b: schema.properties.b, t: { prefixItems: [{}, {}] } },
    });
    expect(preprocessSchema(schema, true).properties).toMatchObject({ b: { anyOf, default: 1 } });
    expect(schema).toEqual(before);
  });
});

describe("deployments", () => {
  const schema: JsonObject = { type: "object", properties: { x: { type: "integer" }, y: { type: "string" } }, required: ["x", "y"] };
  const deployment = { parameters: { x: 1 }, schema, isEnforced: true };
  const kind: JsonObject = { __prefect_kind: "json", value: "2" };

  test("a run's parameters go over the deployment's", () => {
    const run = (parameters: JsonObject, isEnforced: boolean | null = null) =>
      prepareRunParameters(deployment, { parameters, isEnforced }, VARIABLES);
    expect(run({ y: "s", x: kind })).toEqual({ x: 2, y: "s" });
    expect(run({}, false)).toEqual({ x: 1 });
    const text = "Error creating flow run: Validation failed. Failure reason: 'y' is a required property";
    expect(() => run({})).toThrow(new Refusal("conflict", text));
    expect(deployment.parameters).toEqual({ x: 1 });
  });

  test("an enforced schema must be there", () => {
    const run = () => prepareRunParameters({ ...deployment, schema: null }, { parameters: {}, isEnforced: null }, VARIABLES);
    expect(run).toThrow("Error updating deployment: Cannot update parameters because parameter schema enforcement is enabled");
  });

  test("an update hydrates, and checks what there is", () => {
    const update = (parameters: JsonObject | null, isEnforced: boolean | null = null) =>
      prepareUpdatedParameters(deployment, { parameters, isEnforced }, VARIABLES);
    expect(update({ x: kind })).toEqual({ x: 2 });
    expect(update(null)).toEqual({ x: 1 });
    expect(update({ x: "s" }, false)).toEqual({ x: "s" });
    const text = "Error updating deployment: Validation failed for field 'x'. Failure reason: 's' is not of type 'integer'";
    expect(() => update({ x: "s" })).toThrow(new Refusal("conflict", text));
    const missing = "Error hydrating deployment parameters: Missing 'value' key in __prefect object";
    expect(() => update({ x: { __prefect_kind: "none" } })).toThrow(new Refusal("badRequest", missing));
  });

  test("parameters that are hydrated to no object are refused", () => {
    expect(() => prepareRunParameters(deployment, { parameters: kind, isEnforced: false }, VARIABLES)).toThrow(Refusal);
  });

  test("what a deployment is created with is told by its field", () => {
    const places = (check: () => void) => {
      try {
        check();
        return [];
      } catch (error) {
        return error instanceof InvalidRequest ? error.places : [error];
      }
    };
    expect(places(() => checkCreatedParameters(true, { type: 5 }, { x: 1 }))).toMatchObject([
      { loc: ["body", "parameter_openapi_schema"] },
    ]);
    expect(places(() => checkCreatedParameters(true, schema, { x: "s" }))).toMatchObject([
      { loc: ["body", "parameters"], type: "value_error" },
    ]);
    for (const [isEnforced, given, values] of [
      [true, schema, {}],
      [true, { exclusiveMaximum: true, maximum: 1 }, undefined],
      [true, null, { x: "s" }],
      [false, { type: 5 }, {}],
    ] as const) {
      expect(places(() => checkCreatedParameters(isEnforced, given, values))).toEqual([]);
    }
  });

  test("a deployment's schema may name an older draft", () => {
    const draft7 = {
      $schema: "http://json-schema.org/draft-07/schema#",
      properties: { t: { items: [{ type: "integer" }], additionalItems: false } },
    };
    expect(() => checkCreatedParameters(true, draft7, { t: [1] })).not.toThrow();
    expect(() => checkCreatedParameters(true, draft7, { t: [1, 2] })).toThrow(InvalidRequest);
  });
});
