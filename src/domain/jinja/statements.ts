import { reprText } from "../parameters/python/repr.ts";
import { type Expression, ExpressionReader } from "./expressions.ts";
import { describeWanted } from "./stream.ts";

interface TargetRules {
  isNameOnly?: boolean;
  withNamespace?: boolean;
}

/** Reads a template (`jinja2.parser.Parser`), to see whether it is well-formed and how its loops are nested. */
export class TemplateReader extends ExpressionReader {
  /** How deep each `for` stands, itself counted. */
  readonly loopDepths: number[] = [];
  #loopDepth = 0;
  readonly #tags: string[] = [];
  readonly #endings: (readonly string[])[] = [];

  /** Reads it all. Throws TemplateProblem. */
  read(): void {
    this.#body();
  }

  /** Text, prints and statements, up to the end or one of the tags that end it. Gives whether it is blank. */
  #body(ending?: readonly string[]): boolean {
    const { stream } = this;
    let isBlank = true;
    if (ending) this.#endings.push(ending);
    while (!stream.is("eof")) {
      const { type, value } = stream.next();
      if (type === "data") isBlank &&= value.trim() === "";
      else if (type === "variable_begin") {
        isBlank = false;
        this.tuple();
        stream.expect("variable_end");
      } else {
        if (ending && stream.is(...ending)) break;
        isBlank = false;
        this.nested(() => this.#statement());
        stream.expect("block_end");
      }
    }
    if (ending) this.#endings.pop();
    return isBlank;
  }

