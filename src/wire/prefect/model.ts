import { z } from "@hono/zod-openapi";
import { canonicalUuid } from "../../domain/ids.ts";
import { isJsonObject, isRawNumber, type Json, type JsonObject } from "../../domain/json.ts";
import { floatText, isJsonNumber, numberText } from "../../domain/parameters/python/number.ts";
import { reprText } from "../../domain/parameters/python/repr.ts";
import { parseAnchor } from "../../domain/schedules/anchor.ts";
import { type Micros, parseTime } from "../../domain/time.ts";

/**
 * Fields as pydantic v1 reads them, which is how Prefect 2.20 reads every request: what it coerces, what it refuses, and
 * the message, type and place of each error. Each function gives a zod schema that documents itself in OpenAPI.
 */

/** The `params` of a zod issue that carries a pydantic error. */
export interface PydanticError {
  type: string;
  ctx?: Record<string, unknown>;
}

type Fail = (msg: string, type: string, ctx?: Record<string, unknown>, path?: (string | number)[]) => typeof z.NEVER;
type Documentation = Record<string, unknown>;
interface Problem {
  msg: string;
  type: string;
}

const NONE: Problem = { msg: "none is not an allowed value", type: "type_error.none.not_allowed" };

/** What OpenAPI says of each field, for those that are made of it. */
const documentations = new WeakMap<z.ZodType, Documentation>();

/**
 * A zod schema from a plain reading function. Absence and null are answered here, as pydantic answers them: null with the
 * problem `none`, or like any other value when that is null.
 */
export function field<T>(read: (value: Json, fail: Fail) => T, documentation: Documentation, none: Problem | null = NONE) {
  const schema = z
    .unknown()
    .transform((value, context): T => {
      const fail: Fail = (message, type, ctx, path = []) => {
        context.addIssue({ code: "custom", message, path, params: { type, ...(ctx ? { ctx } : {}) } satisfies PydanticError });
        return z.NEVER;
      };
      if (value === undefined) return fail("field required", "value_error.missing");
      if (value === null && none) return fail(none.msg, none.type);
      return read(value as Json, fail);
    })
    .openapi(documentation as Parameters<z.ZodType["openapi"]>[1] & object);
  documentations.set(schema, documentation);
  return schema;
}

/** The text pydantic makes of a scalar (Python's `str`); undefined for what it refuses. */
function asText(value: Json): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "True" : "False";
  return isJsonNumber(value) ? numberText(value) : undefined;
}

export interface TextRules {
  maxLength?: number;
  minLength?: number;
  /** A regular expression the text must match, written as in Python. */
  pattern?: string;
  /** A rule of Prefect's own, asked last: what is wrong with the text, if anything is. */
  check?: (text: string) => Problem | undefined;
  /** The regular expression that `check` stands for, for OpenAPI alone. */
  documentedPattern?: string;
  /** What is wrong with null, where it is not pydantic that says so. */
  none?: Problem;
}

/** `str`: numbers and booleans become text. Lengths count code points, as Python does. */
export function text(rules: TextRules = {}) {
  const pattern = rules.pattern === undefined ? undefined : new RegExp(rules.pattern, "u");
  return field<string>(
    (value, fail) => {
      const result = asText(value);
      if (result === undefined) return fail("str type expected", "type_error.str");
      const length = rules.maxLength === undefined && rules.minLength === undefined ? 0 : [...result].length;
      if (rules.minLength !== undefined && length < rules.minLength) {
        return fail(`ensure this value has at least ${rules.minLength} characters`, "value_error.any_str.min_length", {
          limit_value: rules.minLength,
        });
      }
      if (rules.maxLength !== undefined && length > rules.maxLength) {
        return fail(`ensure this value has at most ${rules.maxLength} characters`, "value_error.any_str.max_length", {
          limit_value: rules.maxLength,
        });
      }
      if (pattern && !pattern.test(result)) {
        return fail(`string does not match regex "${rules.pattern}"`, "value_error.str.regex", { pattern: rules.pattern });
      }
      const problem = rules.check?.(result);
      return problem ? fail(problem.msg, problem.type) : result;
    },
    {
      type: "string",
      ...(rules.maxLength === undefined ? {} : { maxLength: rules.maxLength }),
      ...(rules.minLength === undefined ? {} : { minLength: rules.minLength }),
      ...((rules.pattern ?? rules.documentedPattern) === undefined ? {} : { pattern: rules.pattern ?? rules.documentedPattern }),
    },
    rules.none,
  );
}

