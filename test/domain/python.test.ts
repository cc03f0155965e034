import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Json, parseJson } from "../../src/domain/json.ts";
import { dumpJson, JsonDecodeError, loadJson } from "../../src/domain/parameters/python/json.ts";
import { compileRegex } from "../../src/domain/parameters/python/regex.ts";
import { repr, str, typeName } from "../../src/domain/parameters/python/repr.ts";
import { compareText, textLength } from "../../src/domain/parameters/python/text.ts";
import { isTruthy } from "../../src/domain/parameters/python/truth.ts";

/** What Python 3.11 makes of texts, values and patterns, made by `vectors/python.py`. */
interface Vectors {
  texts: { text: string; dumped?: string; error?: string; at?: [string, number, number, number] }[];
  values: { value: Json; repr: string; str: string; type: string; truth: boolean; dumped: string }[];
  patterns: { pattern: string; found: Record<string, boolean | null> }[];
}
const vectors = parseJson(readFileSync(join(import.meta.dirname, "vectors/python.json"), "utf8")) as unknown as Vectors;

describe("the JSON text", () => {
  test.each(vectors.texts)("$text", ({ text, dumped, error, at }) => {
    if (dumped !== undefined) {
      expect(dumpJson(loadJson(text), true)).toBe(dumped);
      return;
    }
    let thrown: unknown;
    try {
      loadJson(text);
    } catch (caught) {
      thrown = caught;
    }
    expect(thrown).toBeInstanceOf(JsonDecodeError);
    const { message, problem, position, line, column } = thrown as JsonDecodeError;
    expect([message, [problem, position, line, column]]).toEqual([error, at]);
  });

  test("is read to some depth", () => {
    expect(loadJson("[".repeat(990) + "]".repeat(990))).toHaveLength(1);
    expect(loadJson(`[${"[],{},".repeat(2000)}1]`)).toHaveLength(4001);
    expect(() => loadJson("[".repeat(991) + "]".repeat(991))).toThrow("Nested too deeply");
    expect(() => loadJson('{"a":'.repeat(991))).toThrow("Nested too deeply");
  });
});

describe("the value", () => {
  test.each(vectors.values)("$dumped", ({ value, ...expected }) => {
    expect({ repr: repr(value), str: str(value), type: typeName(value), truth: isTruthy(value), dumped: dumpJson(value) }).toEqual(
      expected,
    );
  });
});

describe("the pattern", () => {
  test.each(vectors.patterns)("$pattern", ({ pattern, found }) => {
    const searched = Object.keys(found).map((text) => [text, compileRegex(pattern)?.test(text) ?? null]);
    expect(Object.fromEntries(searched)).toEqual(found);
  });
});

test.each(["(?<=(?>a))b", "(?<!a++)b", "(a)?(?(1)b|c)", "(?i:a)", "(?s-i:.)", "\\N{DIGIT ONE}"])(
  "the pattern %s is refused, though Python knows it",
  (pattern) => expect(compileRegex(pattern)).toBeUndefined(),
);

test("texts are ordered and counted by code point", () => {
  expect(["😀", "\ue000", "ab", "a", "b", ""].sort(compareText)).toEqual(["", "a", "ab", "b", "\ue000", "😀"]);
  expect(["", "a", "é", "😀", "a😀b"].map(textLength)).toEqual([0, 1, 1, 1, 3]);
});
