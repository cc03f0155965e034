import { ascii } from "./parameters/python/repr.ts";

/** What a notification's message may name. */
const VARIABLES = new Set([
  "flow_run_notification_policy_id",
  "flow_id",
  "flow_name",
  "flow_run_url",
  "flow_run_id",
  "flow_run_name",
  "flow_run_parameters",
  "flow_run_state_type",
  "flow_run_state_name",
  "flow_run_state_timestamp",
  "flow_run_state_message",
]);

class Problem extends Error {}

/** A variable's value: as Python's `str` and as its `repr` write it. */
export interface TemplateValue {
  text: string;
  repr: string;
}

type Values = ReadonlyMap<string, TemplateValue>;

/** What a template is tried with. */
const SAMPLES: Values = new Map([...VARIABLES].map((name) => [name, { text: "test", repr: "'test'" }]));

/**
 * What is wrong with a notification's message template, in the words of Python's `str.format`, which will fill it in; undefined
 * if nothing is. Only the variables of flow-run notifications can be named, and nothing inside them.
 */
export function templateProblem(template: string): string | undefined {
  try {
    fillTemplate(template, SAMPLES);
    return undefined;
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
}

/** A template without problems, with values for all variables, as Python's `str.format` fills it in for texts. */
export const fillTemplate = (template: string, values: Values): string => fill(template, values, 2);

/** Fills in; a field's format may itself hold fields, to a depth. */
function fill(template: string, values: Values, depth: number): string {
  if (depth === 0) throw new Problem("Max string recursion exceeded");
  let filled = "";
  let at = 0;
  while (at < template.length) {
    const brace = template.slice(at).search(/[{}]/);
    if (brace < 0) return filled + template.slice(at);
    filled += template.slice(at, at + brace);
    at += brace;
    const character = template.charAt(at);
    if (template[at + 1] === character) {
      filled += character;
      at += 2;
      continue;
    }
    if (character === "}" || at + 1 === template.length) throw new Problem(`Single '${character}' encountered in format string`);
    const field = readField(template, at + 1);
    filled += fillField(field, values, depth);
    at = field.end;
  }
  return filled;
}

interface Field {
  name: string;
  conversion: string;
  format: string;
  end: number;
}

/** Reads `name!conversion:format}` from an index on. */
function readField(template: string, start: number): Field {
  const [name = ""] = /^(?:\[[^\]]*|[^{}:![])*/.exec(template.slice(start)) ?? [];
  let at = start + name.length;
  let conversion = "";
  if (template[at] === "{") throw new Problem("unexpected '{' in field name");
  if (template[at] === "}") return { name, conversion, format: "", end: at + 1 };
  if (template[at] === undefined) throw new Problem("expected '}' before end of string");
  if (template[at] === "!") {
    conversion = template.charAt(at + 1);
    if (conversion === "") throw new Problem("end of string while looking for conversion specifier");
    at += 2;
    if (template[at] === "}") return { name, conversion, format: "", end: at + 1 };
    if (template[at] !== undefined && template[at] !== ":") throw new Problem("expected ':' after conversion specifier");
  }
  const formatStart = at + 1;
  let open = 1;
  for (let index = formatStart; index < template.length; index += 1) {
    if (template[index] === "{") open += 1;
    else if (template[index] === "}") open -= 1;
    if (open === 0) return { name, conversion, format: template.slice(formatStart, index), end: index + 1 };
  }
  throw new Problem("unmatched '{' in format spec");
}

/** The widest field that is filled up; Python would fill any. */
const MAX_WIDTH = 10_000;

function fillField({ name, conversion, format }: Field, values: Values, depth: number): string {
  const [variable = ""] = name.split(/[.[]/);
  const value = values.get(name);
  if (value === undefined) throw new Problem(`Invalid template variable provided: '${values.has(variable) ? name : variable}'`);
  if (!"rsa".includes(conversion)) throw new Problem(`Unknown conversion specifier ${conversion}`);
  const spec = readSpec(format.includes("{") ? fill(format, values, depth - 1) : format);
  const text = conversion === "r" ? value.repr : conversion === "a" ? ascii(value.repr) : value.text;
  const characters = [...text].slice(0, spec.precision);
  const missing = Math.max(0, Math.min(spec.width, MAX_WIDTH) - characters.length);
  const before = spec.align === ">" ? missing : spec.align === "^" ? Math.floor(missing / 2) : 0;
  return spec.pad.repeat(before) + characters.join("") + spec.pad.repeat(missing - before);
}

const SPEC =
  /^(?:(?<pad>.)?(?<align>[<>=^]))?(?<sign>[-+ ])?(?<coercion>z)?(?<alternate>#)?(?<zero>0)?(?<width>\d*)(?<grouping>,_|_,|[,_])?(?<point>\.(?<precision>\d*))?(?<type>.*)$/su;
/** The types of numbers that may be grouped. */
const GROUPED: Readonly<Record<string, string>> = { ",": "deEfFgG%", _: "deEfFgG%boxX" };

/** Reads a format specifier for a text (CPython's `format_string_internal`), the first thing wrong being told. */
function readSpec(spec: string): { pad: string; align: string | undefined; width: number; precision: number } {
  const parts = SPEC.exec(spec)?.groups ?? {};
  const { type = "", grouping, sign } = parts;
  const refuse = (isWrong: unknown, problem: string) => {
    if (isWrong) throw new Problem(problem);
  };
  refuse(grouping !== undefined && grouping.length > 1, "Cannot specify both ',' and '_'.");
  refuse(parts.point === ".", "Format specifier missing precision");
  refuse([...type].length > 1, `Invalid format specifier '${spec}' for object of type 'str'`);
  refuse(grouping && !GROUPED[grouping]?.includes(type || "s"), `Cannot specify '${grouping}' with ${quoted(type || "s")}.`);
  refuse(type !== "" && type !== "s", `Unknown format code ${quoted(type)} for object of type 'str'`);
  const refused = "not allowed in string format specifier";
  refuse(sign, `${sign === " " ? "Space" : "Sign"} ${refused}`);
  refuse(parts.coercion, `Negative zero coercion (z) ${refused}`);
  refuse(parts.alternate, `Alternate form (#) ${refused}`);
  refuse(parts.align === "=", `'=' alignment ${refused}`);
  const pad = parts.pad ?? (parts.zero === undefined ? " " : "0");
  return { pad, align: parts.align, width: Number(parts.width), precision: Number(parts.precision ?? Infinity) };
}

/** A character as CPython shows it in these texts. */
const quoted = (character: string): string =>
  /^[!-\x7f]$/.test(character) ? `'${character}'` : `'\\x${(character.codePointAt(0) ?? 0).toString(16)}'`;
