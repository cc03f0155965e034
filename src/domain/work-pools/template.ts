import { InvalidRequest, Refusal } from "../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { dumpJson } from "../parameters/python/json.ts";
import { reprText } from "../parameters/python/repr.ts";
import { InvalidSchema, preprocessSchema, requireValidSchema, validationFailure, violationsOf } from "../parameters/validate.ts";

// On JSON text without anything but ASCII, where Python's `\w` is JavaScript's.
const PLACEHOLDER = /\{\{\s*([\w.\-[\]$]+)\s*\}\}/g;

/**
 * Refuses a base job template that is neither empty nor whole: it needs a job configuration and variables, and every
 * `{{ name }}` in the configuration must be a property of the variables (`schemas.actions.validate_base_job_template`).
 * Throws InvalidRequest at the template.
 */
export function checkBaseJobTemplate(template: JsonObject): void {
  if (Object.keys(template).length === 0) return;
  const { job_configuration: configuration, variables } = template;
  if (!isFilled(configuration) || !isFilled(variables)) {
    throw invalidTemplate("The `base_job_template` must contain both a `job_configuration` key and a `variables` key.");
  }
  const names = Object.values(configuration).flatMap((value) => [...dumpJson(value).matchAll(PLACEHOLDER)].map(([, name = ""]) => name));
  const declared = isJsonObject(variables.properties) ? variables.properties : {};
  const undeclared = [...new Set(names)].filter((name) => !Object.hasOwn(declared, name));
  if (undeclared.length === 0) return;
  throw invalidTemplate(
    "The variables specified in the job configuration template must be present as properties in the variables schema. " +
      `Your job configuration uses the following undeclared variable(s): ${undeclared.join(" ,")}.`,
  );
}

const isFilled = (value: Json | undefined): value is JsonObject => isJsonObject(value) && Object.keys(value).length > 0;

function invalidTemplate(msg: string): InvalidRequest {
  return new InvalidRequest([{ loc: ["body", "base_job_template"], msg, type: "value_error" }]);
}

/** The data of block documents by id, secrets masked, as `buildDocument` gives it. */
export type BlockData = ReadonlyMap<string, JsonObject>;

/** The ids of the block documents that variables have as defaults; their data is needed to check job variables. */
export function defaultBlockIds(template: JsonObject): string[] {
  const ids = defaultsOf(template).map(([, value]) => referencedId(value));
  return [...new Set(ids.filter((id) => typeof id === "string"))];
}

function defaultsOf({ variables }: JsonObject): [string, Json][] {
  const properties = isJsonObject(variables) && isJsonObject(variables.properties) ? variables.properties : {};
  return Object.entries(properties).flatMap(([name, property]) => {
    return isJsonObject(property) && property.default !== undefined ? [[name, property.default] as [string, Json]] : [];
  });
}

const isReference = (value: Json): value is JsonObject => isJsonObject(value) && "$ref" in value;
const referencedId = (value: Json) => (isReference(value) && isJsonObject(value.$ref) ? (value.$ref.block_document_id ?? null) : null);

/** The defaults of a template's variables, blocks replaced by their data. Refuses a block that does not exist. */
function resolvedDefaults(template: JsonObject, blocks: BlockData): JsonObject {
  const resolved = defaultsOf(template).map(([name, value]) => [name, isReference(value) ? blockDefault(value, blocks) : value] as const);
  return Object.fromEntries(resolved.filter((entry): entry is readonly [string, Json] => entry[1] !== undefined));
}

/** The data of the block that a default refers to; undefined for a reference to something else. */
function blockDefault(value: JsonObject, blocks: BlockData): JsonObject | undefined {
  const id = referencedId(value);
  if (id === null) return undefined;
  const data = typeof id === "string" ? blocks.get(id) : undefined;
  if (data === undefined) throw new Refusal("notFound", "Block not found.");
  return data;
}

/**
 * Refuses a pool whose variables have defaults that do not obey their schema, are blocks that do not exist, or whose schema is
 * none (`validate_job_variable_defaults_for_work_pool`).
 */
