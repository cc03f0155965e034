import { filledParameters, templatesIn } from "../../domain/automations/parameters.ts";
import type { JsonObject } from "../../domain/json.ts";
import { HydrationError, usesVariables } from "../../domain/parameters/hydrate.ts";
import { reprText } from "../../domain/parameters/python/repr.ts";
import { selectVariableValues } from "../../store/variables.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { ActionFailed } from "./outcome.ts";
import { type Subject, templateContext } from "./template-context.ts";

/** The parameters of run-deployment with their templates and variables filled in. Throws ActionFailed for what cannot be. */
export async function filledForRun(ctx: TenantContext, parameters: JsonObject, subject: Subject): Promise<JsonObject> {
  const [rows] = usesVariables(parameters) ? await ctx.db.run(selectVariableValues(ctx.db, ctx.tenantId)) : [[]];
  const context = await templateContext(ctx, subject, templatesIn(parameters));
  try {
    return filledParameters(parameters, new Map(rows.map(({ name, value }) => [name, value])), context);
  } catch (error) {
    if (!(error instanceof HydrationError)) throw error;
    throw new ActionFailed(`Unable to create flow run from deployment: ${error.name}(${reprText(error.message)})`);
  }
}
