import { reprText } from "../parameters/python/repr.ts";
import { describe, TokenStream } from "./stream.ts";

/** What is known of an expression that was read: the class Jinja gives it, and whether it can be assigned to. */
export interface Expression {
  kind: string;
  canAssign: boolean;
  line: number;
  /** Of a name. */
  name?: string;
}

/** Deeper nesting is refused; Python's own limit is not far above. */
const MAX_DEPTH = 100;

const CONSTANTS = new Set(["true", "false", "True", "False", "none", "None"]);
const COMPARISONS = new Set(["==", "!=", "<", "<=", ">", ">="]);
const ARGUMENT_STARTS = new Set(["name", "string", "integer", "float", "(", "[", "{"]);

interface TupleRules {
  isSimplified?: boolean;
  withoutConditions?: boolean;
  isInParentheses?: boolean;
  withNamespace?: boolean;
}

/** Reads the expressions of a template (`jinja2.parser.Parser`), to see whether they are well-formed. */
export class ExpressionReader {
  protected readonly stream: TokenStream;
  #depth = 0;

  constructor(template: string) {
    this.stream = new TokenStream(template);
  }

  /** Runs a reading that may nest. Throws TemplateProblem when it does so too deeply. */
  protected nested<T>(read: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw this.stream.problem("The template is nested too deeply.");
    const result = read();
    this.#depth -= 1;
    return result;
  }

  protected expression(withoutConditions = false): Expression {
    return this.nested(() => (withoutConditions ? this.#or() : this.#condition()));
  }

  /** Expressions with commas between them; one alone is itself. */
  protected tuple(rules: TupleRules = {}): Expression {
    const { stream } = this;
    const items: Expression[] = [];
    let line = stream.current.line;
    let isTuple = false;
    while (true) {
      if (items.length > 0) stream.expect(",");
      if (stream.is("variable_end", "block_end", ")")) break;
      items.push(rules.isSimplified ? this.#primary(rules.withNamespace) : this.expression(rules.withoutConditions));
      if (!stream.is(",")) break;
      isTuple = true;
      line = stream.current.line;
    }
    const [first] = items;
    if (!isTuple && first) return first;
    if (!isTuple && !rules.isInParentheses) throw stream.problem(`Expected an expression, got ${reprText(describe(stream.current))}`);
    return { kind: "tuple", canAssign: items.every((item) => item.canAssign), line };
  }

  #condition(): Expression {
    const { line } = this.stream.current;
    let result = this.#or();
    while (this.stream.skipIf("name:if")) {
      this.#or();
      if (this.stream.skipIf("name:else")) this.expression();
      result = { kind: "condexpr", canAssign: false, line };
    }
    return result;
  }

  /** Operands with operators of one rank between them. */
  #binary(operand: () => Expression, operator: () => string | undefined): Expression {
    const { line } = this.stream.current;
    let result = operand();
    for (let kind = operator(); kind !== undefined; kind = operator()) {
      operand();
      result = { kind, canAssign: false, line };
    }
    return result;
  }

  /** Goes past an operator that has a kind here, and gives that. */
  #operator(kinds: Readonly<Record<string, string>>): string | undefined {
    const kind = kinds[this.stream.current.type];
    if (kind !== undefined) this.stream.next();
    return kind;
  }

  #or = (): Expression => this.#binary(this.#and, () => (this.stream.skipIf("name:or") ? "or" : undefined));

  #and = (): Expression => this.#binary(this.#not, () => (this.stream.skipIf("name:and") ? "and" : undefined));

  #not = (): Expression => {
    const { line } = this.stream.current;
    if (!this.stream.skipIf("name:not")) return this.#comparison();
    this.nested(this.#not);
    return { kind: "not", canAssign: false, line };
  };

