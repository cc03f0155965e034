import type { TemplateContext } from "../jinja/interpreter.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { HydrationError, hydrate } from "../parameters/hydrate.ts";
import { maybeTemplate } from "../parameters/jinja.ts";
import { isObject } from "../parameters/json-schema/instance.ts";
import { type Hydrated, Placeholder } from "../parameters/placeholder.ts";

const KIND = "__prefect_kind";

/** What is wrong with the parameters of run-deployment, in the real server's words; undefined if nothing is (`RunDeployment.validate_parameters`). */
export function parametersProblem(parameters: JsonObject): string | undefined {
  const problems = problemsIn(hydrate(withKinds(parameters), new Map(), "parse"), "");
  if (problems.length === 0) return undefined;
  return `Invalid parameters: \n${problems.map(([place, message]) => `${place === "" ? "" : `${place}:`} ${message}`).join("\n  ")}`;
}

/** The parameters filled in for a run. Throws HydrationError for what cannot be (`RunDeployment.render_parameters`). */
export function filledParameters(parameters: JsonObject, variables: ReadonlyMap<string, Json>, context: TemplateContext): JsonObject {
  const filled = hydrate(withKinds(parameters), variables, "run", context);
  if (isJsonObject(filled)) return filled;
  throw new HydrationError("parameters must be an object");
}

/** The texts in parameters that are templates, for what they name. */
export function templatesIn(parameters: Json): string[] {
  if (typeof parameters === "string") return maybeTemplate(parameters) ? [parameters] : [];
  if (Array.isArray(parameters)) return parameters.flatMap(templatesIn);
  return isJsonObject(parameters) ? Object.values(parameters).flatMap(templatesIn) : [];
}

/** The parameters with every plain text that is a template said to be one; what is of a kind already is left alone, and so are lists in lists. */
function withKinds(parameters: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(parameters).map(([key, value]) => [key, Array.isArray(value) ? value.map(withKind) : withKind(value)]),
  );
}

function withKind(value: Json): Json {
  if (typeof value === "string") return maybeTemplate(value) ? { [KIND]: "jinja", template: value } : value;
  if (!isJsonObject(value)) return value;
  return KIND in value ? value : withKinds(value);
}

/** The errors that hydration left, by where they are. Those in lists are not told of, as by the real server. */
function problemsIn(hydrated: Hydrated, prefix: string): [place: string, message: string][] {
  if (hydrated instanceof Placeholder) return hydrated.error === undefined ? [] : [[prefix, hydrated.error]];
  if (!isObject(hydrated)) return [];
  return Object.entries(hydrated).flatMap(([key, value]) => {
    if (value instanceof Placeholder) return value.error === undefined ? [] : [[`${prefix}${key}`, value.error] as [string, string]];
    return problemsIn(value, `${prefix}${key}.`);
  });
}
