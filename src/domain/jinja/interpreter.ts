import { Environment, Interpreter, type parse } from "@huggingface/jinja";
import { applyFilter, isOwnFilter } from "./filters.ts";
import { addTexts, named, textOf } from "./text.ts";
import { type RuntimeValue, type TemplateValue, toRuntime } from "./values.ts";

const MAX_RANGE = 100;
/** What one rendering may take: the reference has no such bounds, but its templates do not share a machine with strangers'. */
const MAX_STEPS = 100_000;
const MAX_TEXT = 1_000_000;
const MAX_ALL_TEXTS = 20_000_000;
const MAX_ITEMS = 100_000;

type Program = ReturnType<typeof parse>;
type Statement = Program["body"][number];

/** What a template is rendered with: variables by name, and where people look at things. */
export interface TemplateContext {
  variables: Readonly<Record<string, TemplateValue>>;
  pageUrl: string;
}

export const NO_CONTEXT: TemplateContext = { variables: {}, pageUrl: "" };

/** Runs a program with the context's variables; throws what goes wrong, or takes too long. */
export function runProgram(program: Program, context: TemplateContext): string {
  markOutputs(program);
  return String(new PythonInterpreter(context).run(program).value);
}

/** Python's `range`, of at most a hundred numbers. */
function range(first: number, second?: number, step = 1): number[] {
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  if (step === 0) throw named("ValueError", "range() arg 3 must not be zero");
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (!(length <= MAX_RANGE)) {
    throw named("OverflowError", `Range too big. The sandbox blocks ranges larger than MAX_TEMPLATE_RANGE=${MAX_RANGE}.`);
  }
  return Array.from({ length }, (_, index) => start + index * step);
}

const GLOBALS = { true: true, True: true, false: false, False: false, none: null, None: null, range };

function environmentOf({ variables }: TemplateContext): Environment {
  const environment = new Environment();
  for (const [name, value] of Object.entries(GLOBALS)) environment.set(name, value);
  for (const [name, value] of Object.entries(variables)) environment.setVariable(name, toRuntime(value));
  return environment;
}

/** The statements and expressions right inside a node of the syntax tree. */
function children(node: object): Statement[] {
  return Object.values(node)
    .flatMap((value: unknown) => (value instanceof Map ? [...value.keys(), ...value.values()] : value))
    .filter(
      (value): value is Statement => typeof value === "object" && value !== null && "type" in value && typeof value.type === "string",
    );
}

const STATEMENTS = new Set(["Set", "If", "For", "Macro", "CallStatement", "FilterStatement", "Break", "Continue", "Comment"]);

/** Wraps the expressions that a template prints, so that the interpreter can tell them from those it computes with. */
function markOutputs(node: object): void {
  for (const child of children(node)) markOutputs(child);
  for (const key of ["body", "alternate", "defaultBlock"]) {
    const block: unknown = Reflect.get(node, key);
    if (!Array.isArray(block)) continue;
    Reflect.set(
      node,
      key,
      block.map((statement) => (STATEMENTS.has(statement.type) ? statement : { type: "Output", expression: statement })),
    );
  }
}

/** A node that stands for a value that is known already. */
const known = (value: RuntimeValue): Statement => ({ type: "Known", known: value }) as Statement;

/** The name that an expression begins with. */
const rootOf = (node: object): string => {
  const inner: unknown = Reflect.get(node, "object");
  return typeof inner === "object" && inner !== null ? rootOf(inner) : String(Reflect.get(node, "value"));
};

interface FilterNode {
  operand: Statement;
  filter: { value?: string; callee?: { value?: string }; args?: (Statement & { key?: { value: string }; value?: Statement })[] };
}

/** The interpreter, printing values as Python does (`True`, `None`, `['a', 1.0]`), with filters of our own, within bounds. */
class PythonInterpreter extends Interpreter {
  readonly #pageUrl: string;
  #steps = 0;
  #characters = 0;

  constructor(context: TemplateContext) {
    super(environmentOf(context));
    this.#pageUrl = context.pageUrl;
  }