/** A name of a flow, deployment, pool, queue, block type or limit: no `/ % & > <`. */
export const name = (rules: TextRules = {}) => text({ ...rules, check: bannedCharacter, documentedPattern: "^[^/%&><]*$" });

/** What is wrong with a name that has a banned character. */
export function bannedCharacter(given: string): Problem | undefined {
  if (!/[/%&><]/.test(given)) return undefined;
  return {
    msg: `Name ${reprText(given)} contains an invalid character. Must not contain any of: ['/', '%', '&', '>', '<'].`,
    type: "value_error.invalidname",
  };
}

/** Names of block documents, block type slugs, artifact keys, flow-run input keys. */
export const DASHED = "^[a-z0-9-]*$";
/** Names of variables. */
export const UNDERSCORED = "^[a-z0-9_]*$";

/** A text of lower-case letters, digits and dashes (or underscores): Prefect's `raise_on_name_alphanumeric_*_only`. */
export function slug(separator: "-" | "_", kind: string, rules: Pick<TextRules, "maxLength" | "none"> = {}) {
  const pattern = separator === "-" ? DASHED : UNDERSCORED;
  const problem = `${kind} must only contain lowercase letters, numbers, and ${separator === "-" ? "dashes" : "underscores"}.`;
  return text({
    ...rules,
    check: (result) => (new RegExp(pattern).test(result) ? undefined : { msg: problem, type: "value_error" }),
    documentedPattern: pattern,
  });
}

export interface NumberRules {
  ge?: number;
  gt?: number;
  le?: number;
}

function outOfBounds(value: number, rules: NumberRules, fail: Fail, show: (bound: number) => string = String): boolean {
  if (rules.gt !== undefined && !(value > rules.gt)) {
    fail(`ensure this value is greater than ${show(rules.gt)}`, "value_error.number.not_gt", { limit_value: rules.gt });
  } else if (rules.ge !== undefined && !(value >= rules.ge)) {
    fail(`ensure this value is greater than or equal to ${show(rules.ge)}`, "value_error.number.not_ge", { limit_value: rules.ge });
  } else if (rules.le !== undefined && !(value <= rules.le)) {
    fail(`ensure this value is less than or equal to ${show(rules.le)}`, "value_error.number.not_le", { limit_value: rules.le });
  } else return false;
  return true;
}

function numberDocumentation(type: "integer" | "number", rules: NumberRules): Documentation {
  return {
    type,
    ...(rules.ge === undefined ? {} : { minimum: rules.ge }),
    ...(rules.gt === undefined ? {} : { exclusiveMinimum: rules.gt }),
    ...(rules.le === undefined ? {} : { maximum: rules.le }),
  };
}

/** `int`: integers, numbers (cut), booleans and texts of digits. Whole numbers past 2^53 are refused: they could not be kept. */
export function integer(rules: NumberRules = {}) {
  return field<number>(
    (value, fail) => {
      let result: number;
      if (typeof value === "string") result = /^\s*[+-]?\d+(_\d+)*\s*$/.test(value) ? Number(value.replaceAll("_", "")) : Number.NaN;
      else if (isRawNumber(value)) result = Math.trunc(Number(value.rawJSON));
      else if (typeof value === "number" || typeof value === "boolean") result = Math.trunc(Number(value));
      else result = Number.NaN;
      if (!Number.isSafeInteger(result)) return fail("value is not a valid integer", "type_error.integer");
      return outOfBounds(result, rules, fail) ? z.NEVER : result + 0;
    },
    numberDocumentation("integer", rules),
  );
}

/** `float`: numbers, booleans and texts of numbers. */
export function float(rules: NumberRules = {}) {
  return field<number>(
    (value, fail) => {
      let result = Number.NaN;
      if (typeof value === "string")
        result = value.trim() === "" || /^\s*[+-]?0[xob]/i.test(value) ? Number.NaN : Number(value.replace(/(?<=\d)_(?=\d)/g, ""));
      else if (isRawNumber(value)) result = Number(value.rawJSON);
      else if (typeof value === "number" || typeof value === "boolean") result = Number(value);
      if (!Number.isFinite(result)) return fail("value is not a valid float", "type_error.float");
      return outOfBounds(result, rules, fail, floatText) ? z.NEVER : result;
    },
    numberDocumentation("number", rules),
  );
}

