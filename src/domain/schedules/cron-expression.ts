import { drawRandomField } from "./cron-random.ts";
import { CronSyntaxError } from "./types.ts";

/** The values a field allows, ascending; null allows all. */
export type CronValues = readonly number[] | null;

/** A cron expression taken apart. Weekdays count from Sunday 0. */
export interface CronFields {
  readonly minutes: CronValues;
  readonly hours: CronValues;
  readonly days: CronValues;
  /** `L`: the last day of the month, besides `days`. */
  readonly lastDay: boolean;
  /** `15W`: the working day nearest to this day; it takes the place of `days`. */
  readonly nearestWorkday: number | null;
  readonly months: CronValues;
  readonly weekdays: CronValues;
  /** `5#2`, `L5`: the nth (`"last"`: the last) such weekday of the month; they take the place of `weekdays`. */
  readonly nthWeekdays: readonly { readonly weekday: number; readonly nth: number | "last" }[];
  /** Null without a sixth field: at second 0. */
  readonly seconds: readonly number[] | "any" | null;
  readonly years: CronValues;
}

const [DAY, MONTH, WEEKDAY] = [2, 3, 4];
// Minute, hour, day, month, weekday, second, year.
const LOWEST = [0, 0, 1, 1, 0, 0, 1970];
const HIGHEST = [59, 23, 31, 12, 6, 59, 2099];

const ALIASES: Readonly<Record<string, string>> = {
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};

const WEEKDAYS = "sun|mon|tue|wed|thu|fri|sat";
const MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec";
const NTH_WEEKDAY = new RegExp(`^(?:((?:${WEEKDAYS})(?:-(?:${WEEKDAYS}))?|(?:${MONTHS})(?:-(?:${MONTHS}))?|\\w+)#|l)(\\d+)$`);
const NEAREST_WORKDAY = /^(?:(\d+)w|w(\d+))$/;
const RANGE = /^([^-]+)-([^-/]+)(?:\/(\d+))?$/;
const DIGITS = /^\d+$/;

/** What one field allows, before `*` and full lists are told apart. */
interface FieldValues {
  values: Set<number>;
  any: boolean;
  last: boolean;
  nearestWorkday: number | null;
  nthWeekdays: { weekday: number; nth: number | "last" }[];
}

/**
 * Takes a cron expression apart as croniter 6 does: 5 fields, 6 (seconds last) or 7 (years after them).
 * Throws CronSyntaxError. Dates that never come (31 February) are accepted, as there.
 */
export function parseCron(expression: string): CronFields {
  const lower = expression.toLowerCase();
  const texts = (ALIASES[lower] ?? lower).trim().split(/\s+/);
  if (texts.length < 5 || texts.length > 7)
    throw new CronSyntaxError("Exactly 5, 6 or 7 columns has to be specified for iterator expression.");
  const fields = texts.map((text, index) => parseField(drawRandomField(text, index, LOWEST, HIGHEST), index, texts.length));
  const values = (index: number): CronValues => {
    const field = fields[index];
    return field === undefined || field.any || isEveryValue(field, index, texts) ? null : [...field.values].sort((a, b) => a - b);
  };
  for (const field of fields) checkWeekdayMixture(field);
  return {
    minutes: values(0),
    hours: values(1),
    days: values(DAY),
    lastDay: fields[DAY]?.last ?? false,
    nearestWorkday: fields[DAY]?.nearestWorkday ?? null,
    months: values(MONTH),
    weekdays: values(WEEKDAY),
    nthWeekdays: fields[WEEKDAY]?.nthWeekdays ?? [],
    seconds: fields.length > 5 ? (values(5) ?? "any") : null,
    years: values(6),
  };
}

/** A full list of days stays a restriction beside a restricted weekday and the reverse: then `dayOr` makes every day match. */
function isEveryValue(field: FieldValues, index: number, texts: readonly string[]): boolean {
  const size = field.values.size + (field.last ? 1 : 0);
  if (size !== (HIGHEST[index] ?? 0) - (LOWEST[index] ?? 0) + 1) return false;
  if (index === DAY) return texts[WEEKDAY]?.includes("*") ?? false;
  if (index === WEEKDAY) return texts[DAY]?.includes("*") ?? false;
  return true;
}

/** Single weekdays beside nth ones are refused, with or without a `*`, but not when the whole week is written out. */
function checkWeekdayMixture({ values, any, nthWeekdays }: FieldValues): void {
  if (nthWeekdays.length === 0 || values.size + Number(any) === 7) return;
  if ([...values].some((day) => !nthWeekdays.some(({ weekday }) => weekday === day)))
    throw new CronSyntaxError("day-of-week field does not support mixing literal values and nth day of week syntax.");
}

