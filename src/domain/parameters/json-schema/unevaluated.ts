import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import type { Hydrated, HydratedObject } from "../placeholder.ts";
import { compileRegex } from "../python/regex.ts";
import { compareText } from "../python/text.ts";
import { extras } from "./applicators.ts";
import { has, isObject } from "./instance.ts";
import type { Keyword, Validator } from "./validator.ts";

const branches = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

/** The subschemas that a schema applies to the same value and that hold for it, with the validator that sees them. */
function* inPlace(validator: Validator, instance: Hydrated, schema: JsonObject): Iterable<[Validator, Json]> {
  for (const keyword of ["$ref", "$dynamicRef"]) {
    const reference = schema[keyword];
    if (typeof reference !== "string") continue;
    const resolved = validator.lookup(reference);
    yield [validator.at(resolved), resolved.schema];
  }
  for (const keyword of ["allOf", "oneOf", "anyOf"]) {
    for (const branch of branches(schema[keyword])) if (validator.accepts(instance, branch)) yield [validator, branch];
  }
  const condition = schema.if;
  if (condition !== undefined) {
    const holds = validator.accepts(instance, condition);
    if (holds) yield [validator, condition];
    const branch = schema[holds ? "then" : "else"];
    if (branch !== undefined) yield [validator, branch];
  }
}

/** The indexes of items that a schema speaks of. */
function evaluatedItems(validator: Validator, instance: Hydrated[], schema: Json): Set<number> {
  const evaluated = new Set<number>();
  if (!isJsonObject(schema)) return evaluated;
  if ("items" in schema) return new Set(instance.keys());
  for (const index of branches(schema.prefixItems).keys()) evaluated.add(index);
  for (const keyword of ["contains", "unevaluatedItems"]) {
    const subschema = schema[keyword];
    if (subschema === undefined) continue;
    for (const [index, item] of instance.entries()) if (validator.accepts(item, subschema)) evaluated.add(index);
  }
  for (const [inner, subschema] of inPlace(validator, instance, schema)) {
    for (const index of evaluatedItems(inner, instance, subschema)) evaluated.add(index);
  }
  return evaluated;
}

/** The names of properties that a schema speaks of. */
function evaluatedProperties(validator: Validator, instance: HydratedObject, schema: Json): Set<string> {
  const evaluated = new Set<string>();
  if (!isJsonObject(schema)) return evaluated;
  const { properties, patternProperties, dependentSchemas } = schema;
  for (const name of Object.keys(instance)) if (isJsonObject(properties) && Object.hasOwn(properties, name)) evaluated.add(name);
  for (const keyword of ["additionalProperties", "unevaluatedProperties"]) {
    const subschema = schema[keyword];
    if (subschema === undefined || subschema === null) continue;
    for (const [name, item] of Object.entries(instance)) if (validator.accepts(item, subschema)) evaluated.add(name);
  }
  for (const pattern of isJsonObject(patternProperties) ? Object.keys(patternProperties) : []) {
    for (const name of Object.keys(instance)) if (compileRegex(pattern)?.test(name)) evaluated.add(name);
  }
  const inner = [...inPlace(validator, instance, schema)];
  for (const [name, subschema] of isJsonObject(dependentSchemas) ? Object.entries(dependentSchemas) : []) {
    if (has(instance, name)) inner.push([validator, subschema]);
  }
  for (const [within, subschema] of inner) for (const name of evaluatedProperties(within, instance, subschema)) evaluated.add(name);
  return evaluated;
}

/** Keywords that look at what no other keyword spoke of. */
export const unevaluated: Readonly<Record<string, Keyword>> = {
  *unevaluatedItems(validator, _value, instance, schema) {
    if (!Array.isArray(instance)) return;
    const evaluated = evaluatedItems(validator, instance, schema);
    const rest = instance.filter((_item, index) => !evaluated.has(index));
    if (rest.length > 0) yield { message: `Unevaluated items are not allowed (${extras(rest)} unexpected)` };
  },

  *unevaluatedProperties(validator, value, instance, schema) {
    if (!isObject(instance)) return;
    const evaluated = evaluatedProperties(validator, instance, schema);
    // One mention for each violation, as the reference has it.
    const names = Object.entries(instance).flatMap(([name, item]) => {
      return evaluated.has(name) ? [] : [...validator.descend(item, value)].map(() => name);
    });
    if (names.length === 0) return;
    if (value === false) {
      yield { message: `Unevaluated properties are not allowed (${extras(names.sort(compareText))} unexpected)` };
    } else {
      yield { message: `Unevaluated properties are not valid under the given schema (${extras(names)} unevaluated and invalid)` };
    }
  },
};
