import { isRawNumber, type Json } from "../../domain/json.ts";
import { field } from "./model.ts";

/** Python's name of a JSON value's type, and its repr, as pydantic 2 shows them in a message. */
function pythonOf(value: Json): { repr: string; type: string } {
  if (isRawNumber(value)) return { repr: value.rawJSON, type: /^-?\d+$/.test(value.rawJSON) ? "int" : "float" };
  if (typeof value === "number") return { repr: String(value), type: Number.isInteger(value) ? "int" : "float" };
  if (typeof value === "boolean") return { repr: value ? "True" : "False", type: "bool" };
  if (typeof value === "string") return { repr: `'${value}'`, type: "str" };
  return { repr: JSON.stringify(value), type: Array.isArray(value) ? "list" : "dict" };
}

/** Limits and priorities are held as 32-bit integers by everything that counts with them. */
const MAX = 2_147_483_647;

function constrained(bound: { ge: number } | { gt: number }) {
  const [minimum, problem, type] =
    "ge" in bound
      ? [bound.ge, `Input should be greater than or equal to ${bound.ge}`, "greater_than_equal"]
      : [bound.gt + 1, `Input should be greater than ${bound.gt}`, "greater_than"];
  return field<number>(
    (value, fail) => {
      const { repr, type: given } = pythonOf(value);
      const refuse = (text: string, kind: string) =>
        fail(
          `1 validation error for constrained-int\n  ${text} [type=${kind}, input_value=${repr}, input_type=${given}]\n    For further information visit https://errors.pydantic.dev/2.12/v/${kind}`,
          "value_error.validation",
        );
      if (given === "list" || given === "dict") return refuse("Input should be a valid integer", "int_type");
      const result =
        typeof value === "string"
          ? /^\s*[+-]?\d+(\.0*)?\s*$/.test(value)
            ? Number(value)
            : Number.NaN
          : Number(isRawNumber(value) ? value.rawJSON : value);
      if (Number.isNaN(result)) return refuse("Input should be a valid integer, unable to parse string as an integer", "int_parsing");
      if (!Number.isInteger(result))
        return refuse("Input should be a valid integer, got a number with a fractional part", "int_from_float");
      if (result < minimum) return refuse(problem, type);
      return result <= MAX ? result : refuse(`Input should be less than or equal to ${MAX}`, "less_than_equal");
    },
    { type: "integer", minimum, maximum: MAX },
  );
}

/** `NonNegativeInteger`: limits. Prefect checks it with pydantic 2, whose message differs from its other fields'. */
export const nonNegativeInteger = () => constrained({ ge: 0 });

/** `PositiveInteger`: priorities. */
export const positiveInteger = () => constrained({ gt: 0 });
