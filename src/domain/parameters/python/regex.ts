/**
 * Compiles a pattern of Python's `re` for searching, or gives undefined for one that either dialect lacks.
 * Translated are what both mean differently: `$`, `\Z`, `\A`, `.`, `\d`, `\w`, `\s`, named groups, leading flags, octal and loose
 * escapes, braces, and what JavaScript lacks: atomic groups and possessive quantifiers. Refused are conditions, flags of
 * a group, named characters and atomic groups in a lookbehind; a reference to a group that took no part matches, as in JavaScript.
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
const REPETITION = /([*+?]|\{(?:\d+(?:,\d*)?|,\d*)\})([+?]?)/y;
/** What the verbose flag lets stand between the parts of a pattern. */
const VERBOSE_SPACE = /\s+|#.*/y;
const NAME = "[\\p{XIDS}_]\\p{XIDC}*";
const NAMED_GROUP = new RegExp(`\\(\\?P<(${NAME})>`, "uy");
const NAMED_REFERENCE = new RegExp(`\\(\\?P=(${NAME})\\)`, "uy");
const COMMENT = /\(\?#[^)]*\)/y;
const LOOK_AROUND = /\(\?(<?)[=!]/y;
const HEXADECIMAL = /x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U([0-9a-fA-F]{8})/y;
const OCTAL = /0[0-7]{0,2}|[0-7]{3}/y;
const OCTAL_IN_BRACKETS = /[0-7]{1,3}/y;
const AT_END = "(?![\\s\\S])";
/** What stands for Python's classes inside brackets. Each begins and ends with what can be no end of a range, as a class cannot. */
const CLASSES: Readonly<Record<string, string>> = { d: "\\p{Nd}", w: "\\p{L}_\\p{N}", s: "\\p{Zs}\\t-\\r\\x1c-\\x20\\x85\\p{Z}" };
/** The rest of each class, which a bracketed one can hold beside others. */
const NEGATED: Readonly<Record<string, string>> = {
  D: "\\P{Nd}",
  W: "\\p{M}\\u203f\\u2040\\u2054\\ufe33\\ufe34\\ufe4d-\\ufe4f\\uff3f\\p{S}\\p{Z}\\p{C}\\p{Pd}\\p{Ps}\\p{Pe}\\p{Pi}\\p{Pf}\\p{Po}",
  S: "\\p{L}\\x00-\\x08\\x0e-\\x1b\\x7f-\\x84\\x86-\\x9f\\p{M}\\p{N}\\p{P}\\p{S}\\p{Cf}\\p{Co}\\p{Cn}\\p{Cs}",
};
const ANCHORS: Readonly<Record<string, string>> = { A: "(?<![\\s\\S])", Z: AT_END, b: "\\b", B: "\\B" };
const SYNTAX_CHARACTERS = "^$\\.*+?()[]{}|/-";
const SHARED_ESCAPES = "fnrtv";

/** Translates by reading; throws SyntaxError. Groups are named by their numbers, so that those that it adds shift none. */
class Translator {
  readonly #pattern: string;
  readonly #flags: string;
  #at = 0;
  #groups = 0;
  #atomicGroups = 0;
  #isLookingBehind = false;
  readonly #closed = new Set<number>();
  readonly #names = new Map<string, number>();

  constructor(pattern: string) {
    const leading = LEADING_FLAGS.exec(pattern);
    this.#flags = leading?.[1] ?? "";
    this.#pattern = pattern.slice(leading?.[0].length ?? 0);
  }

  translate(): { source: string; flags: string } {
    const source = this.#alternatives();
    if (this.#at < this.#pattern.length) throw new SyntaxError("unbalanced parenthesis");
    return { source, flags: this.#flags.includes("i") ? "iu" : "u" };
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#pattern);
    if (found) this.#at += found[0].length;
    return found ?? undefined;
  }

  #skipRemarks(): void {
    const isVerbose = this.#flags.includes("x");
    while (this.#match(COMMENT) || (isVerbose && this.#match(VERBOSE_SPACE))) {}
  }

  /** What stands up to a closing parenthesis or the end. */
  #alternatives(): string {
    let source = "";
    this.#skipRemarks();
    while (this.#at < this.#pattern.length && this.#pattern[this.#at] !== ")") {
      source += this.#repeated();
      this.#skipRemarks();
    }
    return source;
  }

  /** One part with how often it is repeated. */
  #repeated(): string {
    if (this.#match(REPETITION)) throw new SyntaxError("nothing to repeat");
    const part = this.#part();
    this.#skipRemarks();
    const [whole, times = "", kind] = this.#match(REPETITION) ?? [];
    if (whole === undefined) return part;
    this.#skipRemarks();
    if (this.#match(REPETITION)) throw new SyntaxError("multiple repeat");
    const repetition = times.replace("{,", "{0,");
    return kind === "+" ? this.#atomic(part + repetition) : part + repetition + kind;
  }

  /** What, once matched, is not tried in another way. */
  #atomic(source: string): string {
    if (this.#isLookingBehind) throw new SyntaxError("JavaScript looks behind from right to left");
    const name = `atomic${++this.#atomicGroups}`;
    return `(?:(?=(?<${name}>${source}))\\k<${name}>)`;
  }

  #part(): string {
    const char = this.#pattern[this.#at] ?? "";
    if (char === "(") return this.#group();
    this.#at++;
    const multiline = this.#flags.includes("m");
    if (char === "\\") return this.#escape(false);
    if (char === "[") return this.#brackets();
    if (char === "^") return multiline ? "(?<![^\\n])" : "^";
    if (char === "$") return multiline ? "(?![^\\n])" : `(?=\\n?${AT_END})`;
    if (char === ".") return this.#flags.includes("s") ? "[\\s\\S]" : "[^\\n]";
    return "{}]".includes(char) ? `\\${char}` : char;
  }

  #literal(text: string): string {
    this.#at++;
    return text;
  }

  #group(): string {
    const reference = this.#match(NAMED_REFERENCE);
    if (reference) return this.#reference(this.#names.get(reference[1] ?? ""));
    const [lookAround, behind] = this.#match(LOOK_AROUND) ?? [];
    // Python lets what looks around be repeated.
    if (lookAround !== undefined) return `(?:${lookAround}${this.#lookedAround(behind === "<")})`;
    if (this.#match(/\(\?:/y)) return `(?:${this.#inside()}`;
    if (this.#match(/\(\?>/y)) return this.#atomic(`(?:${this.#inside()}`);
    const name = this.#match(NAMED_GROUP)?.[1];
    if (name === undefined && !this.#match(/\((?!\?)/y)) throw new SyntaxError("unknown extension");
    const number = ++this.#groups;
    if (name !== undefined && this.#names.has(name)) throw new SyntaxError("redefinition of group name");
    if (name !== undefined) this.#names.set(name, number);
    const source = `(?<group${number}>${this.#inside()}`;
    this.#closed.add(number);
    return source;
  }

  #lookedAround(isBehind: boolean): string {
    const wasBehind = this.#isLookingBehind;
    this.#isLookingBehind = isBehind;
    const source = this.#inside();
    this.#isLookingBehind = wasBehind;
    return source;
  }

  /** What stands in a group that was opened, with its closing parenthesis. */
  #inside(): string {
    const source = this.#alternatives();
    if (this.#pattern[this.#at] !== ")") throw new SyntaxError("missing ), unterminated subpattern");
    return source + this.#literal(")");
  }

  #reference(number: number | undefined): string {
    if (number === undefined || !this.#closed.has(number)) throw new SyntaxError("invalid group reference");
    return `\\k<group${number}>`;
  }

  /** The escape whose backslash was read; a class inside brackets must come without brackets of its own. */
  #escape(inBrackets: boolean): string {
    const hexadecimal = this.#match(HEXADECIMAL);
    if (hexadecimal) return hexadecimal[1] === undefined ? `\\${hexadecimal[0]}` : `\\u{${hexadecimal[1]}}`;
    const octal = this.#match(inBrackets ? OCTAL_IN_BRACKETS : OCTAL);
    if (octal) {
      const code = Number.parseInt(octal[0], 8);
      if (code > 0o377) throw new SyntaxError("octal escape value outside of range 0-0o377");
      return `\\x${code.toString(16).padStart(2, "0")}`;
    }
    const number = inBrackets ? undefined : this.#match(/\d\d?/y)?.[0];
    if (number !== undefined) return this.#reference(Number(number));
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
    if (/[a-zA-Z0-9]/.test(letter)) throw new SyntaxError(`bad escape \\${letter}`);
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
