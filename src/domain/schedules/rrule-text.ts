import { FREQUENCIES, makeRecurrence, type Recurrence, RRuleError, type RuleParts, type RuleWeekday } from "./recurrence.ts";
import { parseRuleDate, type RuleDate } from "./rrule-date.ts";
import type { WallMicros } from "./types.ts";
import { isRuleZoneName } from "./zone-names.ts";

/** Recurrence rules and dates, less the excluded ones. */
export interface RecurrenceSet {
  readonly rules: readonly Recurrence[];
  readonly dates: readonly WallMicros[];
  readonly excludedRules: readonly Recurrence[];
  readonly excludedDates: readonly WallMicros[];
}

const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const INTEGER = /^[+-]?\d+(?:_\d+)*$/;

/**
 * Reads a recurrence text as dateutil's `rrulestr` does: one rule, or lines of DTSTART, RRULE, RDATE, EXRULE and EXDATE.
 * `defaultStart` is the start of rules without DTSTART; null leaves it open, as validation does. Throws RRuleError.
 */
export function parseRRule(text: string, defaultStart: RuleDate | null): RecurrenceSet {
  const upper = text.toUpperCase();
  if (upper.trim() === "") throw new RRuleError("empty string");
  const lines = upper.trim().split(/\s+/);
  const [line = ""] = lines;
  if (lines.length === 1 && (!upper.includes(":") || upper.startsWith("RRULE:")))
    return { rules: [parseRule(line, defaultStart)], dates: [], excludedRules: [], excludedDates: [] };
  return parseLines(lines, zoneNamesOf(text), defaultStart);
}

function parseLines(lines: readonly string[], zoneNames: ReadonlyMap<string, string>, defaultStart: RuleDate | null): RecurrenceSet {
  const texts: Record<"RRULE" | "RDATE" | "EXRULE", string[]> = { RRULE: [], RDATE: [], EXRULE: [] };
  const excludedDates: WallMicros[] = [];
  let hasExcludedDates = false;
  let start = defaultStart;
  for (const line of lines) {
    const colon = line.indexOf(":");
    const [name = "", ...parameters] = (colon < 0 ? "RRULE" : line.slice(0, colon)).split(";");
    const value = colon < 0 ? line : line.slice(colon + 1);
    if (name === "RRULE" || name === "EXRULE" || name === "RDATE") {
      const refused = parameters.find((parameter) => name !== "RDATE" || parameter !== "VALUE=DATE-TIME");
      if (refused !== undefined) throw new RRuleError(`unsupported ${name} parm: ${refused}`);
      texts[name].push(value);
    } else if (name === "EXDATE") {
      hasExcludedDates = true;
      excludedDates.push(...parseDates(value, parameters, zoneNames).map((date) => date.wall));
    } else if (name === "DTSTART") {
      const [first, ...others] = parseDates(value, parameters, zoneNames);
      if (first === undefined || others.length > 0) throw new RRuleError(`Multiple DTSTART values specified:${value}`);
      start = first;
    } else {
      throw new RRuleError(`unsupported property: ${name}`);
    }
  }
  const isSet = texts.RRULE.length > 1 || texts.RDATE.length > 0 || texts.EXRULE.length > 0 || hasExcludedDates;
  // The reference fails here with an IndexError.
  if (!isSet && texts.RRULE.length === 0) throw new RRuleError("list index out of range");
  return {
    rules: texts.RRULE.map((rule) => parseRule(rule, start)),
    dates: texts.RDATE.flatMap((dates) => dates.split(",")).map((date) => parseRuleDate(date).wall),
    excludedRules: texts.EXRULE.map((rule) => parseRule(rule, start)),
    excludedDates,
  };
}

/** The zone names of TZID parameters by their upper-case form: the text is read in upper case. */
function zoneNamesOf(text: string): Map<string, string> {
  return new Map([...text.matchAll(/TZID=([^:]+):/g)].map(([, name = ""]) => [name.toUpperCase(), name]));
}

