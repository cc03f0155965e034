import { z } from "@hono/zod-openapi";
import { present } from "../domain/json.ts";
import { deleteFlow, updateFlow } from "../services/flows/change-flow.ts";
import { createFlow } from "../services/flows/create-flow.ts";
import { countFlows, filterFlows } from "../services/flows/filter-flows.ts";
import { readFlow, readFlowByName } from "../services/flows/read-flow.ts";
import { neutral, paramsById } from "../wire/prefect/filters.ts";
import { Flow, FlowCreate, FlowsCountBody, FlowsFilterBody, FlowUpdate, flowToWire } from "../wire/prefect/flows.ts";
import { text } from "../wire/prefect/model.ts";
import { pageOf } from "../wire/prefect/paging.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const tags: [string] = ["Flows"];

export const flowEndpoints: Endpoint[] = [
  endpoint(
    {
      method: "post",
      path: "/flows/",
      summary: "Create a flow, or read the one of that name",
      tags,
      body: { model: FlowCreate },
      responses: { 200: Flow, 201: Flow },
    },
    async (tenant, { body }) => {
      const { flow, created } = await createFlow(tenant, body);
      return { status: created ? 201 : 200, body: flowToWire(flow) };
    },
  ),
  endpoint(
    {
      method: "patch",
      path: "/flows/{id}",
      summary: "Change a flow",
      tags,
      params: paramsById,
      body: { model: FlowUpdate },
      responses: { 204: null },
    },
    async (tenant, { params, body }) => {
      await updateFlow(tenant, params.id, present(body));
      return { status: 204 };
    },
  ),
  endpoint(
    { method: "post", path: "/flows/count", summary: "Count flows", tags, body: { keys: FlowsCountBody }, responses: { 200: z.int() } },
    async (tenant, { body }) => ({ status: 200, body: await countFlows(tenant, neutral(body)) }),
  ),
  endpoint(
    {
      method: "get",
      path: "/flows/name/{name}",
      summary: "Read a flow by name",
      tags,
      params: z.object({ name: text() }),
      responses: { 200: Flow },
    },
    async (tenant, { params }) => ({ status: 200, body: flowToWire(await readFlowByName(tenant, params.name)) }),
  ),
  endpoint(
    { method: "get", path: "/flows/{id}", summary: "Read a flow", tags, params: paramsById, responses: { 200: Flow } },
    async (tenant, { params }) => ({ status: 200, body: flowToWire(await readFlow(tenant, params.id)) }),
  ),
  endpoint(
    {
      method: "post",
      path: "/flows/filter",
      summary: "List flows",
      tags,
      body: { keys: FlowsFilterBody },
      responses: { 200: z.array(Flow) },
    },
    async (tenant, { body }) => {
      const flows = await filterFlows(tenant, neutral(body), body.sort, pageOf(body));
      return { status: 200, body: flows.map(flowToWire) };
    },
  ),
  endpoint(
    {
      method: "delete",
      path: "/flows/{id}",
      summary: "Delete a flow, its deployments and runs",
      tags,
      params: paramsById,
      responses: { 204: null },
    },
    async (tenant, { params }) => {
      await deleteFlow(tenant, params.id);
      return { status: 204 };
    },
  ),
];
