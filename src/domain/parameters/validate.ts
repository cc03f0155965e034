import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { type Dialect, DRAFT4, DRAFT202012, dialectOf } from "./json-schema/dialects.ts";
import { metaschema, UnresolvableReference } from "./json-schema/references.ts";
import { CircularReference, Validator } from "./json-schema/validator.ts";
import { bestMatch, failureText, type Violation } from "./json-schema/violation.ts";
import { removeNestedKey } from "./nested-keys.ts";
import type { Hydrated } from "./placeholder.ts";

/** A schema that cannot be used: it does not obey its metaschema, or a reference leads in circles or nowhere. */
export class InvalidSchema extends Error {}

export interface ValidationOptions {
  /** Drop every key named `required` first. */
  ignoreRequired?: boolean;
  /** Take null for an optional property even if it has a default. */
  allowNoneWithDefault?: boolean;
}

/**
 * Repairs what pydantic v1 writes into schemas but draft 2020-12 understands otherwise, in `properties` and in the properties
 * of `definitions`: optional properties without default take null, tuples become `prefixItems`. Gives a copy.
 * As in the reference (`schema_tools.validation.process_properties`) the required names of a nested object go on to hold for
 * the properties after it.
 */
export function preprocessSchema(schema: JsonObject, allowNoneWithDefault = false): JsonObject {
  const copy = { ...schema };
  if (isJsonObject(copy.properties)) copy.properties = processProperties(copy, allowNoneWithDefault);
  if (isJsonObject(copy.definitions)) {
    copy.definitions = mapValues(copy.definitions, (definition) => {
      if (!isJsonObject(definition) || !isJsonObject(definition.properties)) return definition;
      return { ...definition, properties: processProperties(definition, allowNoneWithDefault) };
    });
  }
  return copy;
}

function processProperties(parent: JsonObject, allowNoneWithDefault: boolean): JsonObject {
  let required = parent.required ?? [];
  return mapValues(isJsonObject(parent.properties) ? parent.properties : {}, (property, name) => {
    if (!isJsonObject(property)) return property;
    const isRequired = Array.isArray(required) && required.includes(name);
    const copy = withTuple(isRequired ? property : withNull(property, allowNoneWithDefault));
    if (!isJsonObject(copy.properties)) return copy;
    required = copy.required ?? [];
    return { ...copy, properties: processProperties(copy, false) };
  });
}

function withNull(schema: JsonObject, allowNoneWithDefault: boolean): JsonObject {
  const { type, ...rest } = schema;
  if (type === undefined || type === "null" || ("default" in schema && !allowNoneWithDefault)) return schema;
  return { ...rest, anyOf: [{ type }, { type: "null" }] };
}

function withTuple(schema: JsonObject): JsonObject {
  const { items, ...rest } = schema;
  if (!Array.isArray(items) || items.length === 0 || isFilled(schema.prefixItems)) return schema;
  return { ...rest, prefixItems: items };
}

const isFilled = (value: Json | undefined) => Array.isArray(value) && value.length > 0;

function mapValues(object: JsonObject, change: (value: Json, key: string) => Json): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]));
}

/** What is first wrong with a schema by the metaschema of a dialect; undefined if nothing is. Formats are asserted. */
function metaschemaProblem(schema: Json, dialect: Dialect): string | undefined {
  for (const violation of Validator.validate(schema, metaschema(dialect.uri), dialect, true)) return violation.message;
  return undefined;
}

/** What is wrong with a schema by draft 4, which comes closest to what pydantic v1 writes; undefined if nothing is. */
export function draft4Problem(schema: Json): string | undefined {
  return metaschemaProblem(schema, DRAFT4);
}

/** Throws InvalidSchema if a schema does not obey draft 2020-12. */
export function requireValidSchema(schema: Json): void {
  const problem = metaschemaProblem(schema, DRAFT202012);
  if (problem !== undefined) throw new InvalidSchema(`Invalid schema: ${problem}`);
}

/**
 * Every violation of values against a schema (as it is: see `preprocessSchema`), formats included, in the reference's order.
 * Throws InvalidSchema for references that lead in circles or nowhere.
 */
export function violationsOf(values: Hydrated, schema: JsonObject, options: Pick<ValidationOptions, "ignoreRequired"> = {}): Violation[] {
  return resolving(() => [...Validator.validate(values, forValidation(schema, options), DRAFT202012, true)]);
}

/**
 * Prefect's sentence for what is most wrong with values against a schema of draft 2020-12, repaired first; undefined if nothing
 * is. Formats are not asserted. Throws InvalidSchema (Prefect: `validate(…, raise_on_error=True)`).
 */
export function validationFailure(values: Json, schema: JsonObject, options: ValidationOptions = {}): string | undefined {
  const repaired = forValidation(preprocessSchema(schema, options.allowNoneWithDefault), options);
  requireValidSchema(repaired);
  return failure(values, repaired, DRAFT202012);
}

/**
 * The same for the values that a deployment is created with: in the dialect that the schema names, not repaired, without
 * `required` (Prefect: `validate_values_conform_to_schema`).
 */
export function conformanceFailure(values: Json, schema: JsonObject): string | undefined {
  const relaxed = forValidation(schema, { ignoreRequired: true });
  const dialect = dialectOf(relaxed, DRAFT202012);
  const problem = metaschemaProblem(relaxed, dialect);
  if (problem !== undefined) return `The provided schema is not a valid json schema. Schema error: ${problem}`;
  return failure(values, relaxed, dialect);
}

function failure(values: Json, schema: JsonObject, dialect: Dialect): string | undefined {
  const violation = resolving(() => bestMatch(Validator.validate(values, schema, dialect, false)));
  return violation && failureText(violation);
}

function forValidation(schema: JsonObject, { ignoreRequired = false }: ValidationOptions): JsonObject {
  return ignoreRequired ? removeNestedKey("required", schema) : schema;
}

/** Runs a validation; references that lead in circles or nowhere make the schema invalid. */
function resolving<T>(validate: () => T): T {
  try {
    return validate();
  } catch (error) {
    if (error instanceof CircularReference || error instanceof UnresolvableReference)
      throw new InvalidSchema(`Invalid schema: ${error.message}`);
    throw error;
  }
}
