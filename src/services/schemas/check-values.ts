import type { JsonObject } from "../../domain/json.ts";
import type { ErrorObject } from "../../domain/parameters/error-object.ts";
import { usesVariables } from "../../domain/parameters/hydrate.ts";
import { checkTypedValues } from "../../domain/parameters/prepare.ts";
import { selectVariableValues } from "../../store/variables.ts";
import type { TenantContext } from "../../tenancy/context.ts";

/**
 * What is wrong with the values of a form by its schema. No round trip, or one when values name workspace variables. Refuses 422
 * for a schema that cannot be used.
 */
export async function checkValues(ctx: TenantContext, schema: JsonObject, values: JsonObject): Promise<ErrorObject> {
  const [rows] = usesVariables(values) ? await ctx.db.run(selectVariableValues(ctx.db, ctx.tenantId)) : [[]];
  return checkTypedValues(schema, values, new Map(rows.map(({ name, value }) => [name, value])));
}
