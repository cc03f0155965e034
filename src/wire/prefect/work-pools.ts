import { z } from "@hono/zod-openapi";
import { InvalidRequest } from "../../domain/errors.ts";
import { formatTime, type Micros } from "../../domain/time.ts";
import { isOnline } from "../../domain/work-pools/readiness.ts";
import { checkBaseJobTemplate } from "../../domain/work-pools/template.ts";
import type { WorkPoolStatusRow } from "../../store/work-pools.ts";
import type { WorkerRow } from "../../store/workers.ts";
import { nonNegativeInteger } from "./constrained.ts";
import { WorkerFilter, WorkPoolFilter } from "./filters.ts";
import { boolean, dict, integer, model, name, optional, text, withDefault } from "./model.ts";
import { freeObject, id, ormFields, ormToWire, time } from "./objects.ts";
import { limitKey, offsetKey } from "./paging.ts";

/** A base job template: empty, or whole with every placeholder declared. */
const template = () =>
  dict().transform((value, context) => {
    try {
      checkBaseJobTemplate(value);
    } catch (error) {
      if (!(error instanceof InvalidRequest)) throw error;
      for (const { msg, type } of error.places) context.addIssue({ code: "custom", message: msg, params: { type } });
    }
    return value;
  });

export const WorkPoolCreate = model("WorkPoolCreate", {
  name: name(),
  description: optional(text()),
  type: withDefault(text(), "prefect-agent"),
  base_job_template: withDefault(template(), {}),
  is_paused: withDefault(boolean(), false),
  concurrency_limit: optional(nonNegativeInteger()),
});

export const WorkPoolUpdate = model("WorkPoolUpdate", {
  description: optional(text()),
  is_paused: optional(boolean()),
  base_job_template: optional(template()),
  concurrency_limit: optional(nonNegativeInteger()),
});

export const WorkPoolsFilterBody = z.object({ ...limitKey, work_pools: optional(WorkPoolFilter), ...offsetKey });
export const WorkPoolsCountBody = z.object({ work_pools: optional(WorkPoolFilter) });

export const WorkPool = z
  .object({
    ...ormFields,
    name: z.string(),
    description: z.string().nullable(),
    type: z.string(),
    base_job_template: freeObject(),
    is_paused: z.boolean(),
    concurrency_limit: z.int().nullable(),
    status: z.enum(["READY", "NOT_READY", "PAUSED"]).nullable(),
    default_queue_id: id().nullable(),
  })
  .openapi("WorkPool");

/** A pool as the dialect shows it. Pools of type `prefect-agent` have no status. */
export const workPoolToWire = (row: WorkPoolStatusRow): z.input<typeof WorkPool> => ({
  ...ormToWire(row),
  name: row.name,
  description: row.description,
  type: row.type,
  base_job_template: row.baseJobTemplate,
  is_paused: row.isPaused,
  concurrency_limit: row.concurrencyLimit,
  status: row.type === "prefect-agent" ? null : row.isPaused ? "PAUSED" : row.hasOnlineWorker ? "READY" : "NOT_READY",
  default_queue_id: row.defaultQueueId,
});

export const HeartbeatBody = z.object({ name: text(), heartbeat_interval_seconds: optional(integer()) });
export const WorkersFilterBody = z.object({ ...limitKey, workers: optional(WorkerFilter), ...offsetKey });

export const Worker = z
  .object({
    ...ormFields,
    name: z.string(),
    work_pool_id: id(),
    last_heartbeat_time: time().nullable(),
    heartbeat_interval_seconds: z.int().nullable(),
    status: z.enum(["ONLINE", "OFFLINE"]),
  })
  .openapi("WorkerResponse");

export const workerToWire = (row: WorkerRow, now: Micros): z.input<typeof Worker> => ({
  ...ormToWire(row),
  name: row.name,
  work_pool_id: row.workPoolId,
  last_heartbeat_time: formatTime(row.lastHeartbeatAt),
  heartbeat_interval_seconds: row.heartbeatIntervalSeconds,
  status: isOnline(row, now) ? "ONLINE" : "OFFLINE",
});