const TRUE = new Set(["1", "on", "t", "true", "y", "yes"]);
const FALSE = new Set(["0", "off", "f", "false", "n", "no"]);

/** `bool`: JSON booleans, 0 and 1, and the words pydantic knows. */
export function boolean() {
  return field<boolean>(
    (value, fail) => {
      if (typeof value === "boolean") return value;
      const word =
        typeof value === "object" && !isRawNumber(value)
          ? ""
          : String(Number.isNaN(Number(asText(value))) ? asText(value) : Number(asText(value)));
      const lower = typeof value === "string" ? value.toLowerCase() : word;
      if (TRUE.has(lower)) return true;
      if (FALSE.has(lower)) return false;
      return fail("value could not be parsed to a boolean", "type_error.bool");
    },
    { type: "boolean" },
  );
}

/** `UUID`, in any of Python's spellings; gives the canonical one. */
export function uuid() {
  return field<string>(
    (value, fail) => {
      const result = typeof value === "string" ? canonicalUuid(value) : undefined;
      return result ?? fail("value is not a valid uuid", "type_error.uuid");
    },
    { type: "string", format: "uuid" },
  );
}

/** Prefect's `DateTimeTZ`: the text of a time (see `parseTime`), of a time of today, or `now`. */
export function datetime() {
  return field<Micros>(
    (value, fail) => {
      if (typeof value !== "string") return fail("Unrecognized datetime.", "value_error");
      // What pendulum makes of nothing.
      if (value === "") return fail("year 0 is out of range", "value_error");
      return (
        parseTime(value) ?? parseAnchor(value, Date.now() * 1000)?.at ?? fail(`Unable to parse string [${value}]`, "value_error.parser")
      );
    },
    { type: "string", format: "date-time" },
  );
}

