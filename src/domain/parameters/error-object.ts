import { PLACEHOLDERS } from "./json-schema/validator.ts";
import type { Violation } from "./json-schema/violation.ts";
import { Placeholder } from "./placeholder.ts";

/** What is wrong at one place: a text, or what is wrong with a property or an item. */
export type ErrorEntry = string | { property: string; errors: ErrorEntry[] } | { index: number; errors: ErrorEntry[] };

export interface ErrorObject {
  errors: ErrorEntry[];
  valid: boolean;
}

/**
 * The tree of errors that the UI shows beside a form (`schema_tools.validation.build_error_obj`). Where a value could not be
 * hydrated only that is told; a value that is merely not known here is no error; a missing property is told at the property.
 */
export function buildErrorObject(violations: readonly Violation[]): ErrorObject {
  const errors: ErrorEntry[] = [];
  for (const violation of preferPlaceholders(violations)) {
    if (violation.instance instanceof Placeholder && violation.instance.error === undefined) continue;
    const path = [...violation.path];
    if (violation.keyword === "required") path.push(missingName(violation.message));
    const last = path.pop();
    const place = path.reduce(openEntry, errors);
    place.push(last === undefined ? violation.message : newEntry(last, [violation.message]));
  }
  return { errors, valid: errors.length === 0 };
}

/** The name in `'x' is a required property`, taken from the text up to its first space, as the reference does. */
function missingName(message: string): string {
  return (message.split(" ")[0] ?? "").replace(/^'+|'+$/g, "");
}

function newEntry(part: string | number, errors: ErrorEntry[]): ErrorEntry {
  return typeof part === "number" ? { index: part, errors } : { property: part, errors };
}

/** The errors inside one property or item of `place`, entered there if they are the first. */
function openEntry(place: ErrorEntry[], part: string | number): ErrorEntry[] {
  for (const entry of place) {
    if (typeof entry !== "string" && ("index" in entry ? entry.index : entry.property) === part) return entry.errors;
  }
  const errors: ErrorEntry[] = [];
  place.push(newEntry(part, errors));
  return errors;
}

/** Groups violations by place, and keeps of a place only those of placeholders if it has any. */
function preferPlaceholders(violations: readonly Violation[]): Violation[] {
  const groups = Map.groupBy(violations, ({ path }) => path.join("->"));
  return [...groups.values()].flatMap((group) => {
    const placeholders = group.filter(({ keyword }) => keyword === PLACEHOLDERS);
    return placeholders.length > 0 ? placeholders : group;
  });
}
