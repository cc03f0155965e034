import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutMetadata } from "../../src/domain/artifacts.ts";
import { ConstraintFailed, found, InvalidRequest, notFound, REFUSAL_STATUS, Refusal } from "../../src/domain/errors.ts";
import { canonicalUuid, uuid7 } from "../../src/domain/ids.ts";
import { isJsonObject, isRawNumber, parseJson, present, rawNumber, stringifyJson } from "../../src/domain/json.ts";
import { nestsDeeper } from "../../src/domain/json-depth.ts";
import { numberedIds } from "../../src/domain/numbered-ids.ts";

describe("ids", () => {
  test("are UUIDs of version 7: the time, then the random bits", () => {
    const random = Uint8Array.from([0xf1, 0x02, 0xff, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a]);
    expect(uuid7(0x0123_4567_89ab, random)).toBe("01234567-89ab-7102-bf04-05060708090a");
    expect(uuid7(5.9, new Uint8Array(10))).toBe("00000000-0005-7000-8000-000000000000");
    expect(uuid7(5, new Uint8Array(0))).toBe("00000000-0005-7000-8000-000000000000");
  });

  // What `str(uuid.UUID(text))` of Python gives.
  test.each([
    ["01234567-89AB-7102-bf04-05060708090a", true],
    ["{01234567-89ab-7102-bf04-05060708090a}", true],
    ["{{01234567-89ab-7102-bf04-05060708090a}}", true],
    ["urn:uuid:01234567-89ab-7102-bf04-05060708090a", true],
    ["0123456789ab7102bf0405060708090a", true],
    ["0-1-23456789ab7102bf0405060708090a--", true],
    ["01234567-89ab-7102-bf04-05060708090", false],
    ["01234567-89ab-7102-bf04-05060708090a0", false],
    ["0123{4567-89ab-7102-bf04-05060708090a", false],
    [" 01234567-89ab-7102-bf04-05060708090a", false],
    ["01234567-89ab-7102-bf04-05060708090g", false],
    ["", false],
  ])("%j is one: %s", (text, isOne) => {
    expect(canonicalUuid(text)).toBe(isOne ? "01234567-89ab-7102-bf04-05060708090a" : undefined);
  });

  test("of one batch count up", () => {
    const first = "01a20d86-3835-7998-823f-9ba67986afbe";
    expect(numberedIds(first, 3)).toEqual([
      "01a20d86-3835-7000-8000-9ba67986afbe",
      "01a20d86-3835-7000-8001-9ba67986afbe",
      "01a20d86-3835-7000-8002-9ba67986afbe",
    ]);
    expect(numberedIds(first, 4097).at(-1)).toBe("01a20d86-3835-7001-8000-9ba67986afbe");
  });
});

describe("JSON", () => {
  test.each(["1.0", "1e5", "1E5", "-0", "1.50", "12345678901234567890", "9007199254740993", "0.10", "1e400"])(
    "the number %s keeps its text",
    (text) => {
      const value = parseJson(`[${text}]`);
      expect(Array.isArray(value) && isRawNumber(value[0])).toBe(true);
      expect(stringifyJson(value)).toBe(`[${text}]`);
    },
  );

  test.each(["1", "1.5", "-10", "1234567890123456", "0.1", "100", "1.05"])("the number %s needs none", (text) => {
    const value = parseJson(`{"a": "1.0", "b": ${text}}`);
    expect(value).toEqual({ a: "1.0", b: Number(text) });
  });

  test("is read without loss, whatever stands beside a number", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(stringifyJson(parseJson(text))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
    expect(() => parseJson("{")).toThrow(SyntaxError);
    expect(() => parseJson("[1.0")).toThrow(SyntaxError);
  });

  test("objects are told from all else", () => {
    expect([{}, { a: 1 }].every(isJsonObject)).toBe(true);
    expect([null, [], "a", 1, true, undefined, rawNumber("1.0")].some(isJsonObject)).toBe(false);
    expect([1, "1.0", null, { rawJSON: "1.0" }].some(isRawNumber)).toBe(false);
  });

  test("what is undefined was not sent; null was", () => {
    expect(present({ a: undefined, b: null, c: 0 })).toStrictEqual({ b: null, c: 0 });
  });

  test.each([
    ["[[1]]", 1, true],
    ["[[1]]", 2, false],
    ['{"a":[{}]}', 2, true],
    ['{"a":[{}]}', 3, false],
    ['["[[", []]', 2, false],
    ['["\\"[[", []]', 2, false],
    ['["\\\\", [[]]]', 2, true],
    ["\\[\\[\\[", 2, true],
    ["[],[],[[]]", 1, true],
    ["[]{}[]{}[]", 1, false],
    ["}}}[[[[", 1, false],
  ])("%j nests deeper than %i: %s", (text, limit, deeper) => expect(nestsDeeper(text, limit)).toBe(deeper));
});

describe("refusals", () => {
  test("say why, in one line where there are several reasons", () => {
    expect(new Refusal("conflict", ["a", "b"])).toMatchObject({ message: "a; b", detail: ["a", "b"], envelope: "detail" });
    expect(new Refusal("conflict", "a")).toMatchObject({ message: "a", detail: "a", kind: "conflict", retryAfterSeconds: undefined });
    expect(new Refusal("tooMany", "a", { envelope: "exception", retryAfterSeconds: 3 })).toMatchObject({
      envelope: "exception",
      retryAfterSeconds: 3,
    });
  });

  test("have a status each", () => {
    expect(REFUSAL_STATUS).toEqual({
      badRequest: 400,
      unauthorized: 401,
      forbidden: 403,
      notFound: 404,
      conflict: 409,
      tooLarge: 413,
      invalid: 422,
      locked: 423,
      tooMany: 429,
      unavailable: 503,
    });
  });

  test("are what there is in place of something missing", () => {
    expect(notFound("gone")).toMatchObject({ kind: "notFound", message: "gone" });
    expect([0, "", false].map((value) => found(value, "gone"))).toEqual([0, "", false]);
    expect(() => found(null, "gone")).toThrow(notFound("gone"));
    expect(() => found(undefined, "gone")).toThrow(notFound("gone"));
  });

  test("of a request name its places", () => {
    const places = [{ loc: ["body", "a"], msg: "m", type: "t" }];
    expect(new InvalidRequest(places, "{")).toMatchObject({ places, body: "{", message: "Invalid request received." });
  });

  test("of the database keep its kind and words", () => {
    expect(new ConstraintFailed("unique", "UNIQUE constraint failed")).toMatchObject({
      kind: "unique",
      message: "UNIQUE constraint failed",
    });
  });
});

test("metadata is cut past 500 characters", () => {
  const cut = (text: string) => cutMetadata({ a: text }).a;
  expect(cut("x".repeat(500))).toBe("x".repeat(500));
  expect(cut("x".repeat(501))).toBe(`${"x".repeat(500)}...`);
  // 1,000 units, but 500 characters.
  expect(cut("😀".repeat(500))).toBe("😀".repeat(500));
});
