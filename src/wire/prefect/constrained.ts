import type { Json } from "../../domain/json.ts";
import { isJsonNumber } from "../../domain/parameters/python/number.ts";
import { repr, typeName } from "../../domain/parameters/python/repr.ts";
import { field } from "./model.ts";

/**
 * The numbers that Prefect checks with pydantic 2 (`NonNegativeInteger` and its like): there messages differ from those of its other
 * fields, which pydantic 1 reads.
 */
interface Rules {
  kind: "int" | "float";
  ge?: number;
  gt?: number;
}

/** Limits and priorities are held as 32-bit integers by everything that counts with them. */
const MAX = 2_147_483_647;

const WORDS = {
  int: {
    noun: "a valid integer",
    type: "int_type",
    parsing: "int_parsing",
    unparsed: "an integer",
    text: /^\s*[+-]?\d+(_\d+)*(\.0*)?\s*$/,
  },
  float: {
    noun: "a valid number",
    type: "float_type",
    parsing: "float_parsing",
    unparsed: "a number",
    text: /^\s*[+-]?(\d[\d_]*\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i,
  },
};

/** What is wrong with a value, and pydantic's name of that; or its number. */
function read(value: Json, { kind, ge, gt }: Rules): number | [text: string, type: string] {
  const { noun, type, parsing, unparsed, text } = WORDS[kind];
  if (typeof value !== "string" && typeof value !== "boolean" && !isJsonNumber(value)) return [`Input should be ${noun}`, type];
  if (typeof value === "string" && !text.test(value)) return [`Input should be ${noun}, unable to parse string as ${unparsed}`, parsing];
  const result = Number(isJsonNumber(value) ? repr(value) : typeof value === "string" ? value.replaceAll("_", "") : value);
  if (!Number.isFinite(result)) return ["Input should be a finite number", "finite_number"];
  if (kind === "int" && !Number.isInteger(result))
    return [`Input should be ${noun}, got a number with a fractional part`, "int_from_float"];
  if (ge !== undefined && result < ge) return [`Input should be greater than or equal to ${ge}`, "greater_than_equal"];
  if (gt !== undefined && result <= gt) return [`Input should be greater than ${gt}`, "greater_than"];
  return result <= MAX ? result : [`Input should be less than or equal to ${MAX}`, "less_than_equal"];
}

function constrained(rules: Rules) {
  return field<number>(
    (value, fail) => {
      const result = read(value, rules);
      if (typeof result === "number") return result;
      const [text, type] = result;
      return fail(
        `1 validation error for constrained-${rules.kind}\n  ${text} [type=${type}, input_value=${shortened(repr(value))}, input_type=${typeName(value)}]\n    For further information visit https://errors.pydantic.dev/2.12/v/${type}`,
        "value_error.validation",
      );
    },
    rules.kind === "int"
      ? { type: "integer", minimum: rules.ge ?? (rules.gt ?? 0) + 1, maximum: MAX }
      : { type: "number", minimum: rules.ge ?? rules.gt },
  );
}

/** Long values are shown by their ends. */
function shortened(text: string): string {
  const characters = [...text];
  return characters.length <= 50 ? text : `${characters.slice(0, 25).join("")}...${characters.slice(-24).join("")}`;
}

/** `NonNegativeInteger`: limits. */
export const nonNegativeInteger = () => constrained({ kind: "int", ge: 0 });

/** `PositiveInteger`: priorities. */
export const positiveInteger = () => constrained({ kind: "int", gt: 0 });

/** `NonNegativeFloat`: rates. */
export const nonNegativeFloat = () => constrained({ kind: "float", ge: 0 });
