import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { isTruthy } from "../parameters/python/truth.ts";

const PREFIX = "#/definitions/";

/** Every `$ref` text in a schema, at any depth, in order (`blocks.core._collect_nested_reference_strings`). */
export function collectReferences(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap(collectReferences);
  if (!isJsonObject(value)) return [];
  const own = typeof value.$ref === "string" && value.$ref !== "" ? [value.$ref] : [];
  return [...own, ...Object.values(value).flatMap(collectReferences)];
}

/** The key in `definitions` that a `$ref` text names. */
export function definitionKey(reference: string): string {
  return reference.replaceAll(PREFIX, "");
}

/**
 * The definitions that a schema refers to and that are no blocks, by key. `fields` must hold `definitions`, so that references
 * from one definition to another count (`blocks.core._get_non_block_reference_definitions`).
 */
function plainDefinitions(fields: JsonObject, definitions: JsonObject): JsonObject {
  const keys = new Set(collectReferences(fields).map(definitionKey));
  return Object.fromEntries(
    [...keys].flatMap((key) => {
      const definition = Object.hasOwn(definitions, key) ? definitions[key] : undefined;
      const isPlain = isTruthy(definition) && isJsonObject(definition) && (definition.block_type_slug ?? null) === null;
      return isPlain ? [[key, definition] as const] : [];
    }),
  );
}

/** A schema's fields with only the definitions that are no blocks; without any, the key goes too. `{}` and null stay. */
export function withPlainDefinitions(fields: JsonObject): JsonObject {
  const { definitions, ...rest } = fields;
  if (!isTruthy(definitions)) return fields;
  const plain = isJsonObject(definitions) ? plainDefinitions(fields, definitions) : {};
  return Object.keys(plain).length > 0 ? { ...rest, definitions: plain } : rest;
}
