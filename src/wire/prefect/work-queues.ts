import { z } from "@hono/zod-openapi";
import type { QueueFilter } from "../../domain/queue.ts";
import type { Micros } from "../../domain/time.ts";
import { isPolled } from "../../domain/work-pools/readiness.ts";
import type { WorkQueuePoolRow } from "../../store/work-queues.ts";
import { nonNegativeInteger, positiveInteger } from "./constrained.ts";
import { WorkQueueFilter } from "./filters.ts";
import { boolean, datetime, list, model, name, optional, text, uuid, withDefault } from "./model.ts";
import { id, ormFields, ormToWire, time, timeOrNull } from "./objects.ts";
import { limitKey, offsetKey } from "./paging.ts";

const QueueFilterModel = model("QueueFilter", { tags: optional(list(text())), deployment_ids: optional(list(uuid())) }, { strict: false });

export const WorkQueueCreate = model("WorkQueueCreate", {
  name: name(),
  description: optional(text()),
  is_paused: withDefault(boolean(), false),
  concurrency_limit: optional(nonNegativeInteger()),
  priority: optional(positiveInteger()),
  filter: optional(QueueFilterModel),
});

export const WorkQueueUpdate = model("WorkQueueUpdate", {
  name: optional(text()),
  description: optional(text()),
  is_paused: boolean().optional(),
  concurrency_limit: optional(nonNegativeInteger()),
  priority: optional(positiveInteger()),
  last_polled: optional(datetime()),
  filter: optional(QueueFilterModel),
});

/** A legacy queue's tag filter in neutral names. */
export const queueFilterOf = (filter: z.output<typeof QueueFilterModel> | null | undefined): QueueFilter | null =>
  filter ? { tags: filter.tags ?? null, deploymentIds: filter.deployment_ids ?? null } : null;

export const WorkQueuesFilterBody = z.object({ ...limitKey, ...offsetKey, work_queues: optional(WorkQueueFilter) });
export const PoolQueuesFilterBody = z.object({ ...limitKey, work_queues: optional(WorkQueueFilter), ...offsetKey });

export const WorkQueue = z
  .object({
    ...ormFields,
    name: z.string(),
    description: z.string(),
    is_paused: z.boolean(),
    concurrency_limit: z.int().nullable(),
    priority: z.int(),
    work_pool_id: id(),
    filter: z.object({ tags: z.array(z.string()).nullable(), deployment_ids: z.array(id()).nullable() }).nullable(),
    last_polled: time().nullable(),
    work_pool_name: z.string(),
    status: z.enum(["READY", "NOT_READY", "PAUSED"]),
  })
  .openapi("WorkQueueResponse");

export const workQueueToWire = (row: WorkQueuePoolRow, now: Micros): z.input<typeof WorkQueue> => ({
  ...ormToWire(row),
  name: row.name,
  description: row.description,
  is_paused: row.isPaused,
  concurrency_limit: row.concurrencyLimit,
  priority: row.priority,
  work_pool_id: row.workPoolId,
  filter: row.filter && { tags: row.filter.tags, deployment_ids: row.filter.deploymentIds },
  last_polled: timeOrNull(row.lastPolledAt),
  work_pool_name: row.workPoolName,
  status: isSaidPaused(row) ? "PAUSED" : isPolled(row.lastPolledAt, now) ? "READY" : "NOT_READY",
});

/** A queue that was made paused is not called so until somebody changes it: the real server sets the status when it is paused. */
const isSaidPaused = (row: WorkQueuePoolRow) => row.isPaused && row.updatedAt !== row.createdAt;

export const WorkQueueStatus = z
  .object({
    healthy: z.boolean(),
    late_runs_count: z.int(),
    last_polled: time().nullable(),
    health_check_policy: z.object({ maximum_late_runs: z.int(), maximum_seconds_since_last_polled: z.int() }),
  })
  .openapi("WorkQueueStatusDetail");

/** A queue is healthy with no late runs and a poll within the last minute. */
export const queueStatusToWire = (
  status: { lateRuns: number; lastPolledAt: Micros | null },
  now: Micros,
): z.input<typeof WorkQueueStatus> => ({
  healthy: status.lateRuns === 0 && isPolled(status.lastPolledAt, now),
  late_runs_count: status.lateRuns,
  last_polled: timeOrNull(status.lastPolledAt),
  health_check_policy: { maximum_late_runs: 0, maximum_seconds_since_last_polled: 60 },
});
