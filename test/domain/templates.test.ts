import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { InvalidRequest, Refusal } from "../../src/domain/errors.ts";
import type { Json, JsonObject } from "../../src/domain/json.ts";
import { arrangePriorities, firstFreePriority } from "../../src/domain/work-pools/priorities.ts";
import {
  checkBaseJobTemplate,
  checkDeploymentVariables,
  checkPoolDefaults,
  checkRunVariables,
  checkUpdatedVariables,
  defaultBlockIds,
} from "../../src/domain/work-pools/template.ts";

const template = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  job_configuration: { x: "{{ a }}" },
  variables: { type: "object", properties, ...more },
});
const NO_BLOCKS = new Map<string, JsonObject>();

/** What a check refuses with: the kind and the text; undefined if it does not. */
function refusal(check: () => void): [string, string] | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    if (error instanceof Refusal) return [error.kind, error.message];
    if (error instanceof InvalidRequest) return [error.places[0]?.loc.join(".") ?? "", error.places[0]?.msg ?? ""];
    throw error;
  }
}

describe("base job templates", () => {
  const INCOMPLETE = "The `base_job_template` must contain both a `job_configuration` key and a `variables` key.";

  test.each<JsonObject>([
    { variables: {} },
    { job_configuration: { a: "{{ b }}" }, variables: {} },
    { job_configuration: {}, variables: { properties: {} } },
  ])("must be whole: %j", (value) => expect(refusal(() => checkBaseJobTemplate(value))).toEqual(["body.base_job_template", INCOMPLETE]));

  test("may be empty, and may use what they declare", () => {
    expect(refusal(() => checkBaseJobTemplate({}))).toBeUndefined();
    expect(refusal(() => checkBaseJobTemplate(template({ a: {} })))).toBeUndefined();
  });

  test("must declare what they use, at any depth and in keys", () => {
    const configuration = {
      a: "{{ b }} {{c.d}}",
      n: { q: ["{{ $ENV }}", "{{prefect.variables.x}}"] },
      k: { "{{ key }}": 1 },
      z: "{{ é }} {{ x y }}",
    };
    const [, text] = refusal(() => checkBaseJobTemplate({ job_configuration: configuration, variables: { properties: { b: {} } } })) ?? [];
    expect(text).toBe(
      "The variables specified in the job configuration template must be present as properties in the variables schema. " +
        "Your job configuration uses the following undeclared variable(s): c.d ,$ENV ,prefect.variables.x ,key.",
    );
  });
});

describe("job variables", () => {
  const ID = "00000000-0000-4000-8000-000000000001";
  const block = (id: Json) => ({ default: { $ref: { block_document_id: id } } });

  test.each<[JsonObject, [string, string] | undefined]>([
    [
      template({ a: { type: "integer", default: "x" } }),
      [
        "invalid",
        "Validation failed for work pool's job variable defaults: Validation failed for field 'a'. " +
          "Failure reason: 'x' is not valid under any of the given schemas",
      ],
    ],
    [template({ a: { type: "integer", default: null } }), undefined],
    [template({ a: { type: "nope" } }), ["invalid", "Invalid schema: 'nope' is not valid under any of the given schemas"]],
    [template({ a: { type: "string", ...block(ID) } }), ["notFound", "Block not found."]],
    [template({ a: { type: "string", ...block("zz") } }), ["notFound", "Block not found."]],
    [template({ a: { type: "string", default: { $ref: {} } } }), undefined],
    [{}, undefined],
  ])("the defaults of a pool: %j", (value, expected) => {
    expect(refusal(() => checkPoolDefaults(value, NO_BLOCKS))).toEqual(expected);
  });

  test("blocks as defaults are checked by their data", () => {
    const value = template({ a: { type: "object", required: ["k"], properties: { k: { type: "string" } }, ...block(ID) } });
    expect(defaultBlockIds(value)).toEqual([ID]);
    expect(refusal(() => checkPoolDefaults(value, new Map([[ID, { k: "v" }]])))).toBeUndefined();
    expect(refusal(() => checkPoolDefaults(value, new Map([[ID, { k: 1 }]])))?.[0]).toBe("invalid");
  });

  const pool = template(
    { a: { type: "integer" }, b: { type: "string", default: "d" }, c: { type: "string", format: "date" } },
    { required: ["a"] },
  );

  test.each<[JsonObject, string | undefined]>([
    [{ a: "x" }, "Error creating deployment: Validation failed for field 'a'. Failure reason: 'x' is not of type 'integer'"],
    [{ zz: 1 }, undefined],
    [{ b: null, c: "nope" }, undefined],
    [{}, undefined],
  ])("of a deployment: %j", (jobVariables, expected) => {
    expect(refusal(() => checkDeploymentVariables(pool, jobVariables, NO_BLOCKS))?.[1]).toBe(expected);
  });

  test.each<[JsonObject, string | undefined]>([
    [{}, "Error creating flow run: Validation failed. Failure reason: 'a' is a required property"],
    [{ a: "x" }, "Error creating flow run: Validation failed for field 'a'. Failure reason: 'x' is not of type 'integer'"],
    [{ a: 1 }, undefined],
  ])("of a run: %j", (run, expected) => {
    expect(refusal(() => checkRunVariables(pool, { deployment: { b: null }, run }, NO_BLOCKS, "creating"))?.[1]).toBe(expected);
  });

  test("bad defaults of the pool do not count, but then nothing is required", () => {
    const bad = template({ a: { type: "integer", default: "x" }, b: { type: "string" } }, { required: ["b"] });
    const check = (run: JsonObject | null, doing: "creating" | "updating") =>
      refusal(() => checkRunVariables(bad, { deployment: null, run }, NO_BLOCKS, doing));
    expect(check(null, "creating")).toBeUndefined();
    expect(check({ b: 5 }, "updating")).toEqual([
      "invalid",
      "Error updating flow run: Validation failed for field 'b'. Failure reason: 5 is not of type 'string'",
    ]);
  });

  test.each<[JsonObject | null, string]>([
    [{ a: "x" }, `Error creating deployment: <ValidationError: "'x' is not of type 'integer'">`],
    [{ c: "nope" }, `Error creating deployment: <ValidationError: "'nope' is not a 'date'">`],
    [{ b: null }, `Error creating deployment: <ValidationError: "None is not of type 'string'">`],
    [null, `Error creating deployment: <ValidationError: "None is not of type 'object'">`],
  ])("of a deployment moved to a pool: %j", (jobVariables, expected) => {
    expect(refusal(() => checkUpdatedVariables(pool, jobVariables))).toEqual(["conflict", expected]);
    expect(refusal(() => checkUpdatedVariables({}, jobVariables))).toBeUndefined();
  });
});

