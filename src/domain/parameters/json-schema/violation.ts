import type { Json } from "../../json.ts";
import { isJsonObject } from "../../json.ts";
import type { Hydrated } from "../placeholder.ts";
import { reprText } from "../python/repr.ts";
import { compareText } from "../python/text.ts";

/** One way in which a value does not obey its schema; the fields of python-jsonschema's `ValidationError` that are used. */
export interface Violation {
  /** What python-jsonschema says of it. */
  message: string;
  /** Keys and indexes from the validated value (for one in a `context`: from its parent's) to the wrong one. */
  path: (string | number)[];
  /** The keyword that was not obeyed; undefined under a `false` schema. */
  keyword: string | undefined;
  instance: Hydrated;
  /** The innermost schema that holds the keyword. */
  schema: Json;
  /** Whether the wrong value has the type of `schema`, as far as that gives one. */
  matchesType: boolean;
  /** Why each branch of an `anyOf` or `oneOf` failed. */
  context: Violation[];
  parent?: Violation;
}

const SIMPLE_NAME = /^[a-zA-Z][a-zA-Z0-9_]*\n?$/;

/** The place of the wrong value as a JSON path: `$.a[0]['b c']`. */
export function jsonPath(violation: Violation): string {
  const path: (string | number)[] = [];
  for (let at: Violation | undefined = violation; at !== undefined; at = at.parent) path.unshift(...at.path);
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return SIMPLE_NAME.test(part) ? `${text}.${part}` : `${text}['${part.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}']`;
  }, "$");
}

/** Prefect's sentence for a violation: `Validation failed for field 'x'. Failure reason: 'a' is not of type 'integer'`. */
export function failureText(violation: Violation): string {
  const path = jsonPath(violation);
  const where = path === "$" ? "Validation failed." : `Validation failed for field ${reprText(path.replaceAll("$.", ""))}.`;
  return `${where} Failure reason: ${violation.message}`;
}

/** Python's order of two paths from the same value: where they part they hold two names or two indexes. */
function comparePaths(a: readonly (string | number)[], b: readonly (string | number)[]): number {
  for (const [index, part] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    if (part !== other) return typeof part === "number" ? part - Number(other) : compareText(part, String(other));
  }
  return a.length - b.length;
}

const isWeak = ({ keyword }: Violation) => keyword === "anyOf" || keyword === "oneOf";

/** python-jsonschema's order of relevance: shallow before deep, then later places, then certain keywords, then other types. */
function compareRelevance(a: Violation, b: Violation): number {
  return (
    b.path.length - a.path.length ||
    comparePaths(a.path, b.path) ||
    Number(!isWeak(a)) - Number(!isWeak(b)) ||
    Number(!a.matchesType) - Number(!b.matchesType)
  );
}

/**
 * The violation to tell of (`jsonschema.exceptions.best_match`): the most relevant one; below an `anyOf` or `oneOf` the least
 * relevant of its context, unless two are alike.
 */
export function bestMatch(violations: Iterable<Violation>): Violation | undefined {
  let best: Violation | undefined;
  for (const violation of violations) if (best === undefined || compareRelevance(violation, best) > 0) best = violation;
  while (best !== undefined && best.context.length > 0) {
    const [first, second]: (Violation | undefined)[] = best.context.toSorted(compareRelevance);
    if (first === undefined || (second !== undefined && compareRelevance(first, second) === 0)) break;
    best = first;
  }
  return best;
}

/** Whether a keyword of the violated schema names a type, and the wrong value has it. */
export function matchesType(schema: Json, hasType: (type: string) => boolean): boolean {
  if (!isJsonObject(schema) || !("type" in schema)) return false;
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return types.some((type) => typeof type === "string" && hasType(type));
}
