import { MICROS_PER_SECOND, type Micros } from "../time.ts";
import { type Event, type Labels, RESOURCE_ID, RESOURCE_NAME, RESOURCE_ROLE } from "./event.ts";

/** What has a status that events tell of. */
export type StatusKind = "work-pool" | "work-queue" | "deployment";
export type Status = "READY" | "NOT_READY" | "PAUSED";

/** Events of a pool's status within this time are put in order. */
const TIGHT: Micros = 10 * 60 * MICROS_PER_SECOND;

interface Named {
  id: string;
  name: string;
}
type Pool = Named & { type: string };

interface Moment {
  at: Micros;
  id: string;
}

const nameOf = (kind: StatusKind, status: Status) => `prefect.${kind}.${status.toLowerCase().replace("_", "-")}`;

const labels = (kind: string, { id, name }: Named, more: Labels = {}): Labels => ({
  [RESOURCE_ID]: `prefect.${kind}.${id}`,
  [RESOURCE_NAME]: name,
  ...more,
});

const role = (name: string): Labels => ({ [RESOURCE_ROLE]: name });
const poolType = ({ type }: Pool): Labels => ({ "prefect.work-pool.type": type });

const newEvent = (event: string, resource: Labels, related: Labels[], { at, id }: Moment, follows: string | null = null): Event => ({
  ...{ occurredAt: at, event, resource, related, payload: {}, id, follows, receivedAt: at },
});

/** A work pool has a new status (`work_pool_status_event`); it follows the last such event if that was a short time ago. */
export function poolStatusEvent(pool: Pool, status: Status, last: Moment | null, moment: Moment): Event {
  const follows = last && moment.at - last.at < TIGHT ? last.id : null;
  return newEvent(nameOf("work-pool", status), labels("work-pool", pool, poolType(pool)), [], moment, follows);
}

const relatedPool = (pool: Pool): Labels => labels("work-pool", pool, { ...poolType(pool), ...role("work-pool") });

/** A work queue has a new status (`work_queue_status_event`). */
export const queueStatusEvent = (queue: Named, pool: Pool, status: Status, moment: Moment): Event =>
  newEvent(nameOf("work-queue", status), labels("work-queue", queue, role("work-queue")), [relatedPool(pool)], moment);

/** A deployment has a new status (`deployment_status_event`). */
export function deploymentStatusEvent(
  { deployment, flow, queue, pool }: { deployment: Named; flow: Named; queue: Named | null; pool: Pool | null },
  status: Status,
  moment: Moment,
): Event {
  const related = [
    labels("flow", flow, role("flow")),
    ...(queue ? [labels("work-queue", queue, role("work-queue"))] : []),
    ...(pool ? [relatedPool(pool)] : []),
  ];
  return newEvent(nameOf("deployment", status), labels("deployment", deployment), related, moment);
}
