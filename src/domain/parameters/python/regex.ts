/**
 * Compiles a pattern of Python's `re` for searching, or gives undefined for one that neither dialect knows.
 * Translated are what both mean differently: `$`, `\Z`, `\A`, `.`, `\d`, `\w`, `\s`, named groups, leading flags, loose escapes
 * and braces. Lookarounds, back references and quantifiers are the same in both.
 */
export function compileRegex(pattern: string): RegExp | undefined {
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  try {
    const { source, flags } = new Translator(pattern).translate();
    const regex = new RegExp(source, flags);
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(pattern, regex);
    return regex;
  } catch {
    return undefined;
  }
}

const MAX_CACHED = 500;
const cache = new Map<string, RegExp>();

const LEADING_FLAGS = /^\(\?([aimsux]+)\)/;
const QUANTIFIER = /\{(?:\d+(?:,\d*)?|,\d*)\}/y;
/** What the verbose flag lets stand between the parts of a pattern. */
const VERBOSE_SPACE = /\s+|#.*/y;
const NAMED_GROUP = /\(\?P<(\w+)>/y;
const NAMED_REFERENCE = /\(\?P=(\w+)\)/y;
const COMMENT = /\(\?#[^)]*\)/y;
const AT_END = "(?![\\s\\S])";
/** What stands for Python's classes inside brackets. */
const CLASSES: Readonly<Record<string, string>> = { d: "\\p{Nd}", w: "\\p{L}\\p{N}_", s: "\\t-\\r\\x1c-\\x20\\x85\\p{Z}" };
/** The rest of each class, which a bracketed one can hold beside others. */
const NEGATED: Readonly<Record<string, string>> = {
  D: "\\P{Nd}",
  W: "\\p{M}\\p{S}\\p{Z}\\p{C}\\p{Pd}\\p{Ps}\\p{Pe}\\p{Pi}\\p{Pf}\\p{Po}\\u203f\\u2040\\u2054\\ufe33\\ufe34\\ufe4d-\\ufe4f\\uff3f",
  S: "\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Cf}\\p{Co}\\p{Cn}\\p{Cs}\\x00-\\x08\\x0e-\\x1b\\x7f-\\x84\\x86-\\x9f",
};
const ANCHORS: Readonly<Record<string, string>> = { A: "(?<![\\s\\S])", Z: AT_END, b: "\\b", B: "\\B" };
const SYNTAX_CHARACTERS = "^$\\.*+?()[]{}|/-";
const SHARED_ESCAPES = "fnrtvxu0123456789";

class Translator {
  readonly #pattern: string;
  readonly #flags: string;
  #at = 0;

  constructor(pattern: string) {
    const leading = LEADING_FLAGS.exec(pattern);
    this.#flags = leading?.[1] ?? "";
    this.#pattern = pattern.slice(leading?.[0].length ?? 0);
  }

  translate(): { source: string; flags: string } {
    let source = "";
    while (this.#at < this.#pattern.length) source += this.#next();
    return { source, flags: this.#flags.includes("i") ? "iu" : "u" };
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#pattern);
    if (found) this.#at += found[0].length;
    return found ?? undefined;
  }

  #next(): string {
    if (this.#flags.includes("x") && this.#match(VERBOSE_SPACE)) return "";
    const char = this.#pattern[this.#at] ?? "";
    if (char === "(") return this.#group();
    if (char === "{") return this.#match(QUANTIFIER)?.[0].replace("{,", "{0,") ?? this.#literal("\\{");
    this.#at++;
    const multiline = this.#flags.includes("m");
    if (char === "\\") return this.#escape(false);
    if (char === "[") return this.#brackets();
    if (char === "^") return multiline ? "(?<![^\\n])" : "^";
    if (char === "$") return multiline ? "(?![^\\n])" : `(?=\\n?${AT_END})`;
    if (char === ".") return this.#flags.includes("s") ? "[\\s\\S]" : "[^\\n]";
    return char === "}" || char === "]" ? `\\${char}` : char;
  }

  #literal(text: string): string {
    this.#at++;
    return text;
  }

  #group(): string {
    const named = this.#match(NAMED_GROUP);
    if (named) return `(?<${named[1]}>`;
    const reference = this.#match(NAMED_REFERENCE);
    if (reference) return `\\k<${reference[1]}>`;
    return this.#match(COMMENT) ? "" : this.#literal("(");
  }

  /** The escape whose backslash was read; a class inside brackets must come without brackets of its own. */
  #escape(inBrackets: boolean): string {
    const letter = this.#pattern[this.#at];
    if (letter === undefined) throw new SyntaxError("bad escape (end of pattern)");
    this.#at++;
    const members = CLASSES[letter] ?? NEGATED[letter];
    if (members !== undefined) return inBrackets ? members : `[${members}]`;
    if (letter === "a") return "\\x07";
    if (inBrackets && letter === "b") return "\\b";
    const anchor = inBrackets ? undefined : ANCHORS[letter];
    if (anchor !== undefined) return anchor;
    if (SYNTAX_CHARACTERS.includes(letter)) return letter === "-" && !inBrackets ? "-" : `\\${letter}`;
    if (SHARED_ESCAPES.includes(letter)) return `\\${letter}`;
    if (/[a-zA-Z]/.test(letter)) throw new SyntaxError(`bad escape \\${letter}`);
    return letter;
  }

  /** A bracketed class whose opening bracket was read. */
  #brackets(): string {
    let source = "[";
    if (this.#pattern[this.#at] === "^") source += this.#literal("^");
    if (this.#pattern[this.#at] === "]") source += this.#literal("\\]");
    while (true) {
      const char = this.#pattern[this.#at];
      if (char === undefined) throw new SyntaxError("unterminated character set");
      this.#at++;
      if (char === "]") return `${source}]`;
      if (char === "\\") source += this.#escape(true);
      else source += char === "[" ? "\\[" : char;
    }
  }
}
