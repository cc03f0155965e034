import { type Json, rawNumber } from "../json.ts";
import { floatText } from "../parameters/python/number.ts";
import { str, typeName } from "../parameters/python/repr.ts";
import { printedOf, type RuntimeValue, toRuntime } from "./values.ts";

/** How many values may lie in one that is printed: one that holds itself twice, twenty deep, would never end. */
const MAX_PRINTED = 100_000;

/** An error that tells of itself as Python's of that name does. */
export const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

/** A value as Python's `str` writes it; what is undefined is nothing. */
export function textOf(value: RuntimeValue): string {
  return printedOf(value) ?? (value.type === "UndefinedValue" ? "" : str(toJson(value)));
}

/** A value as JSON; what JSON has no form for is null. Throws for what holds too much. */
export function toJson(value: RuntimeValue): Json {
  let left = MAX_PRINTED;
  const convert = (one: RuntimeValue): Json => {
    left -= 1;
    if (left < 0) throw named("OverflowError", `Template prints more than ${MAX_PRINTED} values.`);
    if (one.type === "FloatValue" && Number.isFinite(one.value)) return rawNumber(floatText(Number(one.value)));
    const content: unknown = one.value;
    const printed = content instanceof Map ? printedOf(one) : undefined;
    if (printed !== undefined) return printed;
    if (Array.isArray(content)) return content.map(convert);
    if (content instanceof Map) return Object.fromEntries([...content].map(([key, item]) => [key, convert(item)]));
    return typeof content === "string" || typeof content === "boolean" || typeof content === "number" ? content : null;
  };
  return convert(value);
}

/** The sum of two texts; undefined where neither is one. Throws, as Python does, where one alone is. */
export function addTexts(left: RuntimeValue, right: RuntimeValue): RuntimeValue | undefined {
  const [isLeft, isRight] = [left, right].map(({ type }) => type === "StringValue");
  if (isLeft && isRight) return toRuntime(`${left.value}${right.value}`);
  if (isLeft) throw named("TypeError", `can only concatenate str (not "${kindOf(right)}") to str`);
  if (!isRight) return undefined;
  if (Array.isArray(left.value)) throw named("TypeError", 'can only concatenate list (not "str") to list');
  throw named("TypeError", `unsupported operand type(s) for +: '${kindOf(left)}' and 'str'`);
}

const kindOf = (value: RuntimeValue): string => typeName(toJson(value));