  #comparison(): Expression {
    return this.#binary(this.#sum, () => {
      const { stream } = this;
      if (stream.areNext("name:not", "name:in")) stream.next();
      else if (!COMPARISONS.has(stream.current.type) && !stream.is("name:in")) return undefined;
      stream.next();
      return "compare";
    });
  }

  #sum = (): Expression => this.#binary(this.#concatenation, () => this.#operator({ "+": "add", "-": "sub" }));

  #concatenation = (): Expression => this.#binary(this.#product, () => this.#operator({ "~": "concat" }));

  #product = (): Expression => this.#binary(this.#power, () => this.#operator({ "*": "mul", "/": "div", "//": "floordiv", "%": "mod" }));

  #power = (): Expression => this.#binary(this.#unary, () => this.#operator({ "**": "pow" }));

  #unary = (): Expression => this.#filtered(this.#signed());

  #signed(): Expression {
    const { line } = this.stream.current;
    const kind = this.#operator({ "-": "neg", "+": "pos" });
    if (kind === undefined) return this.#postfix(this.#primary());
    this.nested(() => this.#signed());
    return this.#postfix({ kind, canAssign: false, line });
  }

  #primary(withNamespace = false): Expression {
    const { stream } = this;
    const token = stream.current;
    const is = (kind: string, canAssign = false): Expression => ({ kind, canAssign, line: token.line });
    switch (token.type) {
      case "name":
        stream.next();
        if (CONSTANTS.has(token.value)) return is("const");
        if (!withNamespace || !stream.skipIf(".")) return { ...is("name", true), name: token.value };
        stream.expect("name");
        return is("nsref", true);
      case "string":
        while (stream.is("string")) stream.next();
        return is("const");
      case "integer":
      case "float":
        stream.next();
        return is("const");
      case "(": {
        stream.next();
        const inside = this.nested(() => this.tuple({ isInParentheses: true }));
        stream.expect(")");
        return inside;
      }
      case "[":
        stream.next();
        this.#items("]", () => this.expression());
        return is("list");
      case "{":
        stream.next();
        this.#items("}", () => {
          this.expression();
          stream.expect(":");
          this.expression();
        });
        return is("dict");
      default:
        throw stream.problem(`unexpected ${reprText(describe(token))}`);
    }
  }

  /** Items with commas between them, and maybe one after the last, up to a closing bracket. */
  #items(closing: string, item: () => void): void {
    const { stream } = this;
    for (let isFirst = true; !stream.is(closing); isFirst = false) {
      if (!isFirst) stream.expect(",");
      if (stream.is(closing)) break;
      item();
    }
    stream.expect(closing);
  }

  #postfix(start: Expression): Expression {
    let result = start;
    while (this.stream.is(".", "[", "(")) result = this.stream.is("(") ? this.#call() : this.#subscript();
    return result;
  }

  #filtered(start: Expression): Expression {
    let result = start;
    while (this.stream.is("|", "name:is", "(")) {
      if (this.stream.is("|")) result = this.filters();
      else result = this.stream.is("(") ? this.#call() : this.#test();
    }
    return result;
  }

  #subscript(): Expression {
    const { stream } = this;
    const { type, line } = stream.next();
    if (type === ".") {
      const attribute = stream.next();
      if (attribute.type === "name") return { kind: "getattr", canAssign: false, line };
      if (attribute.type !== "integer") throw stream.problem("expected name or number", attribute.line);
    } else {
      for (let isFirst = true; !stream.is("]"); isFirst = false) {
        if (!isFirst) stream.expect(",");
        this.#slice();
      }
      stream.expect("]");
    }
    return { kind: "getitem", canAssign: false, line };
  }

  /** A subscript: an expression, or up to three with colons between them. */
  #slice(): void {
    const { stream } = this;
    if (!stream.is(":")) this.expression();
    if (!stream.skipIf(":")) return;
    if (!stream.is(":", "]", ",")) this.expression();
    if (stream.skipIf(":") && !stream.is("]", ",")) this.expression();
  }

  #call(): Expression {
    const { line } = this.stream.current;
    this.#callArguments();
    return { kind: "call", canAssign: false, line };
  }

  #callArguments(): void {
    const { stream } = this;
    const { line } = stream.expect("(");
    const had = { star: false, doubleStar: false, keyword: false };
    const ensure = (isRight: boolean) => {
      if (!isRight) throw stream.problem("invalid syntax for function call expression", line);
    };
    for (let isFirst = true; !stream.is(")"); isFirst = false) {
      if (!isFirst) stream.expect(",");
      if (stream.is(")")) break;
      if (stream.is("*")) {
        ensure(!had.star && !had.doubleStar);
        stream.next();
        had.star = true;
      } else if (stream.is("**")) {
        ensure(!had.doubleStar);
        stream.next();
        had.doubleStar = true;
      } else if (stream.areNext("name", "=")) {
        ensure(!had.doubleStar);
        stream.next();
        stream.next();
        had.keyword = true;
      } else ensure(!had.star && !had.doubleStar && !had.keyword);
      this.expression();
    }
    stream.expect(")");
  }

  #dottedName(): void {
    this.stream.expect("name");
    while (this.stream.skipIf(".")) this.stream.expect("name");
  }

  /** Filters, each after a bar; with `isStarted` the first one has none. */
  protected filters(isStarted = false): Expression {
    const { stream } = this;
    let { line } = stream.current;
    for (let isFirst = isStarted; isFirst || stream.is("|"); isFirst = false) {
      if (!isFirst) stream.next();
      line = stream.current.line;
      this.#dottedName();
      if (stream.is("(")) this.#callArguments();
    }
    return { kind: "filter", canAssign: false, line };
  }

  #test(): Expression {
    const { stream } = this;
    const { line } = stream.next();
    const kind = stream.skipIf("name:not") ? "not" : "test";
    this.#dottedName();
    if (stream.is("(")) this.#callArguments();
    else if (ARGUMENT_STARTS.has(stream.current.type) && !stream.is("name:else", "name:or", "name:and")) {
      if (stream.is("name:is")) throw stream.problem("You cannot chain multiple tests with is");
      this.#postfix(this.#primary());
    }
    return { kind, canAssign: false, line };
  }
}
