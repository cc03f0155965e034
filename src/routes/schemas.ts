import { checkValues } from "../services/schemas/check-values.ts";
import { SchemaErrors, ValidateBody } from "../wire/prefect/schemas.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

export const schemaEndpoints: Endpoint[] = [
  endpoint(
    {
      method: "post",
      path: "/ui/schemas/validate",
      summary: "Check the values of a form against its JSON schema",
      tags: ["UI"],
      body: { keys: ValidateBody },
      responses: { 200: SchemaErrors },
    },
    async (tenant, { body }) => ({ status: 200, body: await checkValues(tenant, body.schema, body.values) }),
  ),
];
