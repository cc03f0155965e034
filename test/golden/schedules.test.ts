import { describe, expect, it } from "vitest";
import { isJsonObject, type Json, type JsonObject, parseJson } from "../../src/domain/json.ts";
import { expand } from "../../src/domain/schedules/expand.ts";
import { scheduleFields } from "../../src/domain/schedules/fields.ts";
import { parseSchedule } from "../../src/domain/schedules/parse.ts";
import type { Schedule } from "../../src/domain/schedules/types.ts";
import { type Micros, parseTime } from "../../src/domain/time.ts";
import { readVectorsText } from "./vectors.ts";

interface ExpansionVector {
  group: string;
  schedule: JsonObject;
  start: string;
  end?: string;
  n?: number;
  expected?: string[];
  expected_len?: number;
  first?: string;
  last?: string;
  raises?: JsonObject;
}

interface ValidationVector {
  schedule: Json;
  outcome: { valid: boolean; stored?: JsonObject; errors?: { loc: string[]; type: string; msg: string; ctx?: JsonObject }[] };
}

// Numbers keep their spelling: the wire tells 3600.0 from 3600.
const vectors = parseJson(readVectorsText("schedules")) as unknown as { cases: ExpansionVector[]; invalid: ValidationVector[] };

const NOW = 1_700_000_000_000_000;
/** The length at which the vectors cut messages. */
const MESSAGE_LENGTH = 220;

function parsed(raw: Json): Schedule {
  const result = parseSchedule(raw, NOW);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.schedule;
}

function instant(text: string): Micros {
  const at = parseTime(text);
  if (at === undefined) throw new Error(`no time: ${text}`);
  return at;
}

function expansion({ schedule, start, end, n }: ExpansionVector): string[] {
  const limit = n ?? (end === undefined ? 1 : 1000);
  const window = { start: instant(start), limit, ...(end === undefined ? {} : { end: instant(end) }) };
  const occurrences = expand(parsed(schedule), window);
  for (const { at, localText } of occurrences) expect(instant(localText)).toBe(at);
  return occurrences.map((occurrence) => occurrence.localText);
}

describe("schedule expansion", () => {
  it.for(vectors.cases.map((vector, index) => [`${index} ${vector.group}`, vector] as const))("%s", ([, vector]) => {
    if (vector.raises !== undefined) {
      expect(() => expansion(vector)).toThrow();
      return;
    }
    const texts = expansion(vector);
    if (vector.expected !== undefined) expect(texts).toEqual(vector.expected);
    else expect([texts.length, texts[0], texts.at(-1)]).toEqual([vector.expected_len, vector.first, vector.last]);
  });
});

describe("schedule validation", () => {
  it.for(vectors.invalid.map((vector, index) => [`${index} ${JSON.stringify(vector.schedule).slice(0, 60)}`, vector] as const))(
    "%s",
    ([, { schedule, outcome }]) => {
      const result = parseSchedule(schedule, NOW);
      expect(result.ok).toBe(outcome.valid);
      if (result.ok) expect(scheduleFields(result.schedule)).toEqual(outcome.stored);
      // The reference answers some with 500; ours refuses them in the same shape.
      else if (outcome.errors === undefined)
        expect(result.errors.some(({ loc }) => isJsonObject(schedule) && Object.hasOwn(schedule, String(loc[0])))).toBe(true);
      else
        expect(result.errors.map((error) => ({ ...error, msg: error.msg.slice(0, MESSAGE_LENGTH) }))).toEqual(
          outcome.errors.map((error) => ({ ...error, loc: error.loc.slice(1) })),
        );
    },
  );
});
