import { stringifyJson } from "../json.ts";
import { dumpJson } from "../parameters/python/json.ts";
import { isTruthy } from "../parameters/python/truth.ts";
import { named, textOf, toJson } from "./text.ts";
import { type RuntimeValue, toRuntime, traitsOf } from "./values.ts";

/** What a filter is called with, besides the value before the bar. */
export interface FilterArguments {
  positional: RuntimeValue[];
  keywords: Readonly<Record<string, RuntimeValue>>;
  pageUrl: string;
}

const MAX_TEXT = 1_000_000;

type Filter = (value: RuntimeValue, given: (index: number, name: string) => RuntimeValue | undefined, pageUrl: string) => RuntimeValue;

/** A filter of the text of whatever it is given. */
const ofText =
  (change: (text: string) => string): Filter =>
  (value) =>
    toRuntime(change(textOf(value)));

const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1).toLowerCase();

const integerOf = (value: RuntimeValue | undefined, fallback: number): number =>
  value && typeof value.value === "number" ? Math.trunc(value.value) : fallback;

const textGiven = (value: RuntimeValue | undefined): string => (value ? textOf(value) : "");

const isOn = (value: RuntimeValue | undefined): boolean => value !== undefined && isTruthy(toJson(value));

/** A text of so many characters; throws for too many, before it is made. */
function bounded(length: number): void {
  if (length > MAX_TEXT) throw named("OverflowError", `Template makes a text of more than ${MAX_TEXT} characters.`);
}

