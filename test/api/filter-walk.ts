import { beforeAll, describe, expect, it } from "vitest";
import document from "../../openapi/openapi.json";
import { type Body, type Client, newTenant } from "./tenant.ts";
import { bodyOf, type Operation, operations, pathOf, populate, type World } from "./world.ts";

/** As much of JSON schema as the document's filters use. */
interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: Body[];
  format?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  minimum?: number;
  minItems?: number;
}

const schemas = document.components.schemas as unknown as Record<string, Schema>;

const resolved = (schema: Schema): Schema => {
  const name = schema.$ref?.split("/").at(-1);
  return name === undefined ? schema : (schemas[name] ?? {});
};

const UUID = "00000000-0000-4000-8000-000000000001";

/** The values with which a criterion is tried: all of an enum, both of a switch. */
function valuesOf(given: Schema): Body[] {
  const schema = resolved(given);
  if (schema.enum) return schema.enum;
  if (schema.anyOf?.[0]) return valuesOf(schema.anyOf[0]);
  const [type] = [schema.type ?? "string"].flat();
  if (type === "boolean") return [true, false];
  if (type === "integer" || type === "number") return [1];
  if (type === "array") {
    const two = [valuesOf(schema.items ?? {})[0], valuesOf(schema.items ?? {}).at(-1)];
    return schema.minItems ? [two] : [two, []];
  }
  if (type === "object") return [{ secret: "secret" }, {}];
  if (schema.format === "uuid") return [UUID];
  if (schema.format === "date-time") return ["2030-01-01T00:00:00Z"];
  return ["secret"];
}

/** One criterion: where in the body it stands, and its value. */
type Criterion = [path: string[], value: Body];

/** Every criterion of a filter, each as a body of its own; "or_" and "and_" are tried on two criteria at once. */
function criteriaOf(given: Schema, path: string[]): Criterion[] {
  const { properties } = resolved(given);
  if (!properties) return valuesOf(given).map((value) => [path, value]);
  return Object.entries(properties).flatMap(([name, schema]) => (name === "operator" ? [] : criteriaOf(schema, [...path, name])));
}

const nest = (path: string[], value: Body): Body => path.reduceRight((inner, key) => ({ [key]: inner }), value);

/** The criteria of each filter object together, joined by each of its operators. */
function joinedOf(name: string, given: Schema): Body[] {
  const { properties = {} } = resolved(given);
  const operators = properties.operator?.enum;
  if (!operators) return [];
  const all = Object.entries(properties)
    .filter(([key]) => key !== "operator")
    .map(([key, schema]) => criteriaOf(schema, [key])[0])
    .filter((criterion): criterion is Criterion => criterion !== undefined);
  const criteria = Object.assign({}, ...all.map(([path, value]) => nest(path, value)));
  return operators.map((operator) => ({ [name]: { ...criteria, operator } }));
}

/** Every body that a list or count is to be tried with: each criterion, each operator and each sort there is. */
function bodiesOf(operation: Operation): Body[] {
  const described = (document.paths as unknown as Record<string, Record<string, { requestBody?: Body }>>)[operation.path];
  const schema: Schema = described?.[operation.method.toLowerCase()]?.requestBody?.content["application/json"].schema ?? {};
  return Object.entries(resolved(schema).properties ?? {}).flatMap(([name, property]): Body[] => {
    if (name === "sort") return valuesOf(property).map((sort) => ({ sort }));
    if (!resolved(property).properties) return [];
    return [...criteriaOf(property, [name]).map(([path, value]) => nest(path, value)), ...joinedOf(name, property)];
  });
}

/** The operations that take filters. */
export const filtered = operations.filter(({ path }) => /\/(filter|count|counts|history|lateness|count-by\/\{countable\})$/.test(path));

const isObject = (value: Body): boolean => value !== null && typeof value === "object" && !Array.isArray(value);

/** Two bodies in one: where both have a value it is the second's, and objects are laid together. */
function merged(base: Body, more: Body): Body {
  if (!isObject(base) || !isObject(more)) return more ?? base;
  return Object.fromEntries([...new Set([...Object.keys(base), ...Object.keys(more)])].map((key) => [key, merged(base[key], more[key])]));
}

/** The tests that each of the operations answers to every criterion, operator and sort that the document says it takes. */
export function walkFilters(walked: readonly Operation[]): void {
  describe("every criterion and sort of", () => {
    let me: Client;
    let world: World;

    beforeAll(async () => {
      me = await newTenant();
      world = await populate(me);
    });

    it.each(walked.map((operation) => [operation.name, operation] as const))("%s is taken", async (_, operation) => {
      const refused: [Body, number, Body][] = [];
      for (const body of [{}, ...bodiesOf(operation)]) {
        const answer = await me.call(operation.method, pathOf(world, operation), merged(bodyOf(world, operation), body));
        if (answer.status !== 200) refused.push([body, answer.status, answer.body]);
        if (answer.cost.roundTrips > 1) refused.push([body, answer.cost.roundTrips, "round trips"]);
      }
      expect(refused).toEqual([]);
    });
  });
}
