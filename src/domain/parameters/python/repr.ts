import { isJsonObject, type Json } from "../../json.ts";
import { isJsonNumber, isPythonInteger, numberText } from "./number.ts";

// What `str.isprintable` refuses: the Unicode categories "other" and "separator" except the space.
const UNPRINTABLE = /[\p{C}\p{Z}]/u;
const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** A text as Python's `repr` writes it: single quotes unless it holds single and no double ones. */
export function reprText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let body = "";
  for (const char of text) {
    const short = ESCAPES[char];
    if (short !== undefined) body += short;
    else if (char === quote) body += `\\${char}`;
    else body += char !== " " && UNPRINTABLE.test(char) ? escapeCodePoint(char) : char;
  }
  return quote + body + quote;
}

function escapeCodePoint(char: string): string {
  const hex = (char.codePointAt(0) ?? 0).toString(16);
  if (hex.length <= 2) return `\\x${hex.padStart(2, "0")}`;
  return hex.length <= 4 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

/** A representation as Python's `ascii` writes it. */
export const ascii = (text: string): string => text.replace(/[^\0-\x7f]/gu, escapeCodePoint);

/** Any JSON value as Python's `repr` writes it: `{'a': [1, 1.0, True, None]}`. */
export function repr(value: Json): string {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "string") return reprText(value);
  if (isJsonNumber(value)) return numberText(value);
  if (Array.isArray(value)) return `[${value.map(repr).join(", ")}]`;
  return `{${Object.entries(value)
    .map(([key, item]) => `${reprText(key)}: ${repr(item)}`)
    .join(", ")}}`;
}

/** A JSON value as Python's `str` writes it: text as it is, anything else as `repr`. */
export function str(value: Json): string {
  return typeof value === "string" ? value : repr(value);
}

/** The name of the Python type that a JSON value is read into: `NoneType`, `bool`, `int`, `float`, `str`, `list`, `dict`. */
export function typeName(value: Json): string {
  if (value === null) return "NoneType";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "str";
  if (isJsonNumber(value)) return isPythonInteger(value) ? "int" : "float";
  return isJsonObject(value) ? "dict" : "list";
}
