import { z } from "@hono/zod-openapi";
import { leaseFromPool } from "../services/polls/lease-from-pool.ts";
import { pollDeployments } from "../services/polls/poll-deployments.ts";
import { pollPool } from "../services/polls/poll-pool.ts";
import { pollQueue } from "../services/polls/poll-queue.ts";
import { readWorkPool } from "../services/work-pools/read-work-pools.ts";
import { ErrorBody } from "../wire/prefect/error-body.ts";
import { paramsById } from "../wire/prefect/filters.ts";
import { FlowRun, flowRunToWire } from "../wire/prefect/flow-runs.ts";
import { text } from "../wire/prefect/model.ts";
import { DeploymentsPollBody, PoolPollBody, QueuePollBody, WorkerFlowRun, workerRunToWire } from "../wire/prefect/polls.ts";
import { PoolLeaseBody } from "../wire/tenant/pool-lease.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

/** How agents, workers and runners ask for runs. */
export const pollEndpoints: Endpoint[] = [
  endpoint(
    {
      method: "post",
      path: "/work_queues/{id}/get_runs",
      summary: "Get a queue's due runs, as an agent",
      tags: ["Work Queues"],
      params: paramsById,
      body: { keys: QueuePollBody },
      responses: { 200: z.array(FlowRun) },
    },
    async (tenant, { params, body }) => {
      const input = { scheduledBefore: body.scheduled_before ?? null, scheduledAfter: null, limit: body.limit };
      const runs = await pollQueue(tenant, params.id, input);
      return { status: 200, body: runs.map((run) => flowRunToWire(run, tenant.now())) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/work_pools/{name}/get_scheduled_flow_runs",
      summary: "Get a pool's due runs, as a worker",
      tags: ["Work Pools"],
      params: z.object({ name: text() }),
      body: { keys: PoolPollBody },
      responses: { 200: z.array(WorkerFlowRun) },
    },
    async (tenant, { params, body }) => {
      const input = {
        scheduledBefore: body.scheduled_before ?? null,
        scheduledAfter: body.scheduled_after ?? null,
        limit: body.limit,
      };
      const { poolId, runs } = await pollPool(tenant, params.name, body.work_queue_names ?? [], input);
      return { status: 200, body: runs.map((run) => workerRunToWire(run, poolId, tenant.now())) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/work_pools/{name}/lease",
      summary: "Lease a pool's due runs, waiting until there are some",
      tags: ["Work Pools"],
      params: z.object({ name: text() }),
      body: { keys: PoolLeaseBody },
      responses: { 200: z.array(WorkerFlowRun) },
    },
    async (tenant, { params, body, request }) => {
      const input = { queueNames: body.work_queue_names ?? [], limit: body.limit, waitSeconds: body.wait_seconds };
      return { status: 200, body: await leaseFromPool(tenant, params.name, input, request.signal) };
    },
  ),
  endpoint(
    {
      method: "get",
      path: "/work_pools/{name}/lease",
      summary: "Open a socket (WebSocket) on which a pool's due runs are sent",
      tags: ["Work Pools"],
      params: z.object({ name: text() }),
      responses: { 101: null, 426: ErrorBody },
    },
    // An upgrade never comes here: sockets are opened before.
    async (tenant, { params }) => {
      await readWorkPool(tenant, params.name);
      return { status: 426, body: { detail: "Upgrade to a WebSocket." }, headers: { upgrade: "websocket" } };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/deployments/get_scheduled_flow_runs",
      summary: "Get the due runs of deployments, as their runner",
      tags: ["Deployments"],
      body: { keys: DeploymentsPollBody },
      responses: { 200: z.array(FlowRun) },
    },
    async (tenant, { body }) => {
      const input = { deploymentIds: body.deployment_ids, scheduledBefore: body.scheduled_before ?? null, limit: body.limit };
      const runs = await pollDeployments(tenant, input);
      return { status: 200, body: runs.map((run) => flowRunToWire(run, tenant.now())) };
    },
  ),
];