/** Jinja's filters that the interpreter lacks, does otherwise, or would let grow without bounds; and Prefect's (`jinja_filters.py`). */
const FILTERS: Readonly<Record<string, Filter>> = {
  ui_url: (value, _, pageUrl) => link(pageUrl, traitsOf(value).page),
  ui_resource_events_url: (value, _, pageUrl) => {
    const { resourceId } = traitsOf(value);
    return link(pageUrl, resourceId ? `events?resource=${resourceId}` : null);
  },
  default: orDefault,
  d: orDefault,
  upper: ofText((text) => text.toUpperCase()),
  lower: ofText((text) => text.toLowerCase()),
  capitalize: ofText(capitalized),
  title: ofText((text) => text.replace(/[^\s\-({[<]+/g, capitalized)),
  trim: (value, given) => {
    const characters = given(0, "chars");
    if (!characters) return toRuntime(textOf(value).trim());
    const dropped = new Set(textOf(characters));
    const letters = [...textOf(value)];
    const [first, last] = [letters.findIndex((one) => !dropped.has(one)), letters.findLastIndex((one) => !dropped.has(one))];
    return toRuntime(first < 0 ? "" : letters.slice(first, last + 1).join(""));
  },
  string: ofText((text) => text),
  escape: ofText(escaped),
  e: ofText(escaped),
  urlencode: ofText((text) =>
    encodeURIComponent(text)
      .replace(/[!'()*]/g, hexadecimal)
      .replaceAll("%2F", "/"),
  ),
  wordcount: (value) => toRuntime((textOf(value).match(/\w+/g) ?? []).length),
  replace: (value, given) => {
    const [text, old, fresh] = [textOf(value), textGiven(given(0, "old")), textGiven(given(1, "new"))];
    const count = integerOf(given(2, "count"), Number.POSITIVE_INFINITY);
    const pieces = old ? text.split(old) : ["", ...text, ""];
    bounded(text.length + Math.min(pieces.length, count) * fresh.length);
    const head = pieces.slice(0, count + 1).join(fresh);
    return toRuntime(pieces.length > count + 1 ? [head, ...pieces.slice(count + 1)].join(old) : head);
  },
  truncate: (value, given) => {
    const [length, end, leeway] = [integerOf(given(0, "length"), 255), textOf(given(2, "end") ?? toRuntime("...")), 5];
    const text = textOf(value);
    if (text.length <= length + integerOf(given(3, "leeway"), leeway)) return toRuntime(text);
    const cut = text.slice(0, Math.max(0, length - end.length));
    return toRuntime((isOn(given(1, "killwords")) ? cut : cut.slice(0, cut.lastIndexOf(" ") < 0 ? undefined : cut.lastIndexOf(" "))) + end);
  },
  indent: (value, given) => {
    const width = given(0, "width");
    const space = typeof width?.value === "string" ? width.value : " ".repeat(Math.min(MAX_TEXT, Math.max(0, integerOf(width, 4))));
    const lines = textOf(value).split("\n");
    bounded(lines.length * space.length);
    const [first, blank] = [isOn(given(1, "first")), isOn(given(2, "blank"))];
    return toRuntime(lines.map((line, index) => ((index === 0 ? first : line !== "" || blank) ? space + line : line)).join("\n"));
  },
  join: (value, given) => {
    const [separator, attribute] = [textOf(given(0, "d") ?? toRuntime("")), given(1, "attribute")];
    const items: RuntimeValue[] = Array.isArray(value.value) ? value.value : [...textOf(value)].map((letter) => toRuntime(letter));
    const texts = items.map((item) => textOf(attribute ? memberOf(item, textOf(attribute)) : item));
    bounded(texts.reduce((length, text) => length + text.length + separator.length, 0));
    return toRuntime(texts.join(separator));
  },
  tojson: (value, given) => {
    const indent = integerOf(given(0, "indent"), 0);
    const text =
      indent > 0 ? JSON.stringify(JSON.parse(dumpJson(toJson(value), true)), null, Math.min(indent, 10)) : dumpJson(toJson(value), true);
    return toRuntime(text.replace(/[<>&']/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`));
  },
  round: (value, given) => {
    const places = Math.max(-100, Math.min(100, integerOf(given(0, "precision"), 0)));
    const method = textOf(given(1, "method") ?? toRuntime("common"));
    if (value.type === "IntegerValue" && places >= 0) return value;
    const scale = 10 ** places;
    const number = Number(stringifyJson(toJson(value)));
    if (Number.isNaN(number)) throw named("TypeError", "type str doesn't define __round__ method");
    const round = method === "ceil" ? Math.ceil : method === "floor" ? Math.floor : halfToEven;
    return Object.assign(toRuntime(0.5), { value: round(number * scale) / scale });
  },
};

export const isOwnFilter = (name: string): boolean => Object.hasOwn(FILTERS, name);

/** Applies a filter of our own. Throws an error of Python's name for what it cannot do. */
export function applyFilter(name: string, value: RuntimeValue, { positional, keywords, pageUrl }: FilterArguments): RuntimeValue {
  const filter = isOwnFilter(name) ? FILTERS[name] : undefined;
  if (!filter) throw named("TemplateRuntimeError", `No filter named '${name}' found.`);
  return filter(value, (index, key) => positional[index] ?? (Object.hasOwn(keywords, key) ? keywords[key] : undefined), pageUrl);
}

function orDefault(...[value, given]: Parameters<Filter>): RuntimeValue {
  const isMissing = value.type === "UndefinedValue" || (isOn(given(1, "boolean")) && !isOn(value));
  return isMissing ? (given(0, "default_value") ?? toRuntime("")) : value;
}

const link = (pageUrl: string, path: string | null | undefined): RuntimeValue => toRuntime(path ? `${pageUrl}/${path}` : null);

/** What lies in a value at a path of names. */
function memberOf(value: RuntimeValue, path: string): RuntimeValue {
  let found: RuntimeValue | undefined = value;
  for (const name of path.split(".")) found = found?.value instanceof Map ? found.value.get(name) : undefined;
  return found ?? toRuntime("");
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? letter);
}

function hexadecimal(letter: string): string {
  return `%${letter.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** Python's `round`: halves go to the even neighbour. */
function halfToEven(number: number): number {
  const floor = Math.floor(number);
  if (number - floor !== 0.5) return Math.round(number);
  return floor % 2 === 0 ? floor : floor + 1;
}
