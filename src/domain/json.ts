/**
 * JSON without loss. JavaScript reads `1.0`, `1` and integers past 2^53 into the same doubles, Python does not;
 * a number whose text JavaScript would write otherwise is kept as a `RawNumber` and written back as it came.
 */
export interface RawNumber {
  readonly rawJSON: string;
}

export type Json = null | boolean | number | string | RawNumber | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

// Not in TypeScript's libraries yet (https://tc39.es/proposal-json-parse-with-source/); workerd and Node 22 have it.
interface JsonWithSource {
  parse(text: string, reviver: (key: string, value: Json, context: { source?: string }) => Json): Json;
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): value is RawNumber;
}
const json = JSON as unknown as JsonWithSource;

/** Number texts that JavaScript might write otherwise: final zeros of a fraction, exponents, minus zero, 16 digits or more. */
const LOSSY_NUMBER = /\.\d*0(?!\d)|\d[eE]|-0|\d{16}/;

/** Parses JSON text, keeping the source text of numbers. Throws SyntaxError for text that is no JSON. */
export function parseJson(text: string): Json {
  // Without a suspicious number the native parser does, several times faster than with a reviver.
  if (!LOSSY_NUMBER.test(text)) return JSON.parse(text) as Json;
  return json.parse(text, (_key, value, context) =>
    typeof value === "number" && context.source !== undefined && String(value) !== context.source ? json.rawJSON(context.source) : value,
  );
}

/** JSON text of a value; raw numbers come out as they came in. */
export function stringifyJson(value: Json): string {
  return JSON.stringify(value);
}

export function isRawNumber(value: unknown): value is RawNumber {
  return json.isRawJSON(value);
}

/** A number that is written as `text`; the text must be a JSON number. */
export function rawNumber(text: string): RawNumber {
  return json.rawJSON(text);
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isRawNumber(value);
}

/** The object without its undefined values: what a caller really sent. */
export function present<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
