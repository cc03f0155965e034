import { z } from "@hono/zod-openapi";
import { present } from "../domain/json.ts";
import { deleteVariable, updateVariable } from "../services/variables/change-variable.ts";
import { createVariable } from "../services/variables/create-variable.ts";
import { countVariables, filterVariables, readVariable } from "../services/variables/read-variables.ts";
import { neutral, paramsById } from "../wire/prefect/filters.ts";
import { text } from "../wire/prefect/model.ts";
import { pageOf } from "../wire/prefect/paging.ts";
import {
  Variable,
  VariableCreate,
  VariablesCountBody,
  VariablesFilterBody,
  VariableUpdate,
  variableToWire,
} from "../wire/prefect/variables.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const tags: [string] = ["Variables"];
const paramsByName = z.object({ name: text() });

/** Reading, changing and deleting one variable, by the path that names it. */
const ofOne = <P extends typeof paramsById | typeof paramsByName>(path: string, by: string, params: P): Endpoint[] => [
  endpoint(
    { method: "get", path, summary: `Read a variable by ${by}`, tags, params, responses: { 200: Variable } },
    async (tenant, input) => ({
      status: 200,
      body: variableToWire(await readVariable(tenant, input.params)),
    }),
  ),
  endpoint(
    {
      method: "patch",
      path,
      summary: `Change a variable by ${by}`,
      tags,
      params,
      body: { model: VariableUpdate },
      responses: { 204: null },
    },
    async (tenant, { params: which, body }) => {
      await updateVariable(tenant, which, present(body));
      return { status: 204 };
    },
  ),
  endpoint(
    { method: "delete", path, summary: `Delete a variable by ${by}`, tags, params, responses: { 204: null } },
    async (tenant, input) => {
      await deleteVariable(tenant, input.params);
      return { status: 204 };
    },
  ),
];

export const variableEndpoints: Endpoint[] = [
  endpoint(
    {
      method: "post",
      path: "/variables/",
      summary: "Create a variable",
      tags,
      body: { model: VariableCreate },
      responses: { 201: Variable },
    },
    async (tenant, { body }) => ({ status: 201, body: variableToWire(await createVariable(tenant, body)) }),
  ),
  endpoint(
    {
      method: "post",
      path: "/variables/filter",
      summary: "List variables",
      tags,
      body: { keys: VariablesFilterBody },
      responses: { 200: z.array(Variable) },
    },
    async (tenant, { body }) => {
      const variables = await filterVariables(tenant, neutral(body.variables), body.sort, pageOf(body));
      return { status: 200, body: variables.map(variableToWire) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/variables/count",
      summary: "Count variables",
      tags,
      body: { keys: VariablesCountBody },
      responses: { 200: z.int() },
    },
    async (tenant, { body }) => ({ status: 200, body: await countVariables(tenant, neutral(body.variables)) }),
  ),
  ...ofOne("/variables/{id:uuid}", "id", paramsById),
  ...ofOne("/variables/name/{name}", "name", paramsByName),
];
