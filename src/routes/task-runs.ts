import { z } from "@hono/zod-openapi";
import { present } from "../domain/json.ts";
import { runHistory } from "../services/runs/run-statistics.ts";
import { deleteTaskRun, updateTaskRun } from "../services/task-runs/change-task-run.ts";
import { createTaskRun } from "../services/task-runs/create-task-run.ts";
import { countTaskRuns, filterTaskRuns, readTaskRun } from "../services/task-runs/read-task-runs.ts";
import { setTaskRunState } from "../services/task-runs/set-task-run-state.ts";
import { neutral, paramsById } from "../wire/prefect/filters.ts";
import { pageOf } from "../wire/prefect/paging.ts";
import { HistoryResponse, intervalToWire, spanOf, TaskRunHistoryBody } from "../wire/prefect/run-history.ts";
import { OrchestrationResult, orchestrationAnswer, proposalOf, SetStateBody } from "../wire/prefect/states.ts";
import {
  newTaskRunOf,
  TaskRun,
  TaskRunCreate,
  TaskRunsCountBody,
  TaskRunsFilterBody,
  TaskRunUpdate,
  taskRunToWire,
} from "../wire/prefect/task-runs.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const tags: [string] = ["Task Runs"];

export const taskRunEndpoints: Endpoint[] = [
  endpoint(
    {
      method: "post",
      path: "/task_runs/",
      summary: "Create a task run, or read the one its flow run has of these keys",
      tags,
      body: { model: TaskRunCreate },
      responses: { 200: TaskRun, 201: TaskRun },
    },
    async (tenant, { body }) => {
      const { run, created } = await createTaskRun(tenant, newTaskRunOf(body, tenant.now()));
      return { status: created ? 201 : 200, body: taskRunToWire(run, tenant.now()) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/task_runs/count",
      summary: "Count task runs",
      tags,
      body: { keys: TaskRunsCountBody },
      responses: { 200: z.int() },
    },
    async (tenant, { body }) => ({ status: 200, body: await countTaskRuns(tenant, neutral(body)) }),
  ),
  endpoint(
    {
      method: "post",
      path: "/task_runs/history",
      summary: "Count task runs by time and state",
      tags,
      body: { keys: TaskRunHistoryBody },
      responses: { 200: z.array(HistoryResponse) },
    },
    async (tenant, { body }) => {
      const history = await runHistory(tenant, "task", neutral(body), spanOf(body));
      return { status: 200, body: history.map(intervalToWire) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/task_runs/filter",
      summary: "List task runs",
      tags,
      body: { keys: TaskRunsFilterBody },
      responses: { 200: z.array(TaskRun) },
    },
    async (tenant, { body }) => {
      const runs = await filterTaskRuns(tenant, neutral(body), body.sort, pageOf(body));
      const now = tenant.now();
      return { status: 200, body: runs.map((run) => taskRunToWire(run, now)) };
    },
  ),
  endpoint(
    { method: "get", path: "/task_runs/{id}", summary: "Read a task run", tags, params: paramsById, responses: { 200: TaskRun } },
    async (tenant, { params }) => ({ status: 200, body: taskRunToWire(await readTaskRun(tenant, params.id), tenant.now()) }),
  ),
  endpoint(
    {
      method: "patch",
      path: "/task_runs/{id}",
      summary: "Rename a task run",
      tags,
      params: paramsById,
      body: { model: TaskRunUpdate },
      responses: { 204: null },
    },
    async (tenant, { params, body }) => {
      await updateTaskRun(tenant, params.id, present(body));
      return { status: 204 };
    },
  ),
  endpoint(
    {
      method: "delete",
      path: "/task_runs/{id}",
      summary: "Delete a task run and its states",
      tags,
      params: paramsById,
      responses: { 204: null },
    },
    async (tenant, { params }) => {
      await deleteTaskRun(tenant, params.id);
      return { status: 204 };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/task_runs/{id}/set_state",
      summary: "Propose a state to a task run",
      tags,
      params: paramsById,
      body: { keys: SetStateBody },
      responses: { 200: OrchestrationResult, 201: OrchestrationResult },
    },
    async (tenant, { params, body }) =>
      orchestrationAnswer(await setTaskRunState(tenant, params.id, proposalOf(body.state, tenant.now()), body.force ? "minimal" : "core")),
  ),
];