function parseDates(value: string, parameters: readonly string[], zoneNames: ReadonlyMap<string, string>): RuleDate[] {
  let hasZone = false;
  let hasValue = false;
  for (const parameter of parameters) {
    if (parameter.startsWith("TZID=")) {
      hasZone = isRuleZoneName(zoneNames.get(parameter.split("TZID=").at(-1) ?? "") ?? "") || hasZone;
    } else if (parameter !== "VALUE=DATE-TIME" && parameter !== "VALUE=DATE") {
      throw new RRuleError(`unsupported parm: ${parameter}`);
    } else if (hasValue) {
      throw new RRuleError(`Duplicate value parameter found in: ${parameter}`);
    } else {
      hasValue = true;
    }
  }
  return value.split(",").map((text) => {
    const date = parseRuleDate(text);
    if (hasZone && date.isAware) throw new RRuleError("DTSTART/EXDATE specifies multiple timezone");
    return { wall: date.wall, isAware: date.isAware || hasZone };
  });
}

function parseRule(line: string, start: RuleDate | null): Recurrence {
  let text = line;
  if (line.includes(":")) {
    const [name, value] = splitPair(line, ":");
    if (name !== "RRULE") throw new RRuleError("unknown parameter name");
    text = value;
  }
  const parts: RuleParts = {};
  for (const pair of text.split(";")) {
    const [name, value] = splitPair(pair, "=");
    const read = READERS[name];
    if (read === undefined) throw new RRuleError(`unknown parameter '${name}'`);
    try {
      Object.assign(parts, read(value));
    } catch (error) {
      if (error instanceof RRuleError) throw new RRuleError(`invalid '${name}': ${value}`);
      throw error;
    }
  }
  return makeRecurrence(parts, start);
}

/** Splits in two at the one separator; otherwise fails as Python's unpacking does. */
function splitPair(text: string, separator: string): [string, string] {
  const [first = "", second, ...others] = text.split(separator);
  if (second === undefined) throw new RRuleError("not enough values to unpack (expected 2, got 1)");
  if (others.length > 0) throw new RRuleError("too many values to unpack (expected 2)");
  return [first, second];
}

const readWeekdays = (value: string): RuleParts => ({ weekdays: value.split(",").map(weekdayOf) });

const READERS: Readonly<Record<string, (value: string) => RuleParts>> = {
  FREQ: (value) => ({ frequency: indexOf(FREQUENCIES, value) }),
  INTERVAL: (value) => ({ interval: integer(value) }),
  COUNT: (value) => ({ count: integer(value) }),
  UNTIL: (value) => ({ until: parseRuleDate(value) }),
  WKST: (value) => ({ weekStart: indexOf(WEEKDAYS, value) }),
  BYSETPOS: (value) => ({ setPositions: integers(value) }),
  BYMONTH: (value) => ({ months: integers(value) }),
  BYMONTHDAY: (value) => ({ monthDays: integers(value) }),
  BYYEARDAY: (value) => ({ yearDays: integers(value) }),
  BYEASTER: (value) => ({ easterOffsets: integers(value) }),
  BYWEEKNO: (value) => ({ weekNumbers: integers(value) }),
  BYHOUR: (value) => ({ hours: integers(value) }),
  BYMINUTE: (value) => ({ minutes: integers(value) }),
  BYSECOND: (value) => ({ seconds: integers(value) }),
  BYDAY: readWeekdays,
  BYWEEKDAY: readWeekdays,
};

function integer(text: string): number {
  if (!INTEGER.test(text)) throw new RRuleError(`invalid literal for int() with base 10: '${text}'`);
  return Number(text.replaceAll("_", ""));
}

const integers = (text: string) => text.split(",").map(integer);

function indexOf(names: readonly string[], name: string): number {
  const index = names.indexOf(name);
  if (index < 0) throw new RRuleError(name);
  return index;
}

/** `MO`, `+1MO` or `MO(+1)`. */
function weekdayOf(text: string): RuleWeekday {
  const [, before = "", name = "", within] = /^([-+\d]*)([^(]*)(?:\((.*).)?$/s.exec(text) ?? [];
  const ordinal = within ?? before;
  const nth = within === undefined && ordinal === "" ? null : integer(ordinal);
  if (nth === 0) throw new RRuleError("Can't create weekday with n==0");
  return { weekday: indexOf(WEEKDAYS, within === undefined ? name : before + name), nth };
}
