import { parse, tokenize } from "@huggingface/jinja";
import { templateProblem } from "../jinja/check.ts";
import { NO_CONTEXT, runProgram, type TemplateContext } from "../jinja/interpreter.ts";
import { reprText } from "./python/repr.ts";

/** A template that cannot be parsed or rendered, or loops more than is allowed. */
export class InvalidTemplate extends Error {}

/** Whether a text may be a template at all (`user_templates.maybe_template`). */
export const maybeTemplate = (text: string): boolean => text.includes("{{") || text.includes("{%");

/** Throws InvalidTemplate if a template has a syntax error or too many loops (`user_templates.validate_user_template`). */
export function checkTemplate(template: string): void {
  const problem = templateProblem(template);
  if (problem) throw new InvalidTemplate(problem.message);
}

/**
 * Renders a checked template, by an interpreter that knows expressions, `if`, `for`, `set`, `macro`, `call`, `filter` and the common
 * filters and tests. What goes wrong while rendering is told in the text that is given (`user_templates.render_user_template_sync`).
 * Throws InvalidTemplate for what it does not know: `raw`, `with`, `block`, `include`.
 */
export function renderTemplate(template: string, context: TemplateContext = NO_CONTEXT): string {
  if (!maybeTemplate(template)) return template;
  const program = parseTemplate(template);
  try {
    return runProgram(program, context);
  } catch (error) {
    return failureText(template, error);
  }
}

/** Renders a checked template; whatever is wrong with it is told in the text. */
export function renderOrTell(template: string, context: TemplateContext): string {
  try {
    return renderTemplate(template, context);
  } catch (error) {
    if (error instanceof InvalidTemplate) return failureText(template, error);
    throw error;
  }
}

function failureText(template: string, error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return `Failed to render template due to the following error: ${name}(${reprText(message)})\nTemplate source:\n${template}`;
}

function parseTemplate(template: string) {
  try {
    return parse(tokenize(template));
  } catch (error) {
    throw new InvalidTemplate(`this template cannot be rendered here: ${error instanceof Error ? error.message : String(error)}`);
  }
}
