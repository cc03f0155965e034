import { describe, expect, it } from "vitest";
import type { Json } from "../../src/domain/json.ts";
import { expand } from "../../src/domain/schedules/expand.ts";
import { parseSchedule } from "../../src/domain/schedules/parse.ts";
import { parseTime } from "../../src/domain/time.ts";
import drawn from "./vectors/schedules.json" with { type: "json" };

const ROWS_OF_A_TEST = 15;

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