export function checkPoolDefaults(template: JsonObject, blocks: BlockData): void {
  checkVariables(template, "Validation failed for work pool's job variable defaults", (schema) => {
    return validationFailure(resolvedDefaults(template, blocks), schema, { ignoreRequired: true, allowNoneWithDefault: true });
  });
}

/**
 * Refuses job variables of a deployment that do not obey the schema of its pool. Which ones are required does not matter yet,
 * nor do bad defaults (`validate_job_variables_for_deployment`, when a deployment is created).
 */
export function checkDeploymentVariables(template: JsonObject, jobVariables: JsonObject, blocks: BlockData): void {
  if (Object.keys(jobVariables).length === 0) return;
  checkOverlay(template, jobVariables, blocks, true, "Error creating deployment");
}

/**
 * Refuses the job variables of a run, over those of its deployment, that do not obey the schema of the deployment's pool. All
 * required ones must be there, unless the pool has bad defaults (`validate_job_variables_for_deployment_flow_run`).
 */
export function checkRunVariables(
  template: JsonObject,
  layers: { deployment: JsonObject | null; run: JsonObject | null },
  blocks: BlockData,
  doing: "creating" | "updating",
): void {
  checkOverlay(template, { ...layers.deployment, ...layers.run }, blocks, false, `Error ${doing} flow run`);
}

/**
 * Refuses job variables in an update of a deployment that names its pool; null stands for none sent. Defaults do not count,
 * formats do (`DeploymentUpdate.check_valid_configuration`).
 */
export function checkUpdatedVariables(template: JsonObject, jobVariables: JsonObject | null): void {
  const { variables } = template;
  if (!isJsonObject(variables)) return;
  const [violation] = orRefuse(() => violationsOf(jobVariables, preprocessSchema(variables), { ignoreRequired: true }));
  if (violation === undefined) return;
  throw new Refusal("conflict", `Error creating deployment: <ValidationError: ${reprText(violation.message)}>`);
}

/**
 * How the job variables of an automation's run-deployment do not obey the schema of the deployment's pool; undefined if they do.
 * Those of the deployment do not count (`validate_job_variables_for_run_deployment_action`).
 */
export function actionVariablesProblem(template: JsonObject, jobVariables: JsonObject, blocks: BlockData): string | undefined {
  return variablesFailure(template, (schema) => overlayFailure(template, schema, jobVariables, blocks, false));
}

function checkOverlay(template: JsonObject, overlay: JsonObject, blocks: BlockData, ignoreRequired: boolean, prefix: string): void {
  checkVariables(template, prefix, (schema) => overlayFailure(template, schema, overlay, blocks, ignoreRequired));
}

function overlayFailure(template: JsonObject, schema: JsonObject, overlay: JsonObject, blocks: BlockData, ignoreRequired: boolean) {
  const defaults = Object.entries(resolvedDefaults(template, blocks));
  const good = defaults.filter(([name, value]) => violationsOf({ [name]: value }, schema, { ignoreRequired: true }).length === 0);
  return validationFailure({ ...Object.fromEntries(good), ...overlay }, schema, {
    ignoreRequired: ignoreRequired || good.length < defaults.length,
    allowNoneWithDefault: true,
  });
}

type Check = (schema: JsonObject) => string | undefined;

/** Runs a check against a template's variables schema, if it has one, and refuses with what it finds. */
function checkVariables(template: JsonObject, prefix: string, check: Check): void {
  const failure = variablesFailure(template, check);
  if (failure !== undefined) throw new Refusal("invalid", `${prefix}: ${failure}`);
}

function variablesFailure({ variables }: JsonObject, check: Check): string | undefined {
  if (!isFilled(variables)) return undefined;
  return orRefuse(() => {
    requireValidSchema(variables);
    return check(variables);
  });
}

/** Runs a check; a schema that cannot be used is refused. */
function orRefuse<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw error instanceof InvalidSchema ? new Refusal("invalid", error.message) : error;
  }
}
