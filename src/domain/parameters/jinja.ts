import { Environment, Interpreter, parse, tokenize } from "@huggingface/jinja";
import { templateProblem } from "../jinja/check.ts";
import type { Json } from "../json.ts";
import { rawNumber } from "../json.ts";
import { floatText } from "./python/number.ts";
import { reprText, str } from "./python/repr.ts";

/** A template that cannot be parsed or rendered, or loops more than is allowed. */
export class InvalidTemplate extends Error {}

const MAX_RANGE = 100;
/** What one rendering may take: the reference has no such bounds, but its templates do not share a machine with strangers'. */
const MAX_STEPS = 100_000;
const MAX_TEXT = 1_000_000;

type Program = ReturnType<typeof parse>;
type Statement = Program["body"][number];
type RuntimeValue = ReturnType<Interpreter["evaluate"]>;

/** Throws InvalidTemplate if a template has a syntax error or too many loops (`user_templates.validate_user_template`). */
export function checkTemplate(template: string): void {
  const problem = templateProblem(template);
  if (problem) throw new InvalidTemplate(problem.message);
}

/**
 * Renders a checked template without variables, by an interpreter that knows expressions, `if`, `for`, `set`, `macro`, `call`,
 * `filter` and the common filters and tests. What goes wrong while rendering is told in the text that is given
 * (`user_templates.render_user_template_sync`). Throws InvalidTemplate for what it does not know: `raw`, `with`, `block`, `include`.
 */
export function renderTemplate(template: string): string {
  if (!template.includes("{{") && !template.includes("{%")) return template;
  const program = parseTemplate(template);
  try {
    markOutputs(program);
    return String(new PythonInterpreter(globals()).run(program).value);
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return `Failed to render template due to the following error: ${name}(${reprText(message)})\nTemplate source:\n${template}`;
  }
}

function parseTemplate(template: string): Program {
  try {
    return parse(tokenize(template));
  } catch (error) {
    throw new InvalidTemplate(`this template cannot be rendered here: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The statements and expressions right inside a node of the syntax tree. */
function children(node: object): Statement[] {
  return Object.values(node)
    .flatMap((value: unknown) => (value instanceof Map ? [...value.keys(), ...value.values()] : value))
    .filter(
      (value): value is Statement => typeof value === "object" && value !== null && "type" in value && typeof value.type === "string",
    );
}

function globals(): Environment {
  const environment = new Environment();
  for (const [name, value] of Object.entries({ true: true, True: true, false: false, False: false, none: null, None: null, range })) {
    environment.set(name, value);
  }
  return environment;
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

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
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

/** The interpreter, printing values as Python does: `True`, `None`, `['a', 1.0]`. */
class PythonInterpreter extends Interpreter {
  #steps = 0;

  override evaluate(...[statement, environment]: Parameters<Interpreter["evaluate"]>): RuntimeValue {
    if (++this.#steps > MAX_STEPS) throw named("OverflowError", `Template takes more than ${MAX_STEPS} steps.`);
    const value = statement?.type === "Output" ? this.#print(statement, environment) : super.evaluate(statement, environment);
    if (typeof value.value === "string" && value.value.length > MAX_TEXT) {
      throw named("OverflowError", `Template makes a text of more than ${MAX_TEXT} characters.`);
    }
    return value;
  }

  #print(output: Statement, environment: Environment): RuntimeValue {
    const value = super.evaluate(Reflect.get(output, "expression"), environment);
    const text = value.type === "UndefinedValue" ? "" : str(toJson(value));
    return super.evaluate({ type: "StringLiteral", value: text } as Statement, environment);
  }
}

function toJson(value: RuntimeValue): Json {
  if (value.type === "FloatValue" && Number.isFinite(value.value)) return rawNumber(floatText(Number(value.value)));
  const content: unknown = value.value;
  if (Array.isArray(content)) return content.map(toJson);
  if (content instanceof Map) return Object.fromEntries([...content].map(([key, item]) => [key, toJson(item)]));
  return typeof content === "string" || typeof content === "boolean" || typeof content === "number" ? content : null;
}
