import { InvalidRequest, Refusal } from "../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import { buildErrorObject, type ErrorObject } from "./error-object.ts";
import { HydrationError, hydrate } from "./hydrate.ts";
import {
  conformanceFailure,
  draft4Problem,
  InvalidSchema,
  preprocessSchema,
  requireValidSchema,
  validationFailure,
  violationsOf,
} from "./validate.ts";

type Variables = ReadonlyMap<string, Json>;

/** What is known of a deployment's parameters. */
export interface DeploymentParameters {
  parameters: JsonObject;
  /** The stored `parameter_openapi_schema`. */
  schema: Json;
  isEnforced: boolean;
}

/**
 * Refuses a deployment that is created with an enforced schema which is no JSON schema, or with parameters that do not obey it
 * (`schemas.actions.DeploymentCreate`). `schema` and `parameters` are undefined when the request does not hold them.
 * Throws InvalidRequest at the field that is wrong.
 */
export function checkCreatedParameters(isEnforced: boolean, schema: Json | undefined, parameters: Json | undefined): void {
  if (!isEnforced || !isJsonObject(schema)) return;
  const problem = draft4Problem(schema);
  if (problem !== undefined)
    throw invalidField("parameter_openapi_schema", `The provided schema is not a valid json schema. Schema error: ${problem}`);
  if (parameters === undefined) return;
  const failure = orSchemaProblem(() => conformanceFailure(parameters, schema));
  if (failure !== undefined) throw invalidField("parameters", failure);
}

/**
 * The parameters that a deployment gets by an update: the request's, hydrated, or those it has. They must obey the stored schema
 * (but for `required`) if it is enforced. Throws Refusal (`api.deployments.update_deployment`).
 */
export function prepareUpdatedParameters(
  deployment: DeploymentParameters,
  update: { parameters: JsonObject | null; isEnforced: boolean | null },
  variables: Variables,
): JsonObject {
  const { parameters: given } = update;
  const parameters = given === null ? deployment.parameters : hydrateOrRefuse(given, variables, "deployment parameters");
  if (update.isEnforced ?? deployment.isEnforced) enforce(parameters, deployment.schema, "Error updating deployment", true);
  return parameters;
}

/**
 * The parameters of a run made from a deployment: the deployment's, replaced by the request's one by one, hydrated, and checked
 * if the schema is enforced (the request may say otherwise). Throws Refusal (`api.deployments.create_flow_run_from_deployment`).
 */
export function prepareRunParameters(
  deployment: DeploymentParameters,
  run: { parameters: JsonObject; isEnforced: boolean | null },
  variables: Variables,
): JsonObject {
  const parameters = hydrateOrRefuse({ ...deployment.parameters, ...run.parameters }, variables, "flow run parameters");
  if (run.isEnforced ?? deployment.isEnforced) enforce(parameters, deployment.schema, "Error creating flow run", false);
  return parameters;
}

/**
 * What is wrong with values that a person is typing, as a tree beside the form. Throws Refusal for a schema that cannot be used
 * (`api.ui.schemas.validate_obj`).
 */
export function checkTypedValues(schema: JsonObject, values: JsonObject, variables: Variables): ErrorObject {
  try {
    const repaired = preprocessSchema(schema);
    requireValidSchema(repaired);
    return buildErrorObject(violationsOf(hydrate(values, variables, "check"), repaired));
  } catch (error) {
    throw refusedSchema(error);
  }
}

function invalidField(field: "parameters" | "parameter_openapi_schema", msg: string): InvalidRequest {
  return new InvalidRequest([{ loc: ["body", field], msg, type: "value_error" }]);
}

function hydrateOrRefuse(parameters: JsonObject, variables: Variables, what: string): JsonObject {
  try {
    const hydrated = hydrate(parameters, variables, "run");
    if (isJsonObject(hydrated)) return hydrated;
    throw new HydrationError("parameters must be an object");
  } catch (error) {
    if (error instanceof HydrationError) throw new Refusal("badRequest", `Error hydrating ${what}: ${error.message}`);
    throw error;
  }
}

function enforce(parameters: JsonObject, schema: Json, prefix: string, ignoreRequired: boolean): void {
  if (!isJsonObject(schema)) {
    const reason = "parameter schema enforcement is enabled and the deployment does not have a valid parameter schema.";
    throw new Refusal("conflict", `Error updating deployment: Cannot update parameters because ${reason}`);
  }
  try {
    const failure = validationFailure(parameters, schema, { ignoreRequired });
    if (failure !== undefined) throw new Refusal("conflict", `${prefix}: ${failure}`);
  } catch (error) {
    throw refusedSchema(error);
  }
}

/** The refusal for a schema that cannot be used; any other error as it is. */
function refusedSchema(error: unknown): unknown {
  return error instanceof InvalidSchema ? new Refusal("invalid", error.message) : error;
}

function orSchemaProblem(check: () => string | undefined): string | undefined {
  try {
    return check();
  } catch (error) {
    if (error instanceof InvalidSchema) return error.message;
    throw error;
  }
}
