import { reprText } from "../parameters/python/repr.ts";
import { textLength } from "../parameters/python/text.ts";
import { TemplateProblem } from "./problem.ts";

export interface Token {
  /** `name`, `string`, `integer`, `float`, `data`, `eof`, an operator itself, or where a tag begins and ends. */
  type: string;
  value: string;
  line: number;
}

/** A part of a template in which the text is read by rules of its own. */
type State = "root" | "comment" | "raw" | "block" | "variable";

const ROOT = /(.*?)(\{%[-+]?\s*raw\s*(?:-%\}\s*|%\})|\{[%#{][-+]?)/sy;
const ENDS = {
  comment: /(.*?)(?:\+#\}|-#\}\s*|#\})/sy,
  raw: /(.*?)\{%[-+]?\s*endraw\s*(?:\+%\}|-%\}\s*|%\})/sy,
  block: /()(?:\+%\}|-%\}\s*|%\})/y,
  variable: /()(?:-\}\}\s*|\}\})/y,
};
const MISSING = { comment: "Missing end of comment tag", raw: "Missing end of raw directive" };

/** The tokens of code, in the order in which they are tried. */
const CODE: readonly (readonly [type: string, pattern: RegExp])[] = [
  ["whitespace", /\s+/y],
  ["float", /(?<!\.)(?:\d+_)*\d+(?:(?:\.(?:\d+_)*\d+)?e[+-]?(?:\d+_)*\d+|\.(?:\d+_)*\d+)/iy],
  ["integer", /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy],
  ["name", /[\p{L}\p{N}\p{XIDC}]+/uy],
  ["string", /'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*"/sy],
  ["operator", /\/\/|\*\*|==|!=|>=|<=|[-+/*%~[\](){}><=.:|,;]/y],
];
const BRACKETS: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };
const IDENTIFIER = /^[\p{XIDS}_][\p{XIDC}]*$/u;

/**
 * The tokens of a template (`jinja2.lexer`), without comments and white space. They are read one by one, since what is wrong first
 * decides. Throws TemplateProblem.
 */
export function* tokenize(template: string): Generator<Token, void> {
  const source = template.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  let at = 0;
  let line = 1;
  let state: State = "root";
  const open: string[] = [];

  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return pattern.exec(source) ?? undefined;
  };
  const move = (text: string) => {
    at += text.length;
    line += text.split("\n").length - 1;
  };

  while (true) {
    if (state === "root") {
      const [whole, data = "", tag = ""] = match(ROOT) ?? [source.slice(at), source.slice(at)];
      const isStripped = tag.at(2) === "-";
      const shown = isStripped ? data.trimEnd() : data;
      if (shown !== "") yield { type: "data", value: shown, line };
      move(data);
      if (tag === "") return;
      state = tag.includes("raw") ? "raw" : tag.startsWith("{#") ? "comment" : tag.startsWith("{%") ? "block" : "variable";
      if (state === "block" || state === "variable") yield { type: `${state}_begin`, value: tag, line };
      move(whole.slice(data.length));
      continue;
    }
    // Inside brackets what looks like the end of a tag are operators.
    const end = open.length > 0 ? undefined : match(ENDS[state]);
    if (end) {
      if (state === "raw" && end[1]) yield { type: "data", value: end[1], line };
      if (state === "block" || state === "variable") yield { type: `${state}_end`, value: end[0], line };
      move(end[0]);
      state = "root";
      continue;
    }
    if (at >= source.length) return;
    if (state === "comment" || state === "raw") throw new TemplateProblem(MISSING[state], line);
    const [type, text] = codeToken(match);
    if (type === undefined || text === undefined) {
      const character = String.fromCodePoint(source.codePointAt(at) ?? 0);
      throw new TemplateProblem(`unexpected char ${reprText(character)} at ${textLength(source.slice(0, at))}`, line);
    }
    if (type === "operator") balance(open, text, line);
    if (type === "name" && !IDENTIFIER.test(text)) throw new TemplateProblem("Invalid character in identifier", line);
    if (type === "string") checkEscapes(text, line);
    if (type !== "whitespace") yield { type: type === "operator" ? text : type, value: text, line };
    move(text);
  }
}

function codeToken(match: (pattern: RegExp) => RegExpExecArray | undefined): [type?: string, text?: string] {
  for (const [type, pattern] of CODE) {
    const found = match(pattern);
    if (found) return [type, found[0]];
  }
  return [];
}

/** Keeps which brackets are open. */
function balance(open: string[], operator: string, line: number): void {
  const closing = BRACKETS[operator];
  if (closing !== undefined) open.push(closing);
  else if (operator === ")" || operator === "]" || operator === "}") {
    const expected = open.pop();
    if (expected === undefined) throw new TemplateProblem(`unexpected '${operator}'`, line);
    if (expected !== operator) throw new TemplateProblem(`unexpected '${operator}', expected '${expected}'`, line);
  }
}

const ESCAPES: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** Python's rules for escapes in a string, but that names of characters (`\N{…}`) are not looked up. */
function checkEscapes(text: string, line: number): void {
  for (const { 1: letter = "", 2: digits = "" } of text.slice(1, -1).matchAll(/\\([xuU])([0-9a-fA-F]{0,8})|\\./gs)) {
    const length = ESCAPES[letter];
    if (length === undefined) continue;
    if (digits.length < length) throw new TemplateProblem(`truncated \\${letter}${"X".repeat(length)} escape`, line);
    if (Number.parseInt(digits.slice(0, length), 16) > 0x10ffff) throw new TemplateProblem("illegal Unicode character", line);
  }
}
