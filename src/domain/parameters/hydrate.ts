import { NO_CONTEXT, type TemplateContext } from "../jinja/interpreter.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { checkTemplate, InvalidTemplate, renderTemplate } from "./jinja.ts";
import { isObject, show } from "./json-schema/instance.ts";
import { type Hydrated, Placeholder } from "./placeholder.ts";
import { JsonDecodeError, loadJson } from "./python/json.ts";
import { typeName } from "./python/repr.ts";

const KIND = "__prefect_kind";

/** A value that could not be hydrated. */
export class HydrationError extends Error {}

/**
 * How to hydrate. To `run`: templates are rendered and the first error is thrown. To `check` a form: templates are only parsed,
 * and errors stay in the values as placeholders. To `parse` what will run later: as `check`, and variables are not looked up.
 */
export type HydrationMode = "run" | "check" | "parse";

interface Context {
  variables: ReadonlyMap<string, Json>;
  mode: HydrationMode;
  template: TemplateContext;
}

/** Whether hydrating a value may read workspace variables, so that they must be loaded. */
export function usesVariables(value: Json): boolean {
  if (Array.isArray(value)) return value.some(usesVariables);
  if (!isJsonObject(value)) return false;
  return (value[KIND] === "workspace_variable" && "variable_name" in value) || Object.values(value).some(usesVariables);
}

/**
 * Replaces `{"__prefect_kind": …}` objects by what they stand for: `json` text, a `jinja` template, a `workspace_variable` by name,
 * `none` and unknown kinds by their `value`. `json` without value and `workspace_variable` without name vanish from what holds them.
 * Throws HydrationError in mode `run` (`schema_tools.hydration.hydrate`).
 */
export function hydrate(value: JsonObject, variables: ReadonlyMap<string, Json>, mode: "run", template?: TemplateContext): Json;
export function hydrate(value: JsonObject, variables: ReadonlyMap<string, Json>, mode: HydrationMode): Hydrated;
export function hydrate(value: JsonObject, variables: ReadonlyMap<string, Json>, mode: HydrationMode, template = NO_CONTEXT): Hydrated {
  const hydrated = hydrateValue(value, { variables, mode, template });
  return hydrated === REMOVED ? {} : hydrated;
}

const REMOVED = new Placeholder("RemoveValue");

function hydrateValue(value: Json, context: Context): Hydrated {
  if (Array.isArray(value)) return value.map((item) => hydrateValue(item, context)).filter((item) => item !== REMOVED);
  if (!isJsonObject(value)) return value;
  if (KIND in value) return hydrateKind(value, context);
  const entries = Object.entries(value).map(([key, item]) => [key, hydrateValue(item, context)] as const);
  return Object.fromEntries(entries.filter(([, item]) => item !== REMOVED));
}

type Handler = (object: JsonObject, context: Context) => Hydrated;

const HANDLERS: ReadonlyMap<Json | undefined, Handler> = new Map<Json | undefined, Handler>([
  ["none", hydrateNone],
  ["json", hydrateJson],
  ["jinja", hydrateJinja],
  ["workspace_variable", hydrateVariable],
]);

function hydrateKind(object: JsonObject, context: Context): Hydrated {
  const handler = HANDLERS.get(object[KIND]);
  if (handler === undefined) return object.value ?? null;
  const hydrated = handler(object, context);
  if (context.mode === "run" && hydrated instanceof Placeholder && hydrated.error !== undefined) throw new HydrationError(hydrated.error);
  return hydrated;
}

/** The value a kind works on; it may itself be an object to hydrate. */
function operand(value: Json, context: Context): Hydrated {
  return isJsonObject(value) ? hydrateValue(value, context) : value;
}

function missingKey(name: string, key: string): Placeholder {
  return new Placeholder(name, `Missing '${key}' key in __prefect object`);
}

function hydrateNone({ value }: JsonObject, context: Context): Hydrated {
  return value === undefined ? missingKey("ValueNotFound", "value") : hydrateValue(value, context);
}

function hydrateJson({ value }: JsonObject, context: Context): Hydrated {
  if (value === undefined) return REMOVED;
  const text = operand(value, context);
  if (typeof text !== "string") {
    return new Placeholder("InvalidJSON", `Invalid JSON: the JSON object must be str, bytes or bytearray, not ${hydratedType(text)}`);
  }
  try {
    return loadJson(text);
  } catch (error) {
    if (error instanceof JsonDecodeError) return new Placeholder("InvalidJSON", `Invalid JSON: ${error.message}`);
    throw error;
  }
}

function hydrateJinja({ template }: JsonObject, context: Context): Hydrated {
  if (template === undefined) return missingKey("TemplateNotFound", "template");
  const text = operand(template, context);
  if (typeof text !== "string") return new Placeholder("InvalidJinja", `Invalid jinja: a template must be str, not ${hydratedType(text)}`);
  try {
    checkTemplate(text);
    return context.mode === "run" ? renderTemplate(text, context.template) : new Placeholder("ValidJinja");
  } catch (error) {
    if (error instanceof InvalidTemplate) return new Placeholder("InvalidJinja", `Invalid jinja: ${error.message}`);
    throw error;
  }
}

function hydrateVariable({ variable_name: given }: JsonObject, context: Context): Hydrated {
  if (given === undefined) return REMOVED;
  if (context.mode === "parse") return new Placeholder("WorkspaceVariable");
  const name = operand(given, context);
  const value = typeof name === "string" ? context.variables.get(name) : undefined;
  if (value !== undefined) return value;
  const text = typeof name === "string" ? name : show(name);
  return new Placeholder("WorkspaceVariableNotFound", `Variable '${text}' not found in workspace.`);
}

/** The name of the Python type that a hydrated value has. */
function hydratedType(value: Hydrated): string {
  if (value instanceof Placeholder) return value.name;
  if (Array.isArray(value)) return "list";
  return isObject(value) ? "dict" : typeName(value);
}
