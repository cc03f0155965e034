import { type Json, type JsonObject, rawNumber } from "../../json.ts";
import { isJsonNumber, isPythonInteger, numberText } from "./number.ts";
import { compareText, textLength } from "./text.ts";

const FLOAT_WORDS: Readonly<Record<string, string>> = { inf: "Infinity", "-inf": "-Infinity", nan: "NaN" };
const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\f": "\\f",
  "\b": "\\b",
};

/**
 * JSON text as Python's `json.dumps` writes it by default: `", "` and `": "`, printable ASCII only, floats by `repr`.
 * `sortKeys` orders the keys of every object by code point.
 */
export function dumpJson(value: Json, sortKeys = false): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return dumpText(value);
  if (isJsonNumber(value)) {
    const text = numberText(value);
    return isPythonInteger(value) ? text : (FLOAT_WORDS[text] ?? text);
  }
  if (Array.isArray(value)) return `[${value.map((item) => dumpJson(item, sortKeys)).join(", ")}]`;
  const entries = Object.entries(value);
  if (sortKeys) entries.sort(([a], [b]) => compareText(a, b));
  return `{${entries.map(([key, item]) => `${dumpText(key)}: ${dumpJson(item, sortKeys)}`).join(", ")}}`;
}

function dumpText(text: string): string {
  const escaped = text.replace(/["\\]|[^ -~]/g, (unit) => {
    return SHORT_ESCAPES[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `"${escaped}"`;
}

/** Text that Python's `json.loads` refuses, with its message: `Expecting value: line 1 column 4 (char 3)`. */
export class JsonDecodeError extends Error {
  readonly problem: string;
  /** Where, counted in code points from 0, and in lines and columns from 1. */
  readonly position: number;
  readonly line: number;
  readonly column: number;

  constructor(problem: string, text: string, index: number) {
    const before = text.slice(0, index);
    const lines = before.split("\n");
    const column = textLength(lines.at(-1) ?? "") + 1;
    const position = textLength(before);
    super(`${problem}: line ${lines.length} column ${column} (char ${position})`);
    this.problem = problem;
    this.position = position;
    this.line = lines.length;
    this.column = column;
  }
}

/**
 * Reads JSON text as Python's `json.loads` does; `NaN`, `Infinity` and `-Infinity` are numbers there.
 * Throws JsonDecodeError. Number texts are kept as in `parseJson`.
 */
export function loadJson(text: string): Json {
  if (text.startsWith("\ufeff")) throw new JsonDecodeError("Unexpected UTF-8 BOM (decode using utf-8-sig)", text, 0);
  return new Decoder(text).document();
}

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON text must not hold them unescaped
const PLAIN_TEXT = /[^"\\\x00-\x1f]*/y;
// Python wants one more character after the digits.
const HEX4 = /[0-9a-fA-F]{4}(?=[\s\S])/y;
const WORDS: readonly (readonly [string, Json])[] = [
  ["null", null],
  ["true", true],
  ["false", false],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
];
const TEXT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};
/** Python gives up near a thousand nested calls. */
const MAX_DEPTH = 990;

class Decoder {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): Json {
    this.#match(SPACE);
    const value = this.#value();
    this.#match(SPACE);
    if (this.#at < this.#text.length) throw this.#error("Extra data");
    return value;
  }

  #error(problem: string, position = this.#at): JsonDecodeError {
    return new JsonDecodeError(problem, this.#text, position);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #take(text: string): boolean {
    const taken = this.#text.startsWith(text, this.#at);
    if (taken) this.#at += text.length;
    return taken;
  }

  #value(): Json {
    if (this.#take('"')) return this.#string();
    if (this.#take("{")) return this.#nested(() => this.#object());
    if (this.#take("[")) return this.#nested(() => this.#array());
    for (const [word, value] of WORDS) if (this.#take(word)) return value;
    const number = this.#match(NUMBER);
    if (number === undefined) throw this.#error("Expecting value");
    return String(Number(number)) === number ? Number(number) : rawNumber(number);
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw this.#error("Nested too deeply");
    const value = read();
    this.#depth--;
    return value;
  }

  #array(): Json[] {
    const items: Json[] = [];
    this.#match(SPACE);
    if (this.#take("]")) return items;
    while (true) {
      items.push(this.#value());
      this.#match(SPACE);
      if (this.#take("]")) return items;
      if (!this.#take(",")) throw this.#error("Expecting ',' delimiter");
      this.#match(SPACE);
    }
  }

  #object(): JsonObject {
    const entries: [string, Json][] = [];
    this.#match(SPACE);
    if (this.#take("}")) return {};
    while (true) {
      if (!this.#take('"')) throw this.#error("Expecting property name enclosed in double quotes");
      const key = this.#string();
      this.#match(SPACE);
      if (!this.#take(":")) throw this.#error("Expecting ':' delimiter");
      this.#match(SPACE);
      entries.push([key, this.#value()]);
      this.#match(SPACE);
      if (this.#take("}")) return Object.fromEntries(entries);
      if (!this.#take(",")) throw this.#error("Expecting ',' delimiter");
      this.#match(SPACE);
    }
  }

  /** The rest of a string whose opening quote was read. */
  #string(): string {
    const start = this.#at - 1;
    let value = "";
    while (true) {
      value += this.#match(PLAIN_TEXT) ?? "";
      if (this.#at >= this.#text.length) throw this.#error("Unterminated string starting at", start);
      if (this.#take('"')) return value;
      if (!this.#take("\\")) throw this.#error("Invalid control character at");
      const letter = this.#text[this.#at];
      if (letter === undefined) throw this.#error("Unterminated string starting at", start);
      this.#at++;
      if (letter === "u") {
        const hex = this.#match(HEX4);
        if (hex === undefined) throw this.#error("Invalid \\uXXXX escape", this.#at - 1);
        value += String.fromCharCode(Number.parseInt(hex, 16));
      } else {
        const plain = TEXT_ESCAPES[letter];
        if (plain === undefined) throw this.#error("Invalid \\escape", this.#at - 2);
        value += plain;
      }
    }
  }
}
