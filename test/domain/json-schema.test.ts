import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../src/domain/json.ts";
import { buildErrorObject } from "../../src/domain/parameters/error-object.ts";
import { dumpJson, loadJson } from "../../src/domain/parameters/python/json.ts";
import { conformanceFailure, InvalidSchema, validationFailure, violationsOf } from "../../src/domain/parameters/validate.ts";

/** What python-jsonschema and Prefect say of values, made by `vectors/json-schema.py`; an answer on which they break is left out. */
interface Answer {
  value: Json;
  violations?: [(string | number)[], string][];
  /** Of the worst violation. */
  told?: string | null;
  tree?: JsonObject;
}
type Group = { schema: JsonObject; answers: Answer[] };

// Numbers keep their spelling.
const vectors = loadJson(readFileSync(join(import.meta.dirname, "vectors/json-schema.json"), "utf8")) as unknown as Record<
  "cases" | "older",
  Group[]
>;
const titled = (groups: Group[]) => groups.map((group, index) => [`${index} ${dumpJson(group.schema).slice(0, 100)}`, group] as const);

/** What is told of values, as text; a schema that cannot be used is told of, too. */
function told(check: () => string | undefined): string | null {
  try {
    return check() ?? null;
  } catch (error) {
    if (error instanceof InvalidSchema) return error.message;
    throw error;
  }
}

describe.each(titled(vectors.cases))("%s", (_title, { schema, answers }) => {
  test.each(answers)("for $value", ({ value, violations, told: expected, tree }) => {
    if (violations !== undefined) expect(violationsOf(value, schema).map(({ path, message }) => [path, message])).toEqual(violations);
    if (expected !== undefined) expect(told(() => validationFailure(value, schema))).toBe(expected);
    if (tree !== undefined) expect(buildErrorObject(violationsOf(value, schema))).toEqual(tree);
  });
});

describe.each(titled(vectors.older))("in its own dialect: %s", (_title, { schema, answers }) => {
  test.each(answers)("for $value", ({ value, told: expected }) => {
    expect(told(() => conformanceFailure(value, schema))).toBe(expected);
  });
});
