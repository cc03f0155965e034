import { z } from "@hono/zod-openapi";
import { chartFlowRuns } from "../services/flow-runs/read-flow-runs.ts";
import { countTaskRunsByState, countTaskRunsOverTime } from "../services/runs/run-statistics.ts";
import { neutral } from "../wire/prefect/filters.ts";
import { FlowRunChartBody, MAX_CHARTED, SimpleFlowRun, simpleFlowRunsToWire } from "../wire/prefect/flow-runs.ts";
import { CountByState, countsToWire, TaskRunCount, TaskRunDashboardBody } from "../wire/prefect/run-history.ts";
import { TaskRunsCountBody } from "../wire/prefect/task-runs.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const tags: [string] = ["UI"];

export const uiRunEndpoints: Endpoint[] = [
  endpoint(
    {
      method: "post",
      path: "/ui/flow_runs/history",
      summary: "List flow runs for a chart",
      tags,
      body: { keys: FlowRunChartBody },
      responses: { 200: z.array(SimpleFlowRun) },
    },
    async (tenant, { body }) => {
      // A negative limit is none, as for the real server's database; the most a chart takes stands for that.
      const limit = body.limit < 0 ? MAX_CHARTED : body.limit;
      const runs = await chartFlowRuns(tenant, neutral(body), body.sort, { limit, offset: body.offset });
      return { status: 200, body: simpleFlowRunsToWire(runs, tenant.now()) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/ui/task_runs/dashboard/counts",
      summary: "Count finished task runs over time",
      tags,
      body: { keys: TaskRunDashboardBody },
      responses: { 200: z.array(TaskRunCount) },
    },
    async (tenant, { body }) => {
      const { work_queues, ...others } = body;
      return { status: 200, body: await countTaskRunsOverTime(tenant, neutral({ ...others, work_pool_queues: work_queues })) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/ui/task_runs/count",
      summary: "Count task runs by state",
      tags,
      body: { keys: TaskRunsCountBody },
      responses: { 200: CountByState },
    },
    async (tenant, { body }) => ({ status: 200, body: countsToWire(await countTaskRunsByState(tenant, neutral(body))) }),
  ),
];