describe("priorities of queues", () => {
  const queues = (priorities: Record<string, number>) => Object.entries(priorities).map(([id, priority]) => ({ id, priority }));
  const arrange = (before: Record<string, number>, wanted: Record<string, number>) => ({
    ...before,
    ...Object.fromEntries(arrangePriorities(queues(before), new Map(Object.entries(wanted)))),
  });

  test.each([
    [[], 1],
    [[1, 2, 3], 4],
    [[1, 2, 3, 5], 4],
    [[5, 3], 1],
    [[2, 1, 4], 3],
  ])("the first free one of %j is %i", (taken, free) => expect(firstFreePriority(taken)).toBe(free));

  // A sequence played against the reference.
  test.each([
    [{ default: 1, a: 2, b: 1 }, { b: 1 }, { b: 1, default: 2, a: 3 }],
    [{ b: 1, default: 2, a: 3, c: 5 }, { c: 5 }, { b: 1, default: 2, a: 3, c: 5 }],
    [{ b: 1, default: 2, a: 3, d: 4, c: 5, e: 2 }, { e: 2 }, { b: 1, e: 2, default: 3, a: 4, d: 5, c: 6 }],
    [{ b: 1, e: 2, default: 3, a: 4, d: 5, c: 6 }, { a: 1 }, { a: 1, b: 2, e: 3, default: 4, d: 5, c: 6 }],
    [{ a: 1, b: 2, e: 3, default: 4, d: 5, c: 6 }, { default: 4 }, { a: 1, b: 2, e: 3, default: 4, d: 5, c: 6 }],
    [{ a: 1, b: 2, e: 3, default: 4, d: 5, c: 6 }, { c: 1 }, { c: 1, a: 2, b: 3, e: 4, default: 5, d: 6 }],
    [{ c: 1, a: 2, b: 3, e: 4, default: 5, d: 6 }, { e: 9 }, { c: 1, a: 2, b: 3, default: 5, d: 6, e: 9 }],
    [{ a: 2, b: 3, default: 5 }, {}, { a: 2, b: 3, default: 5 }],
  ])("%j with %j becomes %j", (before, wanted, expected) => expect(arrange(before, wanted)).toEqual(expected));

  test("no two queues can want the same", () => {
    expect(() => arrange({ a: 1, b: 2 }, { a: 3, b: 3 })).toThrow("Duplicate target priorities provided");
  });

  test("stay unique and positive, keep the order of the others, and give what was wanted", () => {
    const priority = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(fc.uniqueArray(priority), fc.nat(), priority, (taken, index, wanted) => {
        const before = Object.fromEntries(taken.map((value, position) => [`q${position}`, value]));
        const id = `q${index % (taken.length + 1)}`;
        const result: Record<string, number> = arrange({ [id]: wanted, ...before }, { [id]: wanted });
        const all = Object.values(result);
        expect(new Set(all).size).toBe(all.length);
        expect(Math.min(...all)).toBeGreaterThanOrEqual(1);
        expect(result[id]).toBe(wanted);
        const others = (priorities: Record<string, number>) =>
          Object.keys(before)
            .filter((other) => other !== id)
            .sort((a, b) => (priorities[a] ?? 0) - (priorities[b] ?? 0));
        expect(others(result)).toEqual(others(before));
      }),
    );
  });
});
