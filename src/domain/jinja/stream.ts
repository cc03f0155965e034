import { reprText } from "../parameters/python/repr.ts";
import { TemplateProblem } from "./problem.ts";
import { type Token, tokenize } from "./tokens.ts";

const NAMES: Readonly<Record<string, string>> = {
  block_begin: "begin of statement block",
  block_end: "end of statement block",
  variable_begin: "begin of print statement",
  variable_end: "end of print statement",
  data: "template data / text",
  eof: "end of template",
};

/** How Jinja speaks of a token: a name by itself. */
export const describe = ({ type, value }: Token): string => (type === "name" ? value : (NAMES[type] ?? type));

/** How Jinja speaks of what is wanted: a type of token, or `name:in`, the name "in". */
export const describeWanted = (wanted: string): string => (wanted.startsWith("name:") ? wanted.slice(5) : (NAMES[wanted] ?? wanted));

/** A template's tokens with one read ahead (`jinja2.lexer.TokenStream`). */
export class TokenStream {
  readonly #tokens: Generator<Token, void>;
  #pushed: Token | undefined;
  current: Token = { type: "initial", value: "", line: 1 };

  constructor(template: string) {
    this.#tokens = tokenize(template);
    this.next();
  }

  /** Goes on by one token and gives the one that was current. */
  next(): Token {
    const token = this.current;
    if (this.#pushed) {
      this.current = this.#pushed;
      this.#pushed = undefined;
    } else if (token.type !== "eof") {
      this.current = this.#tokens.next().value ?? { type: "eof", value: "", line: token.line };
    }
    return token;
  }

  /** The token after the current one. */
  look(): Token {
    const token = this.next();
    const following = this.current;
    this.#pushed = following;
    this.current = token;
    return following;
  }

  /** Whether the current token is of one of the types, or the name wanted as `name:in`. */
  is(...wanted: readonly string[]): boolean {
    return wanted.some((one) => isWanted(this.current, one));
  }

  /** Whether the current token and the one after it are what is wanted. */
  areNext(first: string, second: string): boolean {
    return this.is(first) && isWanted(this.look(), second);
  }

  /** Goes on if the current token is what is wanted. */
  skipIf(wanted: string): boolean {
    const isThere = this.is(wanted);
    if (isThere) this.next();
    return isThere;
  }

  /** Goes on past a token that must be there. Throws TemplateProblem. */
  expect(wanted: string): Token {
    if (this.is(wanted)) return this.next();
    const name = reprText(describeWanted(wanted));
    if (this.current.type === "eof") throw this.problem(`unexpected end of template, expected ${name}.`);
    throw this.problem(`expected token ${name}, got ${reprText(describe(this.current))}`);
  }

  /** A problem on the current line, or another one. */
  problem(message: string, line = this.current.line): TemplateProblem {
    return new TemplateProblem(message, line);
  }
}

function isWanted({ type, value }: Token, wanted: string): boolean {
  return wanted.startsWith("name:") ? type === "name" && value === wanted.slice(5) : type === wanted;
}
