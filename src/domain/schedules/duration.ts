import type { Json } from "../json.ts";
import { isJsonNumber, numberValue } from "../parameters/python/number.ts";
import { repr, typeName } from "../parameters/python/repr.ts";
import { MICROS_PER_SECOND } from "../time.ts";
import { MICROS_PER_DAY } from "./calendar.ts";

const SECONDS_PER_DAY = 86_400;
const MAX_DAYS = 999_999_999;
const MAX_UNSIGNED = 2 ** 32 - 1;

/** A duration that pydantic refuses, with the words its error has for it. */
class DurationError extends Error {}

/**
 * Reads a duration above zero as pydantic 2 does: a number of seconds, ISO 8601 text (`PT1H`), `HH:MM:SS` or `1 day, HH:MM`.
 * Gives seconds, exact to the microsecond, or the message of pydantic's error.
 */
export function parsePositiveDuration(value: Json): { seconds: number } | { message: string } {
  if (typeof value !== "string" && typeof value !== "boolean" && !isJsonNumber(value))
    return { message: validationMessage("Input should be a valid timedelta", "time_delta_type", repr(value), typeName(value)) };
  try {
    const duration = typeof value === "string" ? parseText(value) : ofNumber(Number(isJsonNumber(value) ? numberValue(value) : value));
    const micros = duration.seconds * MICROS_PER_SECOND + duration.micros;
    if (micros > 0) return { seconds: duration.micros === 0 ? duration.seconds : micros / MICROS_PER_SECOND };
    return { message: validationMessage("Input should be greater than 0 seconds", "greater_than", timedeltaRepr(micros), "timedelta") };
  } catch (error) {
    if (!(error instanceof DurationError)) throw error;
    const problem = `Input should be a valid timedelta, ${error.message}`;
    return { message: validationMessage(problem, "time_delta_parsing", repr(value), typeName(value)) };
  }
}

function validationMessage(problem: string, code: string, input: string, inputType: string): string {
  const details = `[type=${code}, input_value=${shortened(input)}, input_type=${inputType}]`;
  const help = `For further information visit https://errors.pydantic.dev/2.12/v/${code}`;
  return `1 validation error for timedelta\n  ${problem} ${details}\n    ${help}`;
}

/** Pydantic leaves out the middle of what is longer than 50 bytes, between whole characters. */
function shortened(text: string): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= 50) return text;
  const isInside = (index: number) => ((bytes[index] ?? 0) & 0xc0) === 0x80;
  let [head, tail] = [25, bytes.length - 24];
  while (isInside(head)) head--;
  while (isInside(tail)) tail++;
  const decoder = new TextDecoder();
  return `${decoder.decode(bytes.subarray(0, head))}...${decoder.decode(bytes.subarray(tail))}`;
}

function timedeltaRepr(micros: number): string {
  const days = Math.floor(micros / MICROS_PER_DAY);
  const rest = micros - days * MICROS_PER_DAY;
  const parts = [
    ["days", days],
    ["seconds", Math.floor(rest / MICROS_PER_SECOND)],
    ["microseconds", rest % MICROS_PER_SECOND],
  ] as const;
  const shown = parts.filter(([, value]) => value !== 0).map(([name, value]) => `${name}=${value}`);
  return `datetime.timedelta(${shown.join(", ") || "0"})`;
}

/** Whole seconds and the microseconds beyond them, of one sign: the longest durations are too long to count in microseconds. */
interface Duration {
  readonly seconds: number;
  readonly micros: number;
}

function ofNumber(value: number): Duration {
  const seconds = Math.trunc(value);
  if (Math.abs(seconds) / SECONDS_PER_DAY >= MAX_DAYS + 1) throw new DurationError("durations may not exceed 999,999,999 days");
  const micros = Math.round(Math.abs(value - seconds) * MICROS_PER_SECOND) * Math.sign(value);
  return Math.abs(micros) < MICROS_PER_SECOND ? { seconds, micros } : { seconds: seconds + Math.sign(value), micros: 0 };
}

/** The text forms of speedate's `Duration::parse_str`. */
function parseText(text: string): Duration {
  const body = /^[-+]/.test(text) ? text.slice(1) : text;
  const isDays = byteLength(body) < 5 || /d/i.test(text);
  const { seconds, micros } = body.startsWith("P") ? parseIso(body.slice(1)) : isDays ? parseDays(body) : parseClock(body);
  return text.startsWith("-") ? { seconds: -seconds, micros: -micros } : { seconds, micros };
}

const byteLength = (text: string) => new TextEncoder().encode(text).length;

const ISO_UNITS: Readonly<Record<string, number>> = { Y: 365, M: 30, W: 7, D: 1, TH: 3600, TM: 60, TS: 1 };

