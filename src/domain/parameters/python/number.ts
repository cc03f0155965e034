import { isRawNumber, type RawNumber } from "../../json.ts";

/** A JSON number as `parseJson` gives it. Its source text tells Python's int from its float. */
export type JsonNumber = number | RawNumber;

const INTEGER = /^-?\d+$/;

const sourceText = (value: JsonNumber) => (isRawNumber(value) ? value.rawJSON : String(value));

export function isJsonNumber(value: unknown): value is JsonNumber {
  return typeof value === "number" || isRawNumber(value);
}

/** Whether Python reads the number as an int: `1` and `-0`, but not `1.0` or `1e3`. */
export function isPythonInteger(value: JsonNumber): boolean {
  return INTEGER.test(sourceText(value));
}

/** The number's exact value: a bigint for an integer that a double cannot hold, else a number. */
export function numberValue(value: JsonNumber): number | bigint {
  const number = Number(sourceText(value));
  return isPythonInteger(value) && !Number.isSafeInteger(number) ? BigInt(sourceText(value)) : number;
}

/** The number as Python's `repr` writes it: integers in full, floats by their shortest digits (`1.0`, `1e+16`, `inf`). */
export function numberText(value: JsonNumber): string {
  const text = sourceText(value);
  return isPythonInteger(value) ? (text === "-0" ? "0" : text) : floatText(Number(text));
}

/** A double as Python's `float.__repr__` writes it. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const [mantissa = "", power = ""] = Math.abs(value).toExponential().split("e");
  const digits = mantissa.replace(".", "");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    return `${sign}${digits[0]}${fraction}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${sign}${whole}.${digits.slice(exponent + 1) || "0"}`;
}
