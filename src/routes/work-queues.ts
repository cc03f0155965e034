import { z } from "@hono/zod-openapi";
import { present } from "../domain/json.ts";
import { deletePoolQueue, deleteQueueById, updatePoolQueue, updateQueueById } from "../services/work-queues/change-work-queue.ts";
import { createAgentQueue, createPoolQueue } from "../services/work-queues/create-work-queue.ts";
import { inspectQueue } from "../services/work-queues/inspect-queue.ts";
import {
  filterWorkQueues,
  readAgentQueue,
  readPoolQueue,
  readQueueStatus,
  readWorkQueue,
} from "../services/work-queues/read-work-queues.ts";
import { neutral, paramsById } from "../wire/prefect/filters.ts";
import { text } from "../wire/prefect/model.ts";
import { pageOf } from "../wire/prefect/paging.ts";
import {
  PoolQueuesFilterBody,
  queueFilterOf,
  queueStatusToWire,
  WorkQueue,
  WorkQueueCreate,
  WorkQueueStatus,
  WorkQueuesFilterBody,
  WorkQueueUpdate,
  workQueueToWire,
} from "../wire/prefect/work-queues.ts";
import { QueueLeases, queueLeasesToWire } from "../wire/tenant/queue-inspection.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const tags: [string] = ["Work Queues"];
const byPool = z.object({ work_pool_name: text() });
const byNames = byPool.extend({ name: text() });

const newQueue = (body: z.output<typeof WorkQueueCreate>) => ({
  name: body.name,
  description: body.description ?? "",
  isPaused: body.is_paused,
  concurrencyLimit: body.concurrency_limit ?? null,
  priority: body.priority ?? null,
  filter: queueFilterOf(body.filter),
});

const changesOf = (body: z.output<typeof WorkQueueUpdate>) =>
  present({
    name: body.name,
    description: body.description,
    isPaused: body.is_paused,
    concurrencyLimit: body.concurrency_limit,
    priority: body.priority,
    lastPolledAt: body.last_polled,
    filter: body.filter === undefined ? undefined : queueFilterOf(body.filter),
  });

export const workQueueEndpoints: Endpoint[] = [
  endpoint(
    {
      method: "post",
      path: "/work_queues/",
      summary: "Create a queue of the default agent pool",
      tags,
      body: { model: WorkQueueCreate },
      responses: { 201: WorkQueue },
    },
    async (tenant, { body }) => ({ status: 201, body: workQueueToWire(await createAgentQueue(tenant, newQueue(body)), tenant.now()) }),
  ),
  endpoint(
    {
      method: "post",
      path: "/work_queues/filter",
      summary: "List queues of all pools",
      tags,
      body: { keys: WorkQueuesFilterBody },
      responses: { 200: z.array(WorkQueue) },
    },
    async (tenant, { body }) => {
      const queues = await filterWorkQueues(tenant, null, neutral(body.work_queues), pageOf(body));
      return { status: 200, body: queues.map((queue) => workQueueToWire(queue, tenant.now())) };
    },
  ),
  endpoint(
    {
      method: "get",
      path: "/work_queues/name/{name}",
      summary: "Read a queue of the default agent pool",
      tags,
      params: z.object({ name: text() }),
      responses: { 200: WorkQueue },
    },
    async (tenant, { params }) => ({ status: 200, body: workQueueToWire(await readAgentQueue(tenant, params.name), tenant.now()) }),
  ),
  endpoint(
    { method: "get", path: "/work_queues/{id}", summary: "Read a queue", tags, params: paramsById, responses: { 200: WorkQueue } },
    async (tenant, { params }) => ({ status: 200, body: workQueueToWire(await readWorkQueue(tenant, params.id), tenant.now()) }),
  ),
  endpoint(
    {
      method: "patch",
      path: "/work_queues/{id}",
      summary: "Change a queue",
      tags,
      params: paramsById,
      body: { model: WorkQueueUpdate },
      responses: { 204: null },
    },
    async (tenant, { params, body }) => {
      await updateQueueById(tenant, params.id, changesOf(body));
      return { status: 204 };
    },
  ),
  endpoint(
    { method: "delete", path: "/work_queues/{id}", summary: "Delete a queue", tags, params: paramsById, responses: { 204: null } },
    async (tenant, { params }) => {
      await deleteQueueById(tenant, params.id);
      return { status: 204 };
    },
  ),
  endpoint(
    {
      method: "get",
      path: "/work_queues/{id}/status",
      summary: "Read a queue's health",
      tags,
      params: paramsById,
      responses: { 200: WorkQueueStatus },
    },
    async (tenant, { params }) => ({ status: 200, body: queueStatusToWire(await readQueueStatus(tenant, params.id), tenant.now()) }),
  ),
  endpoint(
    {
      method: "get",
      path: "/work_queues/{id}/leases",
      summary: "See who holds which of a queue's runs, and why due ones wait",
      tags,
      params: paramsById,
      responses: { 200: QueueLeases },
    },
    async (tenant, { params }) => ({ status: 200, body: queueLeasesToWire(await inspectQueue(tenant, params.id), tenant.now()) }),
  ),
  endpoint(
    {
      method: "post",
      path: "/work_pools/{work_pool_name}/queues",
      summary: "Create a queue of a pool",
      tags,
      params: byPool,
      body: { model: WorkQueueCreate },
      responses: { 201: WorkQueue },
    },
    async (tenant, { params, body }) => ({
      status: 201,
      body: workQueueToWire(await createPoolQueue(tenant, params.work_pool_name, newQueue(body)), tenant.now()),
    }),
  ),
  endpoint(
    {
      method: "post",
      path: "/work_pools/{work_pool_name}/queues/filter",
      summary: "List a pool's queues by priority",
      tags,
      params: byPool,
      body: { keys: PoolQueuesFilterBody },
      responses: { 200: z.array(WorkQueue) },
    },
    async (tenant, { params, body }) => {
      const queues = await filterWorkQueues(tenant, params.work_pool_name, neutral(body.work_queues), pageOf(body));
      return { status: 200, body: queues.map((queue) => workQueueToWire(queue, tenant.now())) };
    },
  ),
  endpoint(
    {
      method: "get",
      path: "/work_pools/{work_pool_name}/queues/{name}",
      summary: "Read a pool's queue",
      tags,
      params: byNames,
      responses: { 200: WorkQueue },
    },
    async (tenant, { params }) => ({
      status: 200,
      body: workQueueToWire(await readPoolQueue(tenant, params.work_pool_name, params.name), tenant.now()),
    }),
  ),
  endpoint(
    {
      method: "patch",
      path: "/work_pools/{work_pool_name}/queues/{name}",
      summary: "Change a pool's queue",
      tags,
      params: byNames,
      body: { model: WorkQueueUpdate },
      responses: { 204: null },
    },
    async (tenant, { params, body }) => {
      await updatePoolQueue(tenant, params.work_pool_name, params.name, changesOf(body));
      return { status: 204 };
    },
  ),
  endpoint(
    {
      method: "delete",
      path: "/work_pools/{work_pool_name}/queues/{name}",
      summary: "Delete a pool's queue",
      tags,
      params: byNames,
      responses: { 204: null },
    },
    async (tenant, { params }) => {
      await deletePoolQueue(tenant, params.work_pool_name, params.name);
      return { status: 204 };
    },
  ),
];
