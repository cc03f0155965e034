import { z } from "@hono/zod-openapi";
import type { Micros } from "../../domain/time.ts";
import type { FlowRunRead } from "../../store/flow-runs.ts";
import { FlowRun, flowRunToWire } from "./flow-runs.ts";
import { datetime, list, optional, text, uuid } from "./model.ts";
import { id } from "./objects.ts";
import { limitKey } from "./paging.ts";

/** An agent's poll of a queue. `agent_id` is taken and not kept: agents of before 2.20 send none. */
export const QueuePollBody = z.object({ ...limitKey, scheduled_before: optional(datetime()), agent_id: optional(uuid()) });

/** A worker's poll of a pool. */
export const PoolPollBody = z.object({
  ...limitKey,
  work_queue_names: optional(list(text())),
  scheduled_before: optional(datetime()),
  scheduled_after: optional(datetime()),
});

/** A runner's poll of the deployments it serves. */
export const DeploymentsPollBody = z.object({ ...limitKey, deployment_ids: list(uuid()), scheduled_before: optional(datetime()) });

const PolledRun = FlowRun.omit({ work_pool_id: true, work_pool_name: true, state: true }).extend({ state: z.null() }).openapi("FlowRun");

export const WorkerFlowRun = z.object({ work_pool_id: id(), work_queue_id: id(), flow_run: PolledRun }).openapi("WorkerFlowRunResponse");

/** A run as a worker gets it: with its state's type and name, without the state. */
export function workerRunToWire(run: FlowRunRead, poolId: string, now: Micros): z.input<typeof WorkerFlowRun> {
  const { work_pool_id: _pool, work_pool_name: _name, ...rest } = flowRunToWire(run, now);
  return {
    work_pool_id: poolId,
    work_queue_id: run.workQueueId ?? "",
    flow_run: { ...rest, work_queue_name: run.workQueueName, state: null },
  };
}