function parseField(text: string, index: number, fieldCount: number): FieldValues {
  const field: FieldValues = { values: new Set(), any: false, last: false, nearestWorkday: null, nthWeekdays: [] };
  if (text === "?" && (index === DAY || index === WEEKDAY)) return { ...field, any: true };
  if (text.includes("?")) throw new CronSyntaxError("Question mark can only be used alone, in day_of_month or day_of_week.");
  const parts = text.split(",");
  for (const part of parts) {
    const workday = index === DAY ? NEAREST_WORKDAY.exec(part) : null;
    if (workday === null) {
      addPart(field, part, index, fieldCount);
      continue;
    }
    const day = Number(workday[1] ?? workday[2]);
    if (day < 1 || day > 31 || parts.length > 1) throw new CronSyntaxError("'W' can only be used with a single day value.");
    field.nearestWorkday = day;
    field.values.add(day);
  }
  return field;
}

function addPart(field: FieldValues, part: string, index: number, fieldCount: number): void {
  const special = index === WEEKDAY ? NTH_WEEKDAY.exec(part) : null;
  if (special === null) {
    addValues(field, part, index, fieldCount, null);
  } else if (special[1] === undefined) {
    addValues(field, special[2] ?? "", index, fieldCount, "last");
  } else {
    const nth = Number(special[2]);
    if (nth < 1 || nth > 5) throw new CronSyntaxError(`Invalid day_of_week value: '${nth}'`);
    addValues(field, special[1], index, fieldCount, nth);
  }
}

function addValues(field: FieldValues, part: string, index: number, fieldCount: number, nth: number | "last" | null): void {
  const [lowest, highest] = [LOWEST[index] ?? 0, HIGHEST[index] ?? 0];
  // `*/5` is `0-59/5`, `10/5` is `10-59/5`.
  const text = part.replace(/^\*(\/.+)$/, `${lowest}-${highest}$1`);
  const range = RANGE.exec(text) ?? RANGE.exec(text.replace(/^(.+)\/(.+)$/, `$1-${highest}/$2`));
  if (range !== null) {
    const value = (bound: string) => alias(boundValue(bound, index), index, fieldCount);
    const [low, high, step] = [
      value(range[1] ?? ""),
      value(index === DAY && range[2] === "l" ? "31" : (range[2] ?? "")),
      Number(range[3] ?? 1),
    ];
    if (step === 0 || Math.max(low, high) > highest) throw new CronSyntaxError("out of bands");
    for (const number of expandRange(low, high, step, lowest, highest)) addNumber(field, number, index, fieldCount, nth);
  } else if (text === "*") {
    field.any = true;
  } else if (text === "l" && index === DAY) {
    field.last = true;
  } else {
    addNumber(field, boundValue(text, index), index, fieldCount, nth);
  }
}

function addNumber(field: FieldValues, number: number, index: number, fieldCount: number, nth: number | "last" | null): void {
  const value = alias(number, index, fieldCount);
  if (value < (LOWEST[index] ?? 0) || value > (HIGHEST[index] ?? 0)) throw new CronSyntaxError("out of range");
  field.values.add(value);
  if (nth !== null) field.nthWeekdays.push({ weekday: value, nth });
}

function boundValue(text: string, index: number): number {
  if (DIGITS.test(text)) return Number(text);
  const names = index === MONTH ? MONTHS : index === WEEKDAY ? WEEKDAYS : "";
  const position = names.split("|").indexOf(text);
  if (text === "" || position < 0) throw new CronSyntaxError(`[${text}] is not acceptable`);
  return index === MONTH ? position + 1 : position;
}

/** Sunday as 7, and 0 for the first day or month, each only where croniter takes them: it depends on the number of fields. */
function alias(value: number, index: number, fieldCount: number): number {
  if (index === DAY && value === 0) return fieldCount === 6 ? 1 : 0;
  if (index === WEEKDAY && value === 7) return fieldCount === 5 ? 0 : 7;
  return value;
}

/** Equal bounds mean the whole field; a range that runs backwards wraps round the field's end. */
function expandRange(low: number, high: number, step: number, lowest: number, highest: number): number[] {
  if (low === high) return steps(lowest, highest, step);
  if (low < high) return steps(low, high, step);
  const values = steps(low, highest, step);
  const end = values.at(-1) ?? highest;
  if (end < lowest) throw new CronSyntaxError(`${end} is not in list`);
  const left = highest - end;
  const isPastEnd = end - lowest + step > highest - lowest + 1;
  return [...values, ...steps(lowest + (isPastEnd && left < step ? step - left : 0), high, step)];
}

function steps(from: number, to: number, step: number): number[] {
  const values = [];
  for (let value = from; value <= to; value += step) values.push(value);
  return values;
}
