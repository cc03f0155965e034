import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { isJsonNumber, numberValue } from "../parameters/python/number.ts";
import { str } from "../parameters/python/repr.ts";
import { compareText, textLength } from "../parameters/python/text.ts";
import type { Micros } from "../time.ts";
import { type Anchor, anchorAt, parseAnchor, whyNoDate } from "./anchor.ts";
import { parseCron } from "./cron-expression.ts";
import { parsePositiveDuration } from "./duration.ts";
import { RRuleError } from "./recurrence.ts";
import { parseRRule } from "./rrule-text.ts";
import {
  type CronSchedule,
  CronSyntaxError,
  type IntervalSchedule,
  type RRuleSchedule,
  type Schedule,
  type ScheduleError,
} from "./types.ts";
import { isRuleZoneName, isZoneName } from "./zone-names.ts";

const MAX_RRULE_LENGTH = 6500;

/** What reading one field gives: its value, or the error with its place left out. */
type Read<T> = { value: T } | { type: string; msg: string };

/**
 * Reads a schedule as Prefect 2.20 does: the first of interval, cron and recurrence rule that validates, else the errors of
 * all three in that order. `now` is the default anchor. Where the reference fails with 500 an error is given too.
 */
export function parseSchedule(raw: Json, now: Micros): { ok: true; schedule: Schedule } | { ok: false; errors: ScheduleError[] } {
  if (raw === null) return { ok: false, errors: [{ loc: [], ...NOT_NONE }] };
  const errors: ScheduleError[] = [];
  for (const read of [readInterval, readCron, readRRule]) {
    const object = objectOf(raw);
    const fields = object === null ? null : new FieldReader(object);
    const schedule = fields === null ? null : read(fields, now);
    if (schedule !== null) return { ok: true, schedule };
    errors.push(...(fields?.errors ?? [{ loc: [], type: "type_error.dict", msg: "value is not a valid dict" }]));
  }
  return { ok: false, errors };
}

/** What Python's `dict` makes an object of: one, a list of pairs, an empty text. */
function objectOf(raw: Json): JsonObject | null {
  if (isJsonObject(raw)) return raw;
  if (raw === "") return {};
  const pairs = Array.isArray(raw) ? raw.map((pair) => (Array.isArray(pair) && pair.length === 2 ? pair : null)) : [null];
  const entries = pairs.flatMap((pair) => (typeof pair?.[0] === "string" ? [[pair[0], pair[1] ?? null] as const] : []));
  return entries.length === pairs.length ? Object.fromEntries(entries) : null;
}

const NOT_NONE = { type: "type_error.none.not_allowed", msg: "none is not an allowed value" };

function readInterval(fields: FieldReader, now: Micros): IntervalSchedule | null {
  const intervalSeconds = fields.required("interval", readDuration);
  const anchor = fields.optional("anchor_date", (value) => readAnchor(value, now)) ?? anchorAt(now);
  const timezone = fields.optional("timezone", readZone) ?? "UTC";
  if (!fields.isDone() || intervalSeconds === undefined) return null;
  return { kind: "interval", intervalSeconds, anchorAt: anchor.at, anchorText: anchor.text, timezone };
}

function readCron(fields: FieldReader): CronSchedule | null {
  const cron = fields.required("cron", readCronText);
  const timezone = fields.optional("timezone", readZone) ?? null;
  const dayOr = fields.has("day_or") ? fields.required("day_or", readBoolean) : true;
  if (!fields.isDone() || cron === undefined || dayOr === undefined) return null;
  return { kind: "cron", cron, timezone, dayOr };
}

function readRRule(fields: FieldReader): RRuleSchedule | null {
  const rrule = fields.required("rrule", readRRuleText);
  const timezone = fields.optional("timezone", readRuleZone) ?? "UTC";
  if (!fields.isDone() || rrule === undefined) return null;
  return { kind: "rrule", rrule, timezone };
}

/** Reads the fields of one schedule class, in its order, and keeps their errors; fields not asked for are errors too. */
class FieldReader {
  readonly errors: ScheduleError[] = [];
  private readonly raw: JsonObject;
  private readonly known = new Set<string>();

