import { z } from "@hono/zod-openapi";
import { readFlowRunState, readFlowRunStates, readTaskRunState, readTaskRunStates } from "../services/states/read-states.ts";
import { paramsById } from "../wire/prefect/filters.ts";
import { uuid } from "../wire/prefect/model.ts";
import { State, stateToWire } from "../wire/prefect/states.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const flowRunTags: [string] = ["Flow Run States"];
const taskRunTags: [string] = ["Task Run States"];

export const runStateEndpoints: Endpoint[] = [
  endpoint(
    {
      method: "get",
      path: "/flow_run_states/",
      summary: "List the states of a flow run",
      tags: flowRunTags,
      query: z.object({ flow_run_id: uuid() }),
      responses: { 200: z.array(State) },
    },
    async (tenant, { query }) => ({ status: 200, body: (await readFlowRunStates(tenant, query.flow_run_id)).map(stateToWire) }),
  ),
  endpoint(
    {
      method: "get",
      path: "/flow_run_states/{id}",
      summary: "Read a state of a flow run",
      tags: flowRunTags,
      params: paramsById,
      responses: { 200: State },
    },
    async (tenant, { params }) => ({ status: 200, body: stateToWire(await readFlowRunState(tenant, params.id)) }),
  ),
  endpoint(
    {
      method: "get",
      path: "/task_run_states/",
      summary: "List the states of a task run",
      tags: taskRunTags,
      query: z.object({ task_run_id: uuid() }),
      responses: { 200: z.array(State) },
    },
    async (tenant, { query }) => ({ status: 200, body: (await readTaskRunStates(tenant, query.task_run_id)).map(stateToWire) }),
  ),
  endpoint(
    {
      method: "get",
      path: "/task_run_states/{id}",
      summary: "Read a state of a task run",
      tags: taskRunTags,
      params: paramsById,
      responses: { 200: State },
    },
    async (tenant, { params }) => ({ status: 200, body: stateToWire(await readTaskRunState(tenant, params.id)) }),
  ),
];
