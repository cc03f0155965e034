import { isJsonObject } from "../../json.ts";
import { type Hydrated, type HydratedObject, Placeholder } from "../placeholder.ts";
import { isJsonNumber, isPythonInteger, type JsonNumber, numberValue } from "../python/number.ts";
import { repr } from "../python/repr.ts";
import { compareText } from "../python/text.ts";

export function isObject(value: Hydrated): value is HydratedObject {
  return isJsonObject(value) && !(value instanceof Placeholder);
}

/** The type of JSON Schema that a value has; a placeholder has none. Integers are told apart by `isInteger`. */
export function schemaType(value: Hydrated): "null" | "boolean" | "string" | "number" | "array" | "object" | undefined {
  if (value === null) return "null";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "string") return "string";
  if (isJsonNumber(value)) return "number";
  if (Array.isArray(value)) return "array";
  return value instanceof Placeholder ? undefined : "object";
}

/** Whether a number is an integer; `1.0` is one only for drafts in which integral floats are. */
export function isInteger(value: JsonNumber, integralFloats: boolean): boolean {
  return isPythonInteger(value) || (integralFloats && Number.isInteger(Number(numberValue(value))));
}

/**
 * A text that two values share exactly when JSON Schema calls them equal: `1` and `1.0` are, `1` and `true` are not,
 * the order of keys does not count.
 */
export function equalityKey(value: Hydrated): string {
  if (isJsonNumber(value)) {
    const number = numberValue(value);
    return Number.isInteger(number) ? BigInt(number).toString() : String(number);
  }
  if (Array.isArray(value)) return `[${value.map(equalityKey).join(",")}]`;
  if (!isObject(value)) return value instanceof Placeholder ? `<${value.name}>` : JSON.stringify(value);
  const keys = Object.keys(value).sort(compareText);
  return `{${keys.map((key) => `${JSON.stringify(key)}:${equalityKey(value[key] ?? null)}`).join(",")}}`;
}

/** The value as Python's `repr` writes it, for messages. */
export function show(value: Hydrated): string {
  if (value instanceof Placeholder) return value.error === undefined ? `<${value.name}>` : `${value.name}()`;
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (!isObject(value)) return repr(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${repr(key)}: ${show(item)}`)
    .join(", ")}}`;
}

/** A number's value, or undefined for anything that is no number. */
export function asNumber(value: Hydrated): number | bigint | undefined {
  return isJsonNumber(value) ? numberValue(value) : undefined;
}

/** Whether an object has a key of its own. */
export function has(object: HydratedObject, key: string): boolean {
  return Object.hasOwn(object, key);
}
