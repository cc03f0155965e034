import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { repr } from "../python/repr.ts";
import { extras } from "./applicators.ts";
import { asNumber, has, isObject, show } from "./instance.ts";
import type { Keyword } from "./validator.ts";

const tupleOf = (schema: JsonObject): Json[] => (Array.isArray(schema.items) ? schema.items : []);

/** What drafts 4 to 7 mean by keywords that 2020-12 changed or dropped. */
export const legacyApplicators: Readonly<Record<string, Keyword>> = {
  *items(validator, value, instance) {
    if (!Array.isArray(instance)) return;
    for (const [index, item] of instance.entries()) {
      const schema = Array.isArray(value) ? value[index] : value;
      if (schema !== undefined) yield* validator.descend(item, schema, index);
    }
  },

  *additionalItems(validator, value, instance, schema) {
    if (!Array.isArray(instance) || schema.items === undefined || isJsonObject(schema.items)) return;
    const known = tupleOf(schema).length;
    const rest = instance.slice(known);
    if (isJsonObject(value)) {
      for (const [index, item] of rest.entries()) yield* validator.descend(item, value, known + index);
    } else if (value === false && rest.length > 0) {
      yield { message: `Additional items are not allowed (${extras(rest)} unexpected)` };
    }
  },

  *dependencies(validator, value, instance) {
    if (!isObject(instance) || !isJsonObject(value)) return;
    for (const [name, dependency] of Object.entries(value)) {
      if (!has(instance, name)) continue;
      if (!Array.isArray(dependency)) yield* validator.descend(instance, dependency);
      else {
        const missing = dependency.filter((each) => typeof each === "string" && !has(instance, each));
        for (const each of missing) yield { message: `${repr(each)} is a dependency of ${repr(name)}` };
      }
    }
  },
};

/** `contains` of drafts 6 and 7, which does not count. */
export const legacyContains: Readonly<Record<string, Keyword>> = {
  *contains(validator, value, instance) {
    if (!Array.isArray(instance) || instance.some((item) => validator.accepts(item, value))) return;
    yield { message: `None of ${show(instance)} are valid under the given schema` };
  },
};

/** A bound of draft 4, where the exclusive keyword is a flag beside it. */
function flagged(flag: string, sign: 1 | -1, word: string, name: string): Keyword {
  return function* (_validator, value, instance, schema) {
    const [limit, number] = [asNumber(value), asNumber(instance)];
    if (limit === undefined || number === undefined) return;
    const isExclusive = schema[flag] === true;
    const beyond = sign > 0 ? number > limit : number < limit;
    const within = sign > 0 ? number < limit : number > limit;
    if (beyond || (isExclusive && !within)) {
      yield { message: `${show(instance)} is ${word} than ${isExclusive ? "or equal to " : ""}the ${name} of ${repr(value)}` };
    }
  };
}

export const draft4Bounds: Readonly<Record<string, Keyword>> = {
  minimum: flagged("exclusiveMinimum", -1, "less", "minimum"),
  maximum: flagged("exclusiveMaximum", 1, "greater", "maximum"),
};
