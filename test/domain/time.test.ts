import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatTime, MAX_MICROS, MICROS_PER_SECOND, MIN_MICROS, type Micros, parseTime } from "../../src/domain/time.ts";

const at = (year: number, month: number, day: number, hour = 0, minute = 0, second = 0, micros = 0): Micros =>
  Date.UTC(year, month - 1, day, hour, minute, second) * 1000 + micros;

describe("parseTime", () => {
  it.each([
    ["2024-02-29", at(2024, 2, 29)],
    ["2024/02/29", at(2024, 2, 29)],
    ["20240229", at(2024, 2, 29)],
    ["2024-02", at(2024, 2, 1)],
    ["2024", at(2024, 1, 1)],
    ["2024-060", at(2024, 2, 29)],
    ["2024366", at(2024, 12, 31)],
    ["2024-W01", at(2024, 1, 1)],
    ["2024-W01-7", at(2024, 1, 7)],
    ["2024W527", at(2024, 12, 29)],
    ["2020-W53-5", at(2021, 1, 1)],
    ["2021-W01-1", at(2021, 1, 4)],
    ["2026-W01-1", at(2025, 12, 29)],
    ["1969-W01-1", at(1968, 12, 30)],
    ["2024-02-29T10", at(2024, 2, 29, 10)],
    ["2024-02-29 10:20", at(2024, 2, 29, 10, 20)],
    ["2024-02-29T102030", at(2024, 2, 29, 10, 20, 30)],
    ["2024-02-29T23:59:59", at(2024, 2, 29, 23, 59, 59)],
    ["2024-02-29T10:20:30.1", at(2024, 2, 29, 10, 20, 30, 100_000)],
    ["2024-02-29T10:20:30,1234567Z", at(2024, 2, 29, 10, 20, 30, 123_456)],
    ["2024-02-29T10:20:30.", at(2024, 2, 29, 10, 20, 30)],
    ["2024-02-29T10:20Z", at(2024, 2, 29, 10, 20)],
    ["2024-02-29T10:20+02", at(2024, 2, 29, 8, 20)],
    ["2024-02-29T10:20-0330", at(2024, 2, 29, 13, 50)],
    ["2024-02-29T10:20+05:45", at(2024, 2, 29, 4, 35)],
    ["2024-02-29T10:20+23:59", at(2024, 2, 28, 10, 21)],
    ["0001-01-01", MIN_MICROS],
    ["9999-12-31T23:59:59", MAX_MICROS],
  ])("reads %s", (text, expected) => {
    expect(parseTime(text)).toBe(expected);
  });

  it.each([
    ...["", "now", "10:20", "202402", "24-01-01", "0000-01-01", "2024-13-01", "2024-00-01", "2023-02-29", "2024-01-00", "2024-01-32"],
    ...["2023-366", "2024-000", "2024-367", "2024-W00", "2024-W53-1", "2020-W54", "2024-W01-8", "2024-W01-0"],
    ...["2024-01-01T24:00", "2024-01-01T10:60", "2024-01-01T10:20:60", "2024-01-01T1", "2024-01-01T10:20+24:00", "2024-01-01T10:20+1"],
    ...["0001-01-01T00:00+01", "9999-12-31T23:59:59-02", " 2024-01-01", "2024-01-01 ", "x2024-01-01", "2024-01-01T10:20Zx"],
  ])("finds no time in %j", (text) => {
    expect(parseTime(text)).toBeUndefined();
  });

  it("drops the fraction where doubles cannot hold it", () => {
    expect(parseTime("2255-06-05T23:47:34.5")).toBe(at(2255, 6, 5, 23, 47, 34, 500_000));
    expect(parseTime("2300-01-01T00:00:00.5")).toBe(at(2300, 1, 1));
    expect(parseTime("1600-01-01T00:00:00.5")).toBe(at(1600, 1, 1));
  });
});

describe("formatTime", () => {
  it.each([
    [0, "1970-01-01T00:00:00+00:00"],
    [1, "1970-01-01T00:00:00.000001+00:00"],
    [-1, "1969-12-31T23:59:59.999999+00:00"],
    [at(2024, 2, 29, 1, 2, 3, 40_500), "2024-02-29T01:02:03.040500+00:00"],
    [MIN_MICROS, "0001-01-01T00:00:00+00:00"],
    [MAX_MICROS, "9999-12-31T23:59:59+00:00"],
  ])("writes %i", (micros, text) => {
    expect(formatTime(micros)).toBe(text);
  });

  it("is read back as it was", () => {
    const micros = fc.integer({ min: -(2 ** 52), max: 2 ** 52 });
    const seconds = fc.integer({ min: MIN_MICROS / MICROS_PER_SECOND, max: MAX_MICROS / MICROS_PER_SECOND });
    fc.assert(
      fc.property(
        fc.oneof(
          micros,
          seconds.map((seconds) => seconds * MICROS_PER_SECOND),
        ),
        (at) => {
          expect(parseTime(formatTime(at))).toBe(at);
        },
      ),
    );
  });
});
