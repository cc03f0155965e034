import { z } from "@hono/zod-openapi";
import { createFlowRunInput, deleteFlowRunInput, filterFlowRunInputs, readFlowRunInput } from "../services/flow-runs/flow-run-inputs.ts";
import { paramsById } from "../wire/prefect/filters.ts";
import {
  FlowRunInput,
  FlowRunInputCreateBody,
  FlowRunInputsFilterBody,
  flowRunInputToWire,
  newInputOf,
  paramsOfInput,
} from "../wire/prefect/flow-run-inputs.ts";
import { type Endpoint, endpoint, PLAIN_TEXT } from "./endpoint.ts";

const tags: [string] = ["Flow Runs"];

export const flowRunInputEndpoints: Endpoint[] = [
  endpoint(
    {
      method: "post",
      path: "/flow_runs/{id}/input",
      summary: "Give a flow run an input",
      tags,
      params: paramsById,
      body: { keys: FlowRunInputCreateBody },
      responses: { 201: z.null() },
    },
    async (tenant, { params, body }) => {
      await createFlowRunInput(tenant, newInputOf(params.id, body));
      return { status: 201, body: null };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/flow_runs/{id}/input/filter",
      summary: "List the inputs of a flow run whose key begins with a prefix",
      tags,
      params: paramsById,
      body: { keys: FlowRunInputsFilterBody },
      responses: { 200: z.array(FlowRunInput) },
    },
    async (tenant, { params, body }) => {
      const { prefix, limit, exclude_keys: excludeKeys } = body;
      const inputs = await filterFlowRunInputs(tenant, params.id, { prefix, limit, excludeKeys });
      return { status: 200, body: inputs.map(flowRunInputToWire) };
    },
  ),
  endpoint(
    {
      method: "get",
      path: "/flow_runs/{id}/input/{key}",
      summary: "Read the value of an input of a flow run",
      tags,
      params: paramsOfInput,
      responses: { 200: PLAIN_TEXT },
    },
    async (tenant, { params }) => ({ status: 200, text: await readFlowRunInput(tenant, params.id, params.key) }),
  ),
  endpoint(
    {
      method: "delete",
      path: "/flow_runs/{id}/input/{key}",
      summary: "Delete an input of a flow run",
      tags,
      params: paramsOfInput,
      responses: { 204: null },
    },
    async (tenant, { params }) => {
      await deleteFlowRunInput(tenant, params.id, params.key);
      return { status: 204 };
    },
  ),
];
