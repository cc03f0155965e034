import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Json, parseJson, stringifyJson } from "../../src/domain/json.ts";
import { expand } from "../../src/domain/schedules/expand.ts";
import { scheduleFields } from "../../src/domain/schedules/fields.ts";
import { parseSchedule } from "../../src/domain/schedules/parse.ts";
import { parseTime } from "../../src/domain/time.ts";

// Made by `vectors/schedules.py`. Numbers keep their spelling: 1.0 is told from 1.
const { bodies, ...drawn } = parseJson(readFileSync(join(import.meta.dirname, "vectors/schedules.json"), "utf8")) as {
  cron: Json[][];
  rrule: Json[][];
  bodies: Json[][];
};

const ROWS_OF_A_TEST = 15;
const NOW = 1_700_000_000_000_000;

/** What the rows of the vectors hold: the first dates, or why there are none. */
function outcome(raw: Json, start: string): string[] | "refused" | "raises" {
  const at = parseTime(start) ?? Number.NaN;
  const result = parseSchedule(raw, at);
  if (!result.ok) return "refused";
  try {
    return expand(result.schedule, { start: at, limit: 4 }).map(({ localText }) => localText);
  } catch {
    return "raises";
  }
}

describe.each(Object.entries(drawn))("a Prefect server's reading of %s", (_kind, rows) => {
  const groups = Array.from({ length: Math.ceil(rows.length / ROWS_OF_A_TEST) }, (_, index) => index * ROWS_OF_A_TEST);
  it.each(groups)("rows from %i on", (from) => {
    const some = rows.slice(from, from + ROWS_OF_A_TEST);
    const ours = some.map(([schedule, start]) => [schedule, start, outcome(schedule as Json, start as string)]);
    expect(ours).toEqual(some);
  });
});

/** What a body becomes: what is stored of it, or all that is wrong with it. */
function reading(raw: Json): Json {
  const result = parseSchedule(raw, NOW);
  return parseJson(
    stringifyJson(result.ok ? scheduleFields(result.schedule) : result.errors.map(({ loc, type, msg }) => ({ loc, type, msg }))),
  );
}

describe("a Prefect server's reading of bodies", () => {
  const rows = bodies.map(([raw = null, told]) => [JSON.stringify(raw).slice(0, 70), raw, told] as const);
  it.each(rows)("%s", (_name, raw, told) => {
    // The server answers some with 500: ours refuses them.
    if (told === "refused") expect(parseSchedule(raw, NOW).ok).toBe(false);
    else expect(reading(raw)).toEqual(told);
  });

  it.each([
    ["1:3", "2023-11-14T01:03:00+00:00"],
    ["12:3:04.5", "2023-11-14T12:03:04.500000+00:00"],
    ["123:4", undefined],
    ["1:59:59", "2023-11-14T01:59:59+00:00"],
    ["1:2:3,25", "2023-11-14T01:02:03.250000+00:00"],
    ["202412", "2023-11-14T20:24:12+00:00"],
    ["202409", "2023-11-14T20:24:09+00:00"],
    ["now", "2023-11-14T22:13:20+00:00"],
  ])("a clock alone, %s, is one of today", (anchor, text) => {
    const result = parseSchedule({ interval: 60, anchor_date: anchor }, NOW);
    expect(result.ok && result.schedule.kind === "interval" ? result.schedule.anchorText : undefined).toBe(text);
  });
});
