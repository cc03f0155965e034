import { describe, expect, test } from "vitest";
import { InvalidRequest, Refusal } from "../../src/domain/errors.ts";
import { type Json, type JsonObject, parseJson } from "../../src/domain/json.ts";
import { checkCreatedParameters, checkTypedValues, prepareRunParameters } from "../../src/domain/parameters/prepare.ts";
import { dumpJson } from "../../src/domain/parameters/python/json.ts";
import { readVectorsText } from "./vectors.ts";

interface ParameterCase {
  name: string;
  schema: JsonObject;
  values: JsonObject;
  create_flow_run: JsonObject;
  ui_validate: JsonObject;
  create_deployment: JsonObject;
}

const vectors = parseJson(readVectorsText("parameters")) as unknown as { workspace_variables: JsonObject; cases: ParameterCase[] };
const variables = new Map(Object.entries(vectors.workspace_variables));

const STATUS: Partial<Record<Refusal["kind"], number>> = { badRequest: 400, conflict: 409, invalid: 422 };

/** What a route would answer, in the words of the vectors. */
function answer(work: () => JsonObject): JsonObject {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal) return { http: STATUS[error.kind] ?? 0, detail: error.message };
    if (error instanceof InvalidRequest) return { http: 422, msg: error.places.map(({ msg }) => msg).join("; ") };
    throw error;
  }
}

/** The reference's answer, numbers by their text; where it breaks (500) the service refuses. */
function expectAnswer(given: JsonObject, expected: JsonObject): void {
  if (expected.http === 500) expect(given.http).toBeOneOf([400, 409, 422]);
  else expect(dumpJson(given, true)).toBe(dumpJson(expected, true));
}

describe.each(vectors.cases)("$name", ({ schema, values, ...expected }) => {
  test("a run is created from a deployment", () => {
    const created = answer(() => ({
      http: 201,
      parameters: prepareRunParameters({ parameters: {}, schema, isEnforced: true }, { parameters: values, isEnforced: null }, variables),
    }));
    expectAnswer(created, expected.create_flow_run);
  });

  test("a form is checked", () => {
    const checked = answer(() => {
      const { errors, valid } = checkTypedValues(schema, values, variables);
      return { http: 200, errors: errors as Json, valid };
    });
    expectAnswer(checked, expected.ui_validate);
  });

  test("a deployment is created", () => {
    const created = answer(() => {
      checkCreatedParameters(true, schema, values);
      return { http: 201 };
    });
    expectAnswer(created, expected.create_deployment);
  });
});