function parseIso(text: string): Duration {
  let [days, seconds, micros] = [0, 0, 0];
  let clock = "";
  let hadFraction = false;
  for (let rest = text; rest !== ""; ) {
    if (rest.startsWith("T")) {
      if (clock === "T") throw new DurationError("`t` character repeated in duration");
      clock = "T";
      rest = rest.slice(1);
      continue;
    }
    const [number = "", digits = "", fraction] = /^(\d+)([.,]\d*)?/.exec(rest) ?? [];
    if (number === "") throw new DurationError("invalid digit in duration");
    const value = unsigned(Number(digits));
    if (hadFraction) throw new DurationError("quantity fraction invalid in duration");
    hadFraction = fraction !== undefined;
    const unit = ISO_UNITS[clock + (rest[number.length] ?? "")];
    if (unit === undefined || rest[number.length] === undefined)
      throw new DurationError(`quantity invalid in ${clock === "T" ? "time" : "date"} part of duration`);
    const extra = Number(`0.${fraction?.slice(1) || "0"}`) * unit;
    const extraSeconds = (extra - Math.trunc(extra)) * (clock === "T" ? 1 : SECONDS_PER_DAY);
    if (clock === "T") seconds = unsigned(seconds + unsigned(value * unit) + Math.trunc(extra));
    else days = unsigned(days + unsigned(value * unit) + Math.trunc(extra));
    if (clock !== "T") seconds += Math.trunc(extraSeconds);
    micros += Math.round((extraSeconds - Math.trunc(extraSeconds)) * MICROS_PER_SECOND);
    rest = rest.slice(number.length + 1);
  }
  if (text.length < 2) throw new DurationError("input is too short");
  return total(days, seconds, micros);
}

function parseDays(text: string): Duration {
  if (text === "") throw new DurationError("input is too short");
  const digits = /^\d+/.exec(text)?.[0];
  if (digits === undefined) throw new DurationError("invalid digit in duration");
  const days = unsigned(Number(digits));
  if (days > MAX_DAYS) throw new DurationError("durations may not exceed 999,999,999 days");
  const word = /^ ?[dD](?:ays?|AYS?)?/.exec(text.slice(digits.length))?.[0];
  const rest = text.slice(digits.length + (word?.length ?? 0));
  // After "d" an "a" must go on as "day".
  if (word === undefined || (/d$/i.test(word) && /^a/i.test(rest)))
    throw new DurationError('"day" identifier in duration not correctly formatted');
  const clock = rest.replace(/^,/, "").replace(/^ /, "");
  if (clock === "") return total(days, 0, 0);
  const { seconds, micros } = parseClock(clock);
  if (seconds >= SECONDS_PER_DAY) throw new DurationError("durations may not exceed 999,999,999 hours");
  return total(days, seconds, micros);
}

/** `HH:MM`, `HH:MM:SS` or `HH:MM:SS.ffffff`, with any number of hour digits; digits past the microsecond are dropped. */
function parseClock(text: string): Duration {
  if (byteLength(text) < 5) throw new DurationError("input is too short");
  const hourDigits = /^\d*/.exec(text)?.[0] ?? "";
  const hours = Number(hourDigits);
  if (hours >= MAX_UNSIGNED) throw new DurationError("durations may not exceed 999,999,999 hours");
  let rest = text.slice(hourDigits.length);
  if (!rest.startsWith(":")) throw new DurationError("invalid character in hour");
  const minutes = sixtieth(rest.slice(1, 3), "minute");
  rest = rest.slice(3);
  let [seconds, micros] = [0, 0];
  if (rest.startsWith(":")) {
    seconds = sixtieth(rest.slice(1, 3), "second");
    rest = rest.slice(3);
    const fraction = /^[.,](\d*)/.exec(rest);
    if (fraction !== null) {
      if (fraction[1] === "") throw new DurationError("second fraction digits missing after `.`");
      micros = Number((fraction[1] ?? "").slice(0, 6).padEnd(6, "0"));
      rest = rest.slice(fraction[0].length);
    }
  }
  if (rest !== "") throw new DurationError("unexpected extra characters at the end of the input");
  return total(0, hours * 3600 + minutes * 60 + seconds, micros);
}

function sixtieth(digits: string, name: "minute" | "second"): number {
  if (!/^\d\d$/.test(digits)) throw new DurationError(`invalid character in ${name}`);
  if (Number(digits) > 59) throw new DurationError(`${name} value is outside expected range of 0-59`);
  return Number(digits);
}

function unsigned(value: number): number {
  if (value > MAX_UNSIGNED) throw new DurationError("a numeric value in the duration is too large");
  return value;
}

function total(days: number, seconds: number, micros: number): Duration {
  const all = days * SECONDS_PER_DAY + seconds + Math.floor(micros / MICROS_PER_SECOND);
  if (all >= (MAX_DAYS + 1) * SECONDS_PER_DAY) throw new DurationError("durations may not exceed 999,999,999 days");
  return { seconds: all, micros: micros % MICROS_PER_SECOND };
}