const CLOCK_DURATION = /^(?:(-?\d+) (?:days?, )?)?(?:(?:(-?\d+):)?(-?\d+):)?(-?\d+)(?:\.(\d{1,6})\d{0,6})?$/;
const ISO_DURATION = /^([+-]?)P(?!\b)(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** `timedelta`: seconds as a number, `[days] [HH:MM:]SS[.ffffff]` or ISO 8601; gives seconds. */
export function duration() {
  return field<number>(
    (value, fail) => {
      const input = asText(typeof value === "boolean" ? Number(value) : value);
      if (input === undefined) return fail("invalid type; expected timedelta, string, bytes, int or float", "type_error");
      const seconds = typeof value === "string" ? durationSeconds(input) : Number(input);
      return seconds ?? fail("invalid duration format", "value_error.duration");
    },
    { type: "number", format: "time-delta" },
  );
}

function durationSeconds(input: string): number | undefined {
  if (/^-?\d+(\.\d+)?$/.test(input)) return Number(input);
  const clock = CLOCK_DURATION.exec(input);
  if (clock) {
    const [days, hours, minutes, seconds] = [clock[1], clock[2], clock[3], clock[4]].map((part) => Number(part ?? 0)) as [
      number,
      number,
      number,
      number,
    ];
    return days * 86_400 + hours * 3600 + minutes * 60 + seconds + Number(`0.${clock[5] ?? "0"}`);
  }
  const iso = ISO_DURATION.exec(input);
  if (!iso) return undefined;
  const [days, hours, minutes, seconds] = iso.slice(2).map((part) => Number(part ?? 0)) as [number, number, number, number];
  return (iso[1] === "-" ? -1 : 1) * (days * 86_400 + hours * 3600 + minutes * 60 + seconds);
}

/** A Python enum: one of the texts. */
export function oneOf<const T extends readonly string[]>(...members: T) {
  const permitted = members.map((member) => `'${member}'`).join(", ");
  return field<T[number]>(
    (value, fail) => {
      if (typeof value === "string" && members.includes(value)) return value as T[number];
      return fail(`value is not a valid enumeration member; permitted: ${permitted}`, "type_error.enum", { enum_values: [...members] });
    },
    { type: "string", enum: [...members] },
  );
}

/** A Python `Literal`: one of the texts, with another error than an enum's. */
export function literal<const T extends readonly string[]>(...members: T) {
  const permitted = members.map((member) => `'${member}'`).join(", ");
  return field<T[number]>(
    (value, fail) => {
      if (typeof value === "string" && members.includes(value)) return value as T[number];
      return fail(`unexpected value; permitted: ${permitted}`, "value_error.const", { given: value, permitted: [...members] });
    },
    { type: "string", enum: [...members] },
  );
}

/** `List[item]`, with errors at their index. */
export function list<T extends z.ZodType>(item: T, rules: { minItems?: number } = {}) {
  const array = z.array(item);
  return rules.minItems === undefined ? array : array.min(rules.minItems);
}

/** `Dict[str, Any]`: free JSON. Pydantic takes an empty list for an empty dict. */
export function dict() {
  return field<JsonObject>((value, fail) => asDict(value) ?? fail("value is not a valid dict", "type_error.dict"), {
    type: "object",
    additionalProperties: true,
  });
}

/** `Dict[str, str]`. */
export function textDict() {
  return field<Record<string, string>>(
    (value, fail) => {
      const entries = asDict(value);
      if (!entries) return fail("value is not a valid dict", "type_error.dict");
      const result: Record<string, string> = {};
      for (const [key, entry] of Object.entries(entries)) {
        const read = entry === null ? undefined : asText(entry);
        if (read === undefined)
          fail(
            entry === null ? "none is not an allowed value" : "str type expected",
            entry === null ? "type_error.none.not_allowed" : "type_error.str",
            undefined,
            [key],
          );
        else result[key] = read;
      }
      return result;
    },
    { type: "object", additionalProperties: { type: "string" } },
  );
}

/** `Any`: every JSON value, null included. Absent is undefined. */
export function anything() {
  return z
    .unknown()
    .transform((value) => value as Json | undefined)
    .openapi({});
}

/**
 * `Optional[Union[Dict[str, Any], Any]]`: every JSON value; what can be a dict is one. A number by itself loses its text in Prefect's
 * table, which takes it for a number of its own.
 */
export function dictOrAnything() {
  return anything().transform((value) =>
    value === undefined ? undefined : (asDict(value) ?? (isRawNumber(value) ? Number(value.rawJSON) : value)),
  );
}

/** What Python's `dict` makes of a value: of an empty text and of a list of pairs (a key and a value each) too. */
export function asDict(value: Json): JsonObject | undefined {
  if (isJsonObject(value)) return value;
  if (value === "") return {};
  if (!Array.isArray(value)) return undefined;
  const pairs = value.map(pairOf);
  return pairs.every((pair) => pair !== undefined) ? Object.fromEntries(pairs) : undefined;
}

/** Two things in a row: of a list, the characters of a text, the keys of an object. */
function pairOf(value: Json): [string, Json] | undefined {
  if (value === null || typeof value === "boolean" || isJsonNumber(value)) return undefined;
  const [key, entry, ...others] = typeof value === "string" || Array.isArray(value) ? value : Object.keys(value);
  if (key === undefined || entry === undefined || others.length > 0) return undefined;
  const name = asText(key);
  return name === undefined ? undefined : [name, entry];
}

/**
 * A pydantic model. Its fields stand in the model's order, since errors are reported in it. A strict model (every create,
 * update and filter model) refuses unknown keys; the others ignore them. Python's `dict()` makes an empty dict of an empty list
 * or text, and pydantic tries it.
 */
export function model<S extends z.ZodRawShape>(title: string, shape: S, options: { strict?: boolean } = {}) {
  const object = (options.strict === false ? z.object(shape) : z.strictObject(shape)).openapi(title);
  return z.preprocess((value) => asDict(value as Json) ?? (isRawNumber(value) ? Number(value.rawJSON) : value), object);
}

/** `Optional[…] = None`: may be absent or null. */
export function optional<T extends z.ZodType>(schema: T): z.ZodOptional<z.ZodNullable<T>> {
  const either = schema.nullable().optional();
  const { type, enum: members } = documentations.get(schema) ?? {};
  if (typeof type !== "string") return either;
  return either.openapi({ type: [type, "null"], ...(Array.isArray(members) ? { enum: [...members, null] } : {}) } as object);
}

/** A field with a default: may be absent, not null. */
export const withDefault = <T extends z.ZodType>(schema: T, value: z.output<T>) =>
  schema.default(value as never) as unknown as z.ZodDefault<T>;
