import { describe, expect, test } from "vitest";
import { cutMetadata } from "../../src/domain/artifacts.ts";
import { templateProblem } from "../../src/domain/jinja/check.ts";
import { nestsDeeper } from "../../src/domain/json-depth.ts";
import { templateProblem as messageProblem } from "../../src/domain/message-template.ts";
import { numberedIds } from "../../src/domain/numbered-ids.ts";
import { JsonDecodeError, loadJson } from "../../src/domain/parameters/python/json.ts";
import { formatTime, parseTime } from "../../src/domain/time.ts";

describe("times", () => {
  test.each([
    ["2050-01-02T03:04:05.678901+02:00", "2050-01-02T01:04:05.678901+00:00"],
    ["2050-01-02 03:04", "2050-01-02T03:04:00+00:00"],
    ["20500102T0304Z", "2050-01-02T03:04:00+00:00"],
    ["2050-01-02T03:04:05,5-0730", "2050-01-02T10:34:05.500000+00:00"],
    ["2050-01-02T03:04:05.1234567", "2050-01-02T03:04:05.123456+00:00"],
    ["2050", "2050-01-01T00:00:00+00:00"],
    ["2050-03", "2050-03-01T00:00:00+00:00"],
    ["2048-366", "2048-12-31T00:00:00+00:00"],
    ["2048-W53", "2048-12-28T00:00:00+00:00"],
    ["1910-W01-1", "1910-01-03T00:00:00+00:00"],
    ["2255-01-01T00:00:00.000001Z", "2255-01-01T00:00:00.000001+00:00"],
    ["9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59+00:00"],
  ])("%s is %s", (text, expected) => expect(formatTime(parseTime(text) ?? Number.NaN)).toBe(expected));

  test.each([
    "",
    "x",
    "5",
    "205001",
    "2050-13-01",
    "2050-02-29",
    "2050-366",
    "2050-W53-1",
    "2050-01-01T24:00",
    "2050-01-01T00:00+25:00",
    "0000-01-01",
    "2050-01-01t00:00z",
    "9999-12-31T23:59:59-00:01",
  ])("%j is none", (text) => expect(parseTime(text)).toBeUndefined());
});

describe("texts of Python", () => {
  // Made by `json.loads` of Python 3.11.
  test.each([
    ['{"a": 1,}', "Expecting property name enclosed in double quotes", 8, 1, 9],
    ["[1,\n 2 3]", "Expecting ',' delimiter", 7, 2, 4],
    ['["😀" x', "Expecting ',' delimiter", 5, 1, 6],
    ['"\\u12', "Invalid \\uXXXX escape", 2, 1, 3],
    ['"a\nb"', "Invalid control character at", 2, 1, 3],
    ["1 2", "Extra data", 2, 1, 3],
    ["", "Expecting value", 0, 1, 1],
  ])("%j: %s", (text, problem, position, line, column) => {
    let error: unknown;
    try {
      loadJson(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(JsonDecodeError);
    expect(error).toMatchObject({ problem, position, line, column });
  });

  // Made by `str.format` of Python 3.11.
  test.each([
    ["{flow_id!r:>10} {{x}}", undefined],
    ["{nope}{also}", "Invalid template variable provided: 'nope'"],
    ["{flow_id", "expected '}' before end of string"],
    ["{", "Single '{' encountered in format string"],
    ["}", "Single '}' encountered in format string"],
    ["{flow_id!z}", "Unknown conversion specifier z"],
    ["{flow_id:d}", "Unknown format code 'd' for object of type 'str'"],
    ["{flow_id:{x}}", "Invalid template variable provided: 'x'"],
    ["{flow_id.__class__}", "Invalid template variable provided: 'flow_id.__class__'"],
  ])("message %s: %s", (template, problem) => expect(messageProblem(template)).toBe(problem));

  // Made by Jinja 3.1.6 and Prefect's `validate_user_template`.
  test.each([
    ["{{ x }} {% for a, (b, c) in d if e recursive %}{{ a[1:2] | f(x=1) }}{% else %}{% endfor %}", undefined, undefined],
    ["{% raw %}{{ x }}{% endraw %}{# {{ #}{% set ns.a %}{% endset %}{{ a is not defined or b not in c }}", undefined, undefined],
    ["{{ x", 1, "unexpected end of template, expected 'end of print statement'."],
    ["a\nb\n{{ x | }}", 3, "expected token 'name', got 'end of print statement'"],
    [
      "{% if x %}\n{% for a in b %}{% endif %}",
      2,
      "Encountered unknown tag 'endif'. You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for 'endfor' or 'else'. The innermost block that needs to be closed is 'for'.",
    ],
    ["{{ (x] }}", 1, "unexpected ']', expected ')'"],
    ["é{{ ? }}", 1, "unexpected char '?' at 4"],
    ["{{ 'a\\x4' }}", 1, "truncated \\xXX escape"],
    ["{% set 1 = 2 %}", 1, "can't assign to 'const'"],
    ["{% call x %}{% endcall %}", 1, "expected call"],
    ["{{ f(**a, b) }}", 1, "invalid syntax for function call expression"],
    ["{# x", 1, "Missing end of comment tag"],
    ["{% for a in b %}{% endfor %}".repeat(11), 0, "Contains 11 for loops. Templates can contain no more than 10 for loops."],
    [`{{ ${"(".repeat(5000)} }}`, 1, "The template is nested too deeply."],
  ])("template %s", (template, line, message) => {
    const problem = templateProblem(template);
    expect([problem?.line, problem?.message]).toEqual([line, message]);
  });
});

test("ids of one batch sort in its order and keep their time", () => {
  const first = "01a20d86-3835-7998-823f-9ba67986afbe";
  const ids = numberedIds(first, 5000);
  expect(ids).toEqual([...ids].sort());
  expect(new Set(ids).size).toBe(5000);
  expect(ids.every((id) => /^01a20d86-3835-7[0-9a-f]{3}-8[0-9a-f]{3}-9ba67986afbe$/.test(id))).toBe(true);
});

test("nesting is counted outside of texts", () => {
  expect(nestsDeeper(`{"a": [[${'"[[[[\\"[[", '.repeat(50)}1]]}`, 3)).toBe(false);
  expect(nestsDeeper("[{".repeat(3), 5)).toBe(true);
  expect(nestsDeeper("[],".repeat(100), 1)).toBe(false);
});

test("long metadata is cut by code points", () => {
  const long = "😀".repeat(501);
  expect(cutMetadata({ a: "x".repeat(500), b: long })).toEqual({ a: "x".repeat(500), b: `${"😀".repeat(500)}...` });
});
