import { TemplateProblem } from "./problem.ts";
import { TemplateReader } from "./statements.ts";

const MAX_LOOPS = 10;
const MAX_NESTED_LOOPS = 2;

/**
 * What is wrong with a user's template, in Jinja's words (line 0 for its loops, which Prefect bounds); undefined if nothing is
 * (`user_templates.validate_user_template`).
 */
export function templateProblem(template: string): TemplateProblem | undefined {
  try {
    const reader = new TemplateReader(template);
    reader.read();
    return loopProblem(reader.loopDepths);
  } catch (error) {
    if (error instanceof TemplateProblem) return error;
    throw error;
  }
}

function loopProblem(depths: readonly number[]): TemplateProblem | undefined {
  if (depths.length > MAX_LOOPS) {
    return new TemplateProblem(`Contains ${depths.length} for loops. Templates can contain no more than ${MAX_LOOPS} for loops.`, 0);
  }
  const deepest = Math.max(0, ...depths);
  if (deepest <= MAX_NESTED_LOOPS) return undefined;
  const rule = `Templates can nest for loops no more than ${MAX_NESTED_LOOPS} loops deep.`;
  return new TemplateProblem(`Contains nested for loops at a depth of ${deepest}. ${rule}`, 0);
}
