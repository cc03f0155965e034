import { isJsonObject, type JsonObject } from "../json.ts";

/** A copy without the named key at any depth of objects; what is in arrays stays (`collections.remove_nested_keys`). */
export function removeNestedKey(key: string, object: JsonObject): JsonObject {
  const kept = Object.entries(object).filter(([name]) => name !== key);
  return Object.fromEntries(kept.map(([name, value]) => [name, isJsonObject(value) ? removeNestedKey(key, value) : value]));
}
