import { z } from "@hono/zod-openapi";
import { templateProblem } from "../domain/jinja/check.ts";
import { checkValues } from "../services/schemas/check-values.ts";
import { ErrorBody } from "../wire/prefect/error-body.ts";
import { SchemaErrors, TemplateBody, TemplateError, ValidateBody } from "../wire/prefect/schemas.ts";
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
  endpoint(
    {
      method: "post",
      path: "/templates/validate",
      summary: "Check a Jinja template",
      tags: ["Automations"],
      body: { model: TemplateBody },
      responses: { 204: null, 422: z.union([TemplateError, ErrorBody]) },
    },
    async (_, { body: source }) => {
      const problem = templateProblem(source);
      return problem ? { status: 422, body: { error: { line: problem.line, message: problem.message, source } } } : { status: 204 };
    },
  ),
];
