import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import type { Hydrated, HydratedObject } from "../placeholder.ts";
import { compileRegex } from "../python/regex.ts";
import { repr } from "../python/repr.ts";
import { compareText } from "../python/text.ts";
import { asNumber, has, isObject, show } from "./instance.ts";
import type { Keyword } from "./validator.ts";
import type { Violation } from "./violation.ts";

const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
const entriesOf = (value: Json | undefined): [string, Json][] => (isJsonObject(value) ? Object.entries(value) : []);
const searches = (pattern: string, text: string) => compileRegex(pattern)?.test(text) ?? false;

/** `a`, `b` were / `a` was: the values that should not be there, for a message. */
export function extras(values: readonly Hydrated[]): string {
  return `${values.map(show).join(", ")} ${values.length === 1 ? "was" : "were"}`;
}

/** The properties that neither `properties` nor `patternProperties` of the schema speak of. */
function additional(instance: HydratedObject, schema: JsonObject): string[] {
  const { properties } = schema;
  const patterns = entriesOf(schema.patternProperties).map(([pattern]) => pattern);
  return Object.keys(instance).filter((name) => {
    return !(isJsonObject(properties) && Object.hasOwn(properties, name)) && !patterns.some((pattern) => searches(pattern, name));
  });
}

/** The violations of every branch up to the first that accepts, whose index comes along. */
function firstAccepted(branches: Json[], violationsOf: (branch: Json) => Iterable<Violation>): { context: Violation[]; index: number } {
  const context: Violation[] = [];
  for (const [index, branch] of branches.entries()) {
    const violations = [...violationsOf(branch)];
    if (violations.length === 0) return { context, index };
    context.push(...violations);
  }
  return { context, index: -1 };
}

const reference: Keyword = function* (validator, value, instance) {
  if (typeof value !== "string") return;
  const { schema, resolver } = validator.lookup(value);
  yield* validator.descend(instance, schema, undefined, resolver);
};

/** Keywords of draft 2020-12 that apply schemas to a value or what is in it. */
export const applicators: Readonly<Record<string, Keyword>> = {
  $ref: reference,
  $dynamicRef: reference,

  *properties(validator, value, instance) {
    if (!isObject(instance)) return;
    for (const [name, schema] of entriesOf(value)) {
      if (has(instance, name)) yield* validator.descend(instance[name] ?? null, schema, name);
    }
  },

  *patternProperties(validator, value, instance) {
    if (!isObject(instance)) return;
    for (const [pattern, schema] of entriesOf(value)) {
      for (const [name, item] of Object.entries(instance)) if (searches(pattern, name)) yield* validator.descend(item, schema, name);
    }
  },

  *additionalProperties(validator, value, instance, schema) {
    if (!isObject(instance)) return;
    const names = additional(instance, schema);
    if (isJsonObject(value)) {
      for (const name of names) yield* validator.descend(instance[name] ?? null, value, name);
    } else if (value === false && names.length > 0) {
      names.sort(compareText);
      if ("patternProperties" in schema) {
        const patterns = entriesOf(schema.patternProperties).map(([pattern]) => pattern);
        const listed = patterns.sort(compareText).map(repr).join(", ");
        const verb = names.length === 1 ? "does" : "do";
        yield { message: `${names.map(repr).join(", ")} ${verb} not match any of the regexes: ${listed}` };
      } else {
        yield { message: `Additional properties are not allowed (${extras(names)} unexpected)` };
      }
    }
  },

  *propertyNames(validator, value, instance) {
    if (isObject(instance)) for (const name of Object.keys(instance)) yield* validator.descend(name, value);
  },

  *dependentSchemas(validator, value, instance) {
    if (!isObject(instance)) return;
    for (const [name, schema] of entriesOf(value)) if (has(instance, name)) yield* validator.descend(instance, schema);
  },

  *prefixItems(validator, value, instance) {
    if (!Array.isArray(instance)) return;
    for (const [index, schema] of list(value).slice(0, instance.length).entries()) {
      yield* validator.descend(instance[index] ?? null, schema, index);
    }
  },

  *items(validator, value, instance, schema) {
    if (!Array.isArray(instance)) return;
    const prefix = list(schema.prefixItems).length;
    const rest = instance.slice(prefix);
    if (rest.length === 0) return;
    if (value === false) {
      const found = rest.length === 1 ? show(rest[0] ?? null) : show(rest);
      yield { message: `Expected at most ${prefix} ${prefix === 1 ? "item" : "items"} but found ${rest.length} extra: ${found}` };
    } else {
      for (const [index, item] of rest.entries()) yield* validator.descend(item, value, prefix + index);
    }
  },

  *contains(validator, value, instance, schema) {
    if (!Array.isArray(instance)) return;
    const least = asNumber(schema.minContains ?? 1) ?? 1;
    const most = asNumber(schema.maxContains ?? instance.length) ?? instance.length;
    let matches = 0;
    for (const item of instance) {
      if (validator.accepts(item, value)) matches++;
      if (matches > most) {
        yield { message: `Too many items match the given schema (expected at most ${most})`, keyword: "maxContains" };
        return;
      }
    }
    if (matches >= least) return;
    if (matches === 0) yield { message: `${show(instance)} does not contain items matching the given schema` };
    else {
      const counts = `expected at least ${least} but only ${matches} matched`;
      yield { message: `Too few items match the given schema (${counts})`, keyword: "minContains" };
    }
  },

  *allOf(validator, value, instance) {
    for (const schema of list(value)) yield* validator.descend(instance, schema);
  },

  *anyOf(validator, value, instance) {
    const { context, index } = firstAccepted(list(value), (schema) => validator.descend(instance, schema));
    if (index < 0) yield { message: `${show(instance)} is not valid under any of the given schemas`, context };
  },

  *oneOf(validator, value, instance) {
    const schemas = list(value);
    const { context, index } = firstAccepted(schemas, (schema) => validator.descend(instance, schema));
    if (index < 0) yield { message: `${show(instance)} is not valid under any of the given schemas`, context };
    const more = schemas.slice(index + 1).filter((schema) => index >= 0 && validator.accepts(instance, schema));
    if (more.length === 0) return;
    const accepting = [...more, schemas[index] ?? null].map(repr).join(", ");
    yield { message: `${show(instance)} is valid under each of ${accepting}` };
  },

  *not(validator, value, instance) {
    if (validator.accepts(instance, value)) yield { message: `${show(instance)} should not be valid under ${repr(value)}` };
  },

  *if(validator, value, instance, schema) {
    const branch = schema[validator.accepts(instance, value) ? "then" : "else"];
    if (branch !== undefined) yield* validator.descend(instance, branch);
  },
};
