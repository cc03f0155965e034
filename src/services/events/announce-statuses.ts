import type { Event } from "../../domain/events/event.ts";
import {
  deploymentStatusEvent,
  poolStatusEvent,
  queueStatusEvent,
  type Status,
  type StatusKind,
} from "../../domain/events/status-events.ts";
import type { Micros } from "../../domain/time.ts";
import { isPolled } from "../../domain/work-pools/readiness.ts";
import { selectDeploymentStatuses, selectPoolStatuses, selectQueueStatuses, type ToldStatus, tellStatuses } from "../../store/statuses.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { recordEvents } from "./record-events.ts";

/** An event that tells of a status, and of what. */
interface Announcement {
  kind: StatusKind;
  id: string;
  status: Status;
  event: Event;
}

/**
 * Tells, by events and after the answer, of the statuses that changed since they were told: of pools by name, of queues and the deployments
 * on them, of deployments. Nothing when EVENTS is off; else one round trip, and two when there is something to tell.
 */
export function announceStatuses(ctx: TenantContext, of: { poolNames?: string[]; queueIds?: string[]; deploymentIds?: string[] }): void {
  if (!ctx.config.events) return;
  const { poolNames = [], queueIds = [], deploymentIds = [] } = of;
  const work = async () => {
    if (poolNames.length > 0) await tell(ctx, await poolNews(ctx, { names: poolNames }));
    if (queueIds.length > 0) await tell(ctx, [...(await queueNews(ctx, queueIds)), ...(await deploymentNews(ctx, { queueIds }))]);
    if (deploymentIds.length > 0) await tell(ctx, await deploymentNews(ctx, { ids: deploymentIds }));
  };
  ctx.afterwards(work());
}

/** Tells of an object that was said to be ready and is no more. */
export async function announceStale(ctx: TenantContext, kind: StatusKind, id: string, now: Micros): Promise<void> {
  if (kind === "work-pool") return tell(ctx, await poolNews(ctx, { ids: [id] }, now));
  await tell(ctx, kind === "work-queue" ? await queueNews(ctx, [id], now) : await deploymentNews(ctx, { ids: [id] }, now));
}

async function poolNews(ctx: TenantContext, by: { names: string[] } | { ids: string[] }, now = ctx.now()): Promise<Announcement[]> {
  const [rows] = await ctx.db.run(selectPoolStatuses(ctx.db, ctx.tenantId, by, now));
  return rows.flatMap(({ poolId, poolName, poolType, isPaused, hasOnlineWorker, toldStatus, toldEventId, toldAt }) => {
    // Pools of agents have no status.
    if (poolType === "prefect-agent") return [];
    const status = isPaused ? "PAUSED" : hasOnlineWorker ? "READY" : "NOT_READY";
    if (status === toldStatus) return [];
    const last = toldEventId !== null && toldAt !== null ? { id: toldEventId, at: toldAt } : null;
    const pool = { id: poolId, name: poolName, type: poolType };
    return [{ kind: "work-pool" as const, id: poolId, status, event: poolStatusEvent(pool, status, last, momentOf(ctx)) }];
  });
}

async function queueNews(ctx: TenantContext, ids: string[], now = ctx.now()): Promise<Announcement[]> {
  const [rows] = await ctx.db.run(selectQueueStatuses(ctx.db, ctx.tenantId, ids));
  return rows.flatMap(({ queueId, queueName, poolId, poolName, poolType, isPaused, lastPolledAt, toldStatus }) => {
    const status = isPaused ? "PAUSED" : isPolled(lastPolledAt, now) ? "READY" : "NOT_READY";
    if (status === (toldStatus ?? "NOT_READY")) return [];
    const event = queueStatusEvent({ id: queueId, name: queueName }, { id: poolId, name: poolName, type: poolType }, status, momentOf(ctx));
    return [{ kind: "work-queue" as const, id: queueId, status, event }];
  });
}

async function deploymentNews(
  ctx: TenantContext,
  by: { ids: string[] } | { queueIds: string[] },
  now = ctx.now(),
): Promise<Announcement[]> {
  const [rows] = await ctx.db.run(selectDeploymentStatuses(ctx.db, ctx.tenantId, by));
  return rows.flatMap((row) => {
    const status = isPolled(row.lastPolledAt, now) ? "READY" : "NOT_READY";
    if (status === (row.toldStatus ?? "NOT_READY")) return [];
    const event = deploymentStatusEvent(
      {
        deployment: { id: row.deploymentId, name: row.deploymentName },
        flow: { id: row.flowId, name: row.flowName },
        queue: row.queueId === null || row.queueName === null ? null : { id: row.queueId, name: row.queueName },
        pool:
          row.poolId === null || row.poolName === null || row.poolType === null
            ? null
            : { id: row.poolId, name: row.poolName, type: row.poolType },
      },
      status,
      momentOf(ctx),
    );
    return [{ kind: "deployment" as const, id: row.deploymentId, status, event }];
  });
}

const momentOf = (ctx: TenantContext) => ({ at: ctx.now(), id: ctx.newId() });

/** Records the events of those that nobody else has told meanwhile. */
async function tell(ctx: TenantContext, news: readonly Announcement[]): Promise<void> {
  if (news.length === 0) return;
  const rows = news.map(({ kind, id, status, event }): ToldStatus => {
    return { tenantId: ctx.tenantId, kind, id, status, eventId: event.id, toldAt: event.occurredAt };
  });
  const [told] = await ctx.db.run(tellStatuses(ctx.db, rows));
  const ids = new Set(told.map(({ eventId }) => eventId));
  await recordEvents(
    ctx,
    news.map(({ event }) => event).filter(({ id }) => ids.has(id)),
  );
}