  constructor(raw: JsonObject) {
    this.raw = raw;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.raw, name);
  }

  required<T>(name: string, read: (value: Json) => Read<T>): T | undefined {
    this.known.add(name);
    const value = this.raw[name];
    if (!this.has(name) || value === undefined) return this.refuse(name, { type: "value_error.missing", msg: "field required" });
    if (value === null) return this.refuse(name, NOT_NONE);
    const result = read(value);
    return "value" in result ? result.value : this.refuse(name, result);
  }

  /** The same for a field that may be null or left out. */
  optional<T>(name: string, read: (value: Json) => Read<T>): T | undefined {
    this.known.add(name);
    return this.has(name) && this.raw[name] !== null ? this.required(name, read) : undefined;
  }

  /** Reports the fields that were not asked for; tells whether all went well. */
  isDone(): boolean {
    const extra = Object.keys(this.raw).filter((name) => !this.known.has(name));
    for (const name of extra.sort(compareText)) this.refuse(name, { type: "value_error.extra", msg: "extra fields not permitted" });
    return this.errors.length === 0;
  }

  private refuse(name: string, error: { type: string; msg: string }): undefined {
    this.errors.push({ loc: [name], ...error });
  }
}

const valueError = (msg: string) => ({ type: "value_error", msg });

function readDuration(value: Json): Read<number> {
  const duration = parsePositiveDuration(value);
  return "seconds" in duration ? { value: duration.seconds } : { type: "value_error.validation", msg: duration.message };
}

function readAnchor(value: Json, now: Micros): Read<Anchor> {
  if (typeof value !== "string") return valueError("Unrecognized datetime.");
  // Pendulum reads these as year 0 and as a duration.
  if (value === "") return valueError("year 0 is out of range");
  if (/^PT?(?:\d|$)/.test(value)) return { type: "assertion_error", msg: "" };
  const anchor = parseAnchor(value, now);
  if (anchor !== undefined) return { value: anchor };
  const reason = whyNoDate(value);
  return reason === null ? { type: "value_error.parser", msg: `Unable to parse string [${value}]` } : valueError(reason);
}

/** Numbers and booleans become text as `str` writes them. */
function readText(value: Json): Read<string> {
  if (typeof value === "string" || typeof value === "boolean" || isJsonNumber(value)) return { value: str(value) };
  return { type: "type_error.str", msg: "str type expected" };
}

function readZone(value: Json): Read<string> {
  const text = readText(value);
  if (!("value" in text) || text.value === "" || isZoneName(text.value)) return text;
  return valueError(`Invalid timezone: "${text.value}" (specify in IANA tzdata format, for example, America/New_York)`);
}

function readRuleZone(value: Json): Read<string> {
  const text = readText(value);
  if (!("value" in text) || text.value === "" || isRuleZoneName(text.value)) return text;
  return valueError(`Invalid timezone: "${text.value}"`);
}

const TRUE_WORDS = ["1", "on", "t", "true", "y", "yes"];
const FALSE_WORDS = ["0", "off", "f", "false", "n", "no"];

function readBoolean(value: Json): Read<boolean> {
  const word = isJsonNumber(value) ? String(numberValue(value)) : typeof value === "object" ? "" : String(value).toLowerCase();
  if (TRUE_WORDS.includes(word)) return { value: true };
  return FALSE_WORDS.includes(word) ? { value: false } : { type: "type_error.bool", msg: "value could not be parsed to a boolean" };
}

function readCronText(value: Json): Read<string> {
  const text = readText(value);
  if (!("value" in text)) return text;
  try {
    parseCron(text.value);
  } catch (error) {
    if (error instanceof CronSyntaxError) return valueError(`Invalid cron string: "${text.value}"`);
    throw error;
  }
  const isRandom = text.value.split(/\s+/).some((field) => /^[rh]$/i.test(field));
  return isRandom ? valueError(`Random and Hashed expressions are unsupported, received: "${text.value}"`) : text;
}

function readRRuleText(value: Json): Read<string> {
  const text = readText(value);
  if (!("value" in text)) return text;
  try {
    parseRRule(text.value, null);
  } catch (error) {
    if (!(error instanceof RRuleError)) throw error;
    return error.kind === "type_error"
      ? { type: "type_error", msg: error.message }
      : valueError(`Invalid RRule string "${text.value}": ${error.message}`);
  }
  const length = textLength(text.value);
  if (length <= MAX_RRULE_LENGTH) return text;
  const start = [...text.value.slice(0, 80)].slice(0, 40).join("");
  return valueError(`Invalid RRule string "${start}..."\nMax length is ${MAX_RRULE_LENGTH}, got ${length}`);
}
