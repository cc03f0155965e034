import { z } from "@hono/zod-openapi";
import { present } from "../domain/json.ts";
import { deleteWorkPool, updateWorkPool } from "../services/work-pools/change-work-pool.ts";
import { createWorkPool } from "../services/work-pools/create-work-pool.ts";
import { changePoolRecovery, readPoolRecovery } from "../services/work-pools/pool-recovery.ts";
import { countWorkPools, filterWorkPools, readWorkPool } from "../services/work-pools/read-work-pools.ts";
import { deleteWorker, filterWorkers, heartbeat } from "../services/workers/workers.ts";
import { neutral } from "../wire/prefect/filters.ts";
import { text } from "../wire/prefect/model.ts";
import { pageOf } from "../wire/prefect/paging.ts";
import {
  HeartbeatBody,
  Worker,
  WorkersFilterBody,
  WorkPool,
  WorkPoolCreate,
  WorkPoolsCountBody,
  WorkPoolsFilterBody,
  WorkPoolUpdate,
  workerToWire,
  workPoolToWire,
} from "../wire/prefect/work-pools.ts";
import { PoolRecovery, PoolRecoveryBody, recoveryOf, recoveryToWire } from "../wire/tenant/pool-recovery.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const tags: [string] = ["Work Pools"];
const byName = z.object({ name: text() });
const byPool = z.object({ work_pool_name: text() });

export const workPoolEndpoints: Endpoint[] = [
  endpoint(
    {
      method: "post",
      path: "/work_pools/",
      summary: "Create a work pool and its default queue",
      tags,
      body: { model: WorkPoolCreate },
      responses: { 201: WorkPool },
    },
    async (tenant, { body }) => {
      const { concurrency_limit, base_job_template, is_paused, description, ...rest } = body;
      const input = {
        ...rest,
        description: description ?? null,
        baseJobTemplate: base_job_template,
        isPaused: is_paused,
        concurrencyLimit: concurrency_limit ?? null,
      };
      return { status: 201, body: workPoolToWire(await createWorkPool(tenant, input)) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/work_pools/filter",
      summary: "List work pools",
      tags,
      body: { keys: WorkPoolsFilterBody },
      responses: { 200: z.array(WorkPool) },
    },
    async (tenant, { body }) => {
      const pools = await filterWorkPools(tenant, neutral(body.work_pools), pageOf(body));
      return { status: 200, body: pools.map(workPoolToWire) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/work_pools/count",
      summary: "Count work pools",
      tags,
      body: { keys: WorkPoolsCountBody },
      responses: { 200: z.int() },
    },
    async (tenant, { body }) => ({ status: 200, body: await countWorkPools(tenant, neutral(body.work_pools)) }),
  ),
  endpoint(
    { method: "get", path: "/work_pools/{name}", summary: "Read a work pool", tags, params: byName, responses: { 200: WorkPool } },
    async (tenant, { params }) => ({ status: 200, body: workPoolToWire(await readWorkPool(tenant, params.name)) }),
  ),
  endpoint(
    {
      method: "patch",
      path: "/work_pools/{name}",
      summary: "Change a work pool",
      tags,
      params: byName,
      body: { model: WorkPoolUpdate },
      responses: { 204: null },
    },
    async (tenant, { params, body }) => {
      const { is_paused, base_job_template, concurrency_limit, description } = body;
      const changes = {
        description,
        isPaused: is_paused,
        baseJobTemplate: base_job_template ?? undefined,
        concurrencyLimit: concurrency_limit,
      };
      await updateWorkPool(tenant, params.name, present(changes));
      return { status: 204 };
    },
  ),
  endpoint(
    {
      method: "delete",
      path: "/work_pools/{name}",
      summary: "Delete a work pool, its queues and workers",
      tags,
      params: byName,
      responses: { 204: null },
    },
    async (tenant, { params }) => {
      await deleteWorkPool(tenant, params.name);
      return { status: 204 };
    },
  ),
  endpoint(
    {
      method: "get",
      path: "/work_pools/{name}/recovery",
      summary: "Read what a pool does with runs that were claimed and never began",
      tags,
      params: byName,
      responses: { 200: PoolRecovery },
    },
    async (tenant, { params }) => ({ status: 200, body: recoveryToWire(await readPoolRecovery(tenant, params.name)) }),
  ),
  endpoint(
    {
      method: "put",
      path: "/work_pools/{name}/recovery",
      summary: "Set what a pool does with runs that were claimed and never began",
      tags,
      params: byName,
      body: { model: PoolRecoveryBody },
      responses: { 200: PoolRecovery },
    },
    async (tenant, { params, body }) => {
      const recovery = recoveryOf(body);
      await changePoolRecovery(tenant, params.name, recovery);
      return { status: 200, body: recoveryToWire(recovery) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/work_pools/{work_pool_name}/workers/heartbeat",
      summary: "Note that a worker lives",
      tags,
      params: byPool,
      body: { keys: HeartbeatBody },
      responses: { 204: null },
    },
    async (tenant, { params, body }) => {
      await heartbeat(tenant, params.work_pool_name, { name: body.name, intervalSeconds: body.heartbeat_interval_seconds ?? null });
      return { status: 204 };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/work_pools/{work_pool_name}/workers/filter",
      summary: "List a pool's workers",
      tags,
      params: byPool,
      body: { keys: WorkersFilterBody },
      responses: { 200: z.array(Worker) },
    },
    async (tenant, { params, body }) => {
      const workers = await filterWorkers(tenant, params.work_pool_name, neutral(body.workers), pageOf(body));
      return { status: 200, body: workers.map((worker) => workerToWire(worker, tenant.now())) };
    },
  ),
  endpoint(
    {
      method: "delete",
      path: "/work_pools/{work_pool_name}/workers/{name}",
      summary: "Delete a worker",
      tags,
      params: byPool.extend({ name: text() }),
      responses: { 204: null },
    },
    async (tenant, { params }) => {
      await deleteWorker(tenant, params.work_pool_name, params.name);
      return { status: 204 };
    },
  ),
];