  override evaluate(...[node, environment]: Parameters<Interpreter["evaluate"]>): RuntimeValue {
    if (++this.#steps > MAX_STEPS) throw named("OverflowError", `Template takes more than ${MAX_STEPS} steps.`);
    const value = this.#evaluate(node, environment);
    this.#measure(value);
    return value;
  }

  #measure({ value }: RuntimeValue): void {
    if (Array.isArray(value) && value.length > MAX_ITEMS) throw named("OverflowError", `Template makes more than ${MAX_ITEMS} items.`);
    if (typeof value !== "string") return;
    this.#characters += value.length;
    if (value.length > MAX_TEXT) throw named("OverflowError", `Template makes a text of more than ${MAX_TEXT} characters.`);
    if (this.#characters > MAX_ALL_TEXTS) throw named("OverflowError", `Template makes more than ${MAX_ALL_TEXTS} characters.`);
  }

  #evaluate(...[node, environment]: Parameters<Interpreter["evaluate"]>): RuntimeValue {
    switch (node?.type) {
      case "Known":
        return Reflect.get(node, "known");
      case "Output":
        return toRuntime(textOf(this.evaluate(Reflect.get(node, "expression"), environment)));
      case "MemberExpression":
        return this.#member(node, environment);
      case "BinaryExpression":
        return this.#binary(node, environment);
      case "FilterExpression":
        return this.#filter(node, environment);
      default:
        return super.evaluate(node, environment);
    }
  }

  /** What lies in a value; nothing in what is undefined. */
  #member(node: Statement, environment: Environment): RuntimeValue {
    const object = this.evaluate(Reflect.get(node, "object"), environment);
    if (object.type === "UndefinedValue") return object;
    return this.#bounded(super.evaluate({ ...node, object: known(object) } as Statement, environment), object.value);
  }

  /** A text's method, refused where what it makes could be far longer than what there is. */
  #bounded(method: RuntimeValue, text: unknown): RuntimeValue {
    const call: unknown = method.value;
    if (typeof call !== "function" || typeof text !== "string") return method;
    const value = (args: RuntimeValue[], scope: Environment) => {
      const longest = Math.max(1, ...args.map((arg) => (typeof arg.value === "string" ? arg.value.length : 1)));
      if (text.length * longest > MAX_ALL_TEXTS) throw named("OverflowError", "Template makes too long a text.");
      return call(args, scope);
    };
    return Object.assign(Object.create(Object.getPrototypeOf(method)), method, { value });
  }

  #binary(node: Statement, environment: Environment): RuntimeValue {
    const operator = Reflect.get(node, "operator").value;
    if (operator !== "~" && operator !== "+") return super.evaluate(node, environment);
    const left = this.evaluate(Reflect.get(node, "left"), environment);
    const right = this.evaluate(Reflect.get(node, "right"), environment);
    if (operator === "~") return toRuntime(textOf(left) + textOf(right));
    for (const [side, value] of [["left", left] as const, ["right", right] as const]) {
      if (value.type === "UndefinedValue") throw named("UndefinedError", `'${rootOf(Reflect.get(node, side))}' is undefined`);
    }
    return addTexts(left, right) ?? super.evaluate({ ...node, left: known(left), right: known(right) } as Statement, environment);
  }

  #filter(node: Statement, environment: Environment): RuntimeValue {
    const { filter, operand } = node as unknown as FilterNode;
    const name = filter.value ?? filter.callee?.value ?? "";
    if (!isOwnFilter(name)) return super.evaluate(node, environment);
    const value = this.evaluate(operand, environment);
    const keywords: Record<string, RuntimeValue> = {};
    const positional: RuntimeValue[] = [];
    for (const arg of filter.args ?? []) {
      if (arg.key && arg.value) keywords[arg.key.value] = this.evaluate(arg.value, environment);
      else positional.push(this.evaluate(arg, environment));
    }
    return applyFilter(name, value, { positional, keywords, pageUrl: this.#pageUrl });
  }
}