  /** The body of a statement, its head being read, up to one of the tags; gives that tag's name. */
  #bodyUntil(...names: string[]): { endedBy: string; isBlank: boolean } {
    const { stream } = this;
    const ending = names.map((name) => `name:${name}`);
    stream.skipIf(":");
    stream.expect("block_end");
    const isBlank = this.#body(ending);
    if (stream.is("eof")) throw this.#unclosed(undefined, ending);
    return { endedBy: stream.next().value, isBlank };
  }

  /** A tag that has no place here, or the end of the template where a tag is missing. */
  #unclosed(tag?: string, ending?: readonly string[], line?: number) {
    const endings = ending ? [...this.#endings, ending] : this.#endings;
    const wanted = endings
      .at(-1)
      ?.map((one) => `'${describeWanted(one)}'`)
      .join(" or ");
    const isWantedLater = tag !== undefined && endings.flat().some((one) => describeWanted(one) === tag);
    const innermost = this.#tags.at(-1);
    const parts = [
      tag === undefined ? "Unexpected end of template." : `Encountered unknown tag ${reprText(tag)}.`,
      wanted && isWantedLater
        ? `You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for ${wanted}.`
        : "",
      wanted && !isWantedLater ? `Jinja was looking for the following tags: ${wanted}.` : "",
      innermost === undefined ? "" : `The innermost block that needs to be closed is '${innermost}'.`,
    ];
    return this.stream.problem(parts.filter((part) => part !== "").join(" "), line);
  }

  #statement(): void {
    const { type, value: tag, line } = this.stream.current;
    if (type !== "name") throw this.stream.problem("tag name expected");
    const read = STATEMENTS.get(tag);
    if (!read) throw this.#unclosed(tag, undefined, line);
    this.#tags.push(tag);
    this.stream.next();
    read(this, line);
    this.#tags.pop();
  }

  #target(rules: TargetRules = {}): Expression {
    const { stream } = this;
    let target: Expression;
    if (rules.isNameOnly) {
      const { value: name, line } = stream.expect("name");
      target = { kind: "name", canAssign: !/^(true|false|none|True|False|None)$/.test(name), line, name };
    } else target = this.tuple({ isSimplified: true, ...rules });
    if (!target.canAssign) throw stream.problem(`can't assign to '${target.kind}'`, target.line);
    return target;
  }

  readonly statements = {
    for: () => {
      this.#target();
      this.stream.expect("name:in");
      this.tuple({ withoutConditions: true });
      if (this.stream.skipIf("name:if")) this.expression();
      this.stream.skipIf("name:recursive");
      this.#loopDepth += 1;
      this.loopDepths.push(this.#loopDepth);
      if (this.#bodyUntil("endfor", "else").endedBy === "else") this.#bodyUntil("endfor");
      this.#loopDepth -= 1;
    },
    if: () => {
      let endedBy: string;
      do {
        this.tuple({ withoutConditions: true });
        ({ endedBy } = this.#bodyUntil("elif", "else", "endif"));
      } while (endedBy === "elif");
      if (endedBy === "else") this.#bodyUntil("endif");
    },
    set: () => {
      this.#target({ withNamespace: true });
      if (this.stream.skipIf("=")) {
        this.tuple();
        return;
      }
      this.filters();
      this.#bodyUntil("endset");
    },
    with: () => {
      for (let isFirst = true; !this.stream.is("block_end"); isFirst = false) {
        if (!isFirst) this.stream.expect(",");
        this.#target();
        this.stream.expect("=");
        this.expression();
      }
      this.#bodyUntil("endwith");
    },
    autoescape: () => {
      this.expression();
      this.#bodyUntil("endautoescape");
    },
    block: () => {
      const name = this.stream.expect("name").value;
      this.stream.skipIf("name:scoped");
      const isRequired = this.stream.skipIf("name:required");
      if (this.stream.is("-")) {
        throw this.stream.problem(
          "Block names in Jinja have to be valid Python identifiers and may not contain hyphens, use an underscore instead.",
        );
      }
      const { isBlank } = this.#bodyUntil("endblock");
      if (isRequired && !isBlank) throw this.stream.problem("Required blocks can only contain comments or whitespace");
      this.stream.skipIf(`name:${name}`);
    },
    extends: () => {
      this.expression();
    },
    include: () => {
      this.expression();
      if (this.stream.areNext("name:ignore", "name:missing")) this.#skipTwo();
      this.#importContext();
    },
    import: () => {
      this.expression();
      this.stream.expect("name:as");
      this.#target({ isNameOnly: true });
      this.#importContext();
    },
    from: () => {
      this.expression();
      this.stream.expect("name:import");
      for (let isFirst = true; ; isFirst = false) {
        if (!isFirst) this.stream.expect(",");
        if (this.#importContext()) break;
        const { name = "", line } = this.#target({ isNameOnly: true });
        if (name.startsWith("_")) throw this.stream.problem("names starting with an underline can not be imported", line);
        if (this.stream.skipIf("name:as")) this.#target({ isNameOnly: true });
        if (this.#importContext() || !this.stream.is(",")) break;
      }
    },
    macro: () => {
      this.#target({ isNameOnly: true });
      this.#signature();
      this.#bodyUntil("endmacro");
    },
    call: (line: number) => {
      if (this.stream.is("(")) this.#signature();
      if (this.expression().kind !== "call") throw this.stream.problem("expected call", line);
      this.#bodyUntil("endcall");
    },
    filter: () => {
      this.filters(true);
      this.#bodyUntil("endfilter");
    },
    print: () => {
      for (let isFirst = true; !this.stream.is("block_end"); isFirst = false) {
        if (!isFirst) this.stream.expect(",");
        this.expression();
      }
    },
  };

  #skipTwo(): void {
    this.stream.next();
    this.stream.next();
  }

  /** `with context` or `without context`, if it stands here. */
  #importContext(): boolean {
    const isThere = this.stream.areNext("name:with", "name:context") || this.stream.areNext("name:without", "name:context");
    if (isThere) this.#skipTwo();
    return isThere;
  }

  #signature(): void {
    const { stream } = this;
    stream.expect("(");
    let hadDefault = false;
    for (let isFirst = true; !stream.is(")"); isFirst = false) {
      if (!isFirst) stream.expect(",");
      this.#target({ isNameOnly: true });
      if (stream.skipIf("=")) {
        this.expression();
        hadDefault = true;
      } else if (hadDefault) throw stream.problem("non-default argument follows default argument");
    }
    stream.expect(")");
  }
}

type Statements = TemplateReader["statements"];
const STATEMENTS = new Map<string, (reader: TemplateReader, line: number) => void>(
  (
    [
      "for",
      "if",
      "set",
      "with",
      "autoescape",
      "block",
      "extends",
      "include",
      "import",
      "from",
      "macro",
      "call",
      "filter",
      "print",
    ] satisfies (keyof Statements)[]
  ).map((tag) => [tag, (reader, line) => reader.statements[tag](line)]),
);
