import { z } from "@hono/zod-openapi";
import { notFound } from "../domain/errors.ts";
import { present } from "../domain/json.ts";
import { deleteFlowRun, updateFlowRun } from "../services/flow-runs/change-flow-run.ts";
import { createFlowRun } from "../services/flow-runs/create-flow-run.ts";
import { countFlowRuns, filterFlowRuns, readFlowRun } from "../services/flow-runs/read-flow-runs.ts";
import { resumeFlowRun } from "../services/flow-runs/resume-flow-run.ts";
import { readDependencies, readRunGraph } from "../services/flow-runs/run-graph.ts";
import { setFlowRunState } from "../services/flow-runs/set-flow-run-state.ts";
import { averageLateness, runHistory } from "../services/runs/run-statistics.ts";
import { ProvenanceHeaders } from "../wire/prefect/caller.ts";
import { neutral, paramsById } from "../wire/prefect/filters.ts";
import {
  FlowRun,
  FlowRunCreate,
  FlowRunsCountBody,
  FlowRunsFilterBody,
  FlowRunUpdate,
  flowRunChangesOf,
  flowRunToWire,
  newFlowRunOf,
} from "../wire/prefect/flow-runs.ts";
import { dict, optional } from "../wire/prefect/model.ts";
import { pageOf } from "../wire/prefect/paging.ts";
import {
  DependencyResult,
  dependencyToWire,
  Graph,
  GraphQuery,
  graphParams,
  graphToWire,
  isCanonicalId,
} from "../wire/prefect/run-graph.ts";
import { FlowRunHistoryBody, HistoryResponse, intervalToWire, spanOf } from "../wire/prefect/run-history.ts";
import { OrchestrationResult, orchestrationAnswer, proposalOf, SetStateBody } from "../wire/prefect/states.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const tags: [string] = ["Flow Runs"];

export const flowRunEndpoints: Endpoint[] = [
  endpoint(
    {
      method: "post",
      path: "/flow_runs/",
      summary: "Create a flow run, or read the one of that idempotency key",
      tags,
      headers: ProvenanceHeaders,
      body: { model: FlowRunCreate },
      responses: { 200: FlowRun, 201: FlowRun },
    },
    async (tenant, { body }) => {
      const { run, created } = await createFlowRun(tenant, newFlowRunOf(body, tenant.now()));
      return { status: created ? 201 : 200, body: flowRunToWire(run, tenant.now()) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/flow_runs/count",
      summary: "Count flow runs",
      tags,
      body: { keys: FlowRunsCountBody },
      responses: { 200: z.int() },
    },
    async (tenant, { body }) => ({ status: 200, body: await countFlowRuns(tenant, neutral(body)) }),
  ),
  endpoint(
    {
      method: "post",
      path: "/flow_runs/lateness",
      summary: "Read the average lateness of flow runs in seconds",
      tags,
      body: { keys: FlowRunsCountBody },
      responses: { 200: z.number().nullable() },
    },
    async (tenant, { body }) => ({ status: 200, body: await averageLateness(tenant, neutral(body)) }),
  ),
  endpoint(
    {
      method: "post",
      path: "/flow_runs/history",
      summary: "Count flow runs by time and state",
      tags,
      body: { keys: FlowRunHistoryBody },
      responses: { 200: z.array(HistoryResponse) },
    },
    async (tenant, { body }) => {
      const { work_queues, ...others } = body;
      const history = await runHistory(tenant, "flow", neutral({ ...others, work_pool_queues: work_queues }), spanOf(body));
      return { status: 200, body: history.map(intervalToWire) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/flow_runs/filter",
      summary: "List flow runs",
      tags,
      body: { keys: FlowRunsFilterBody },
      responses: { 200: z.array(FlowRun) },
    },
    async (tenant, { body }) => {
      const runs = await filterFlowRuns(tenant, neutral(body), body.sort, pageOf(body));
      const now = tenant.now();
      return { status: 200, body: runs.map((run) => flowRunToWire(run, now)) };
    },
  ),
  endpoint(
    { method: "get", path: "/flow_runs/{id}", summary: "Read a flow run", tags, params: paramsById, responses: { 200: FlowRun } },
    async (tenant, { params }) => ({ status: 200, body: flowRunToWire(await readFlowRun(tenant, params.id), tenant.now()) }),
  ),
  endpoint(
    {
      method: "patch",
      path: "/flow_runs/{id}",
      summary: "Change a flow run",
      tags,
      params: paramsById,
      body: { model: FlowRunUpdate },
      responses: { 204: null },
    },
    async (tenant, { params, body }) => {
      await updateFlowRun(tenant, params.id, present(flowRunChangesOf(body)));
      return { status: 204 };
    },
  ),
  endpoint(
    {
      method: "delete",
      path: "/flow_runs/{id}",
      summary: "Delete a flow run, its task runs, states and inputs",
      tags,
      params: paramsById,
      responses: { 204: null },
    },
    async (tenant, { params }) => {
      await deleteFlowRun(tenant, params.id);
      return { status: 204 };
    },
  ),
  endpoint(
    {
      method: "get",
      path: "/flow_runs/{id}/graph",
      summary: "Read what the task runs of a flow run depend on",
      tags,
      params: paramsById,
      responses: { 200: z.array(DependencyResult) },
    },
    async (tenant, { params }) => {
      const dependencies = await readDependencies(tenant, params.id);
      const now = tenant.now();
      return { status: 200, body: dependencies.map((each) => dependencyToWire(each, now)) };
    },
  ),
  endpoint(
    {
      method: "get",
      path: "/flow_runs/{id}/graph-v2",
      summary: "Read the graph of a flow run's task runs and subflow runs",
      tags,
      params: graphParams,
      query: GraphQuery,
      responses: { 200: Graph },
    },
    async (tenant, { params, query }) => {
      if (!isCanonicalId(params.id)) throw notFound("Not Found");
      return { status: 200, body: graphToWire(await readRunGraph(tenant, params.id, query.since ?? null)) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/flow_runs/{id}/resume",
      summary: "Let a paused flow run go on",
      tags,
      params: paramsById,
      body: { keys: z.object({ run_input: optional(dict()) }) },
      responses: { 200: OrchestrationResult, 201: OrchestrationResult },
    },
    async (tenant, { params, body }) => orchestrationAnswer(await resumeFlowRun(tenant, params.id, body.run_input ?? null)),
  ),
  endpoint(
    {
      method: "post",
      path: "/flow_runs/{id}/set_state",
      summary: "Propose a state to a flow run",
      tags,
      params: paramsById,
      body: { keys: SetStateBody },
      responses: { 200: OrchestrationResult, 201: OrchestrationResult },
    },
    async (tenant, { params, body }) =>
      orchestrationAnswer(await setFlowRunState(tenant, params.id, proposalOf(body.state, tenant.now()), body.force ? "minimal" : "core")),
  ),
];
