import { describe, expect, it } from "vitest";
import { expand } from "../../src/domain/schedules/expand.ts";
import { previewOccurrences } from "../../src/domain/schedules/preview.ts";
import type { Schedule } from "../../src/domain/schedules/types.ts";
import { HOUR, time } from "./schedules-clock.ts";

const cron = (cron: string, timezone = "America/New_York"): Schedule => ({ kind: "cron", cron, timezone, dayOr: true });
const rrule = (rrule: string, timezone = "America/New_York"): Schedule => ({ kind: "rrule", rrule, timezone });
const notes = (schedule: Schedule, from: string, limit: number) =>
  previewOccurrences(schedule, { start: time(from), limit }).map(({ localText, note }) => [localText.slice(5), note]);

describe("a preview tells", () => {
  it("that a skipped time is moved, forward by cron and backward by a rule", () => {
    expect(notes(cron("30 2 * * *"), "2024-03-10T05:00Z", 2)).toEqual([
      ["03-10T03:30:00-04:00", { kind: "gap", localTime: "2024-03-10T02:30:00", shiftSeconds: 3600 }],
      ["03-11T02:30:00-04:00", null],
    ]);
    expect(notes(rrule("FREQ=DAILY;BYHOUR=2;BYMINUTE=30"), "2024-03-10T05:00Z", 2)).toEqual([
      ["03-10T01:30:00-05:00", { kind: "gap", localTime: "2024-03-10T02:30:00", shiftSeconds: -3600 }],
      ["03-11T02:30:00-04:00", null],
    ]);
  });

  it("that a skipped time is moved to one that occurs anyhow", () => {
    expect(notes(rrule("FREQ=HOURLY"), "2024-03-10T05:00Z", 4)).toEqual([
      ["03-10T00:00:00-05:00", null],
      ["03-10T01:00:00-05:00", { kind: "gap", localTime: "2024-03-10T02:00:00", shiftSeconds: -3600 }],
      ["03-10T03:00:00-04:00", null],
      ["03-10T04:00:00-04:00", null],
    ]);
  });

  it("which of two equal times is taken", () => {
    const overlap = (taken: string, otherAt: string) => ({
      kind: "overlap",
      localTime: "2024-11-03T01:30:00",
      taken,
      otherAt: time(otherAt),
    });
    expect(notes(cron("30 0-2 * * *"), "2024-11-03T04:00Z", 3)).toEqual([
      ["11-03T00:30:00-04:00", null],
      ["11-03T01:30:00-05:00", overlap("second", "2024-11-03T05:30Z")],
      ["11-03T02:30:00-05:00", null],
    ]);
    expect(notes(rrule("FREQ=DAILY;BYHOUR=1;BYMINUTE=30"), "2024-11-03T04:00Z", 1)).toEqual([
      ["11-03T01:30:00-04:00", overlap("first", "2024-11-03T06:30Z")],
    ]);
  });

  it("the occurrences of an expansion, by the clock", () => {
    const schedule = rrule("RDATE:20240310T015000,20240310T021000,20240310T030000");
    const window = { start: time("2024-03-10T05:00Z"), end: time("2024-03-10T08:00Z"), limit: 9 };
    const occurrences = previewOccurrences(schedule, window).map(({ at, localText }) => ({ at, localText }));
    expect(occurrences).toEqual(expand(schedule, window));
    expect(occurrences.map(({ localText }) => localText.slice(11, 16))).toEqual(["01:10", "01:50", "03:00"]);
  });
});

describe("an expansion that fails says why", () => {
  const window = { start: time("2024-01-01"), limit: 1 };
  it.each([
    [rrule("FREQ=SECONDLY\nEXRULE:FREQ=SECONDLY", "UTC"), "too many excluded dates"],
    [rrule("FREQ=DAILY", ""), "Invalid timezone"],
    [rrule("FREQ=SOMETIMES"), "invalid 'FREQ': SOMETIMES"],
    [rrule("FREQ=DAILY;INTERVAL=-1"), "day is out of range for month"],
    [rrule("FREQ=DAILY;INTERVAL=0"), "INTERVAL=0 does not reach the start"],
    [rrule("FREQ=MINUTELY;INTERVAL=120;BYHOUR=1"), "Invalid combination of interval and byhour resulting in empty rule."],
    [rrule("FREQ=HOURLY;BYMINUTE=70"), "minute and second must be in 0..59"],
    [cron("0 0 31 2 *"), "failed to find next date"],
    [cron("nonsense"), "Exactly 5, 6 or 7 columns has to be specified for iterator expression."],
    [
      { kind: "interval", intervalSeconds: 86_399_999_999, anchorAt: time("2024-01-01T00:00:01") - HOUR, anchorText: "", timezone: "UTC" },
      "date value out of range",
    ],
  ] satisfies [Schedule, string][])("%j", (schedule, message) => {
    expect(() => expand(schedule, { ...window, start: window.start + 2 * HOUR, limit: 100 })).toThrow(message);
  });

  it("looks at a hundred thousand excluded dates", () => {
    const text = "DTSTART:20240101T000000\nRRULE:FREQ=SECONDLY;COUNT=";
    const excluded = (count: number) => rrule(`${text}${count}\nEXRULE:FREQ=SECONDLY;COUNT=${count}\nRDATE:20250101T000000`, "UTC");
    expect(expand(excluded(100_000), window)).toHaveLength(1);
    expect(() => expand(excluded(100_001), window)).toThrow("too many excluded dates");
  });

  it("only where Python's calendar ends", () => {
    const daily: Schedule = { kind: "interval", intervalSeconds: 86_400, anchorAt: time("9999-12-29"), anchorText: "", timezone: "UTC" };
    const start = time("9999-12-29");
    expect(expand(daily, { start, limit: 3 })).toHaveLength(3);
    expect(() => expand(daily, { start, limit: 4 })).toThrow("date value out of range");
  });
});
