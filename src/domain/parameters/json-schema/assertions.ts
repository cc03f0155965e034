import { isJsonObject, type Json } from "../../json.ts";
import type { Hydrated } from "../placeholder.ts";
import { isJsonNumber, isPythonInteger, type JsonNumber, numberText, numberValue } from "../python/number.ts";
import { compileRegex } from "../python/regex.ts";
import { repr } from "../python/repr.ts";
import { textLength } from "../python/text.ts";
import { formatProblem } from "./formats.ts";
import { asNumber, equalityKey, has, isObject, show } from "./instance.ts";
import type { Keyword } from "./validator.ts";

/** A keyword that compares a number with a bound. */
function bound(fails: (number: number | bigint, bound: number | bigint) => boolean, words: string): Keyword {
  return function* (_validator, value, instance) {
    const [limit, number] = [asNumber(value), asNumber(instance)];
    if (limit === undefined || number === undefined || !fails(number, limit)) return;
    yield { message: `${show(instance)} is ${words} of ${repr(value)}` };
  };
}

/** The number of characters, items or properties of a value of the given type. */
const sizes = {
  string: (instance: Hydrated) => (typeof instance === "string" ? textLength(instance) : undefined),
  array: (instance: Hydrated) => (Array.isArray(instance) ? instance.length : undefined),
  object: (instance: Hydrated) => (isObject(instance) ? Object.keys(instance).length : undefined),
};

function minSize(type: keyof typeof sizes, words: string): Keyword {
  return function* (_validator, value, instance) {
    const [size, limit] = [sizes[type](instance), asNumber(value)];
    if (size === undefined || limit === undefined || size >= limit) return;
    yield { message: `${show(instance)} ${Number(limit) === 1 ? "should be non-empty" : words}` };
  };
}

function maxSize(type: keyof typeof sizes, words: string): Keyword {
  return function* (_validator, value, instance) {
    const [size, limit] = [sizes[type](instance), asNumber(value)];
    if (size === undefined || limit === undefined || size <= limit) return;
    yield { message: `${show(instance)} ${Number(limit) === 0 ? "is expected to be empty" : words}` };
  };
}

/** Whether a number is a whole multiple, by Python's arithmetic: that of doubles as soon as the divisor is a float. */
function isMultiple(value: JsonNumber, divisor: JsonNumber): boolean {
  const [number, by] = [numberValue(value), numberValue(divisor)];
  if (!isPythonInteger(divisor)) return Number.isInteger(Number(number) / Number(by));
  return isPythonInteger(value) ? BigInt(number) % BigInt(by) === 0n : Number(number) % Number(by) === 0;
}

const texts = (value: Json) => (Array.isArray(value) ? value.filter((item) => typeof item === "string") : []);

/** Keywords that look at a value without going into it. */
export const assertions: Readonly<Record<string, Keyword>> = {
  *type(validator, value, instance) {
    const types = texts(Array.isArray(value) ? value : [value]);
    if (types.some((type) => validator.hasType(instance, type))) return;
    yield { message: `${show(instance)} is not of type ${types.map(repr).join(", ")}` };
  },

  *enum(_validator, value, instance) {
    const key = equalityKey(instance);
    if (Array.isArray(value) && value.some((item) => equalityKey(item) === key)) return;
    yield { message: `${show(instance)} is not one of ${repr(value)}` };
  },

  *const(_validator, value, instance) {
    if (equalityKey(instance) !== equalityKey(value)) yield { message: `${repr(value)} was expected` };
  },

  minimum: bound((number, limit) => number < limit, "less than the minimum"),
  maximum: bound((number, limit) => number > limit, "greater than the maximum"),
  exclusiveMinimum: bound((number, limit) => number <= limit, "less than or equal to the minimum"),
  exclusiveMaximum: bound((number, limit) => number >= limit, "greater than or equal to the maximum"),

  *multipleOf(_validator, value, instance) {
    if (!isJsonNumber(value) || !isJsonNumber(instance) || Number(numberValue(value)) === 0 || isMultiple(instance, value)) return;
    yield { message: `${show(instance)} is not a multiple of ${numberText(value)}` };
  },

  minLength: minSize("string", "is too short"),
  maxLength: maxSize("string", "is too long"),
  minItems: minSize("array", "is too short"),
  maxItems: maxSize("array", "is too long"),
  minProperties: minSize("object", "does not have enough properties"),
  maxProperties: maxSize("object", "has too many properties"),

  *pattern(_validator, value, instance) {
    if (typeof instance !== "string" || typeof value !== "string" || compileRegex(value)?.test(instance)) return;
    yield { message: `${show(instance)} does not match ${repr(value)}` };
  },

  *format(validator, value, instance) {
    if (!validator.checksFormats || typeof instance !== "string" || typeof value !== "string") return;
    if (!formatProblem(value, instance)) return;
    yield { message: `${show(instance)} is not a ${repr(value)}` };
  },

  *uniqueItems(_validator, value, instance) {
    if (value !== true || !Array.isArray(instance) || new Set(instance.map(equalityKey)).size === instance.length) return;
    yield { message: `${show(instance)} has non-unique elements` };
  },

  *required(_validator, value, instance) {
    if (!isObject(instance)) return;
    for (const name of texts(value)) if (!has(instance, name)) yield { message: `${repr(name)} is a required property` };
  },

  *dependentRequired(_validator, value, instance) {
    if (!isObject(instance) || !isJsonObject(value)) return;
    for (const [name, dependency] of Object.entries(value)) {
      if (!has(instance, name)) continue;
      for (const each of texts(dependency)) {
        if (!has(instance, each)) yield { message: `${repr(each)} is a dependency of ${repr(name)}` };
      }
    }
  },
};
