import { notFound } from "../../domain/errors.ts";
import type { Micros } from "../../domain/time.ts";
import { type HeldBack, type QueueFacts, queueHeldBack, runsHeldBack } from "../../domain/work-pools/held-back.ts";
import type { ClaimCounts } from "../../queue/activity.ts";
import type { ListedRun } from "../../queue/lease.ts";
import { selectHeldSlots, selectListedRuns, selectQueueDepth } from "../../store/queue-inspection.ts";
import { selectWorkPoolOfQueue } from "../../store/work-pools.ts";
import { selectWorkQueue, type WorkQueuePoolRow } from "../../store/work-queues.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { NO_SUCH_QUEUE } from "./read-work-queues.ts";

/** Runs that are listed one by one. */
const MOST_RUNS = 200;

/** A run that is due or leased. */
export interface InspectedRun extends ListedRun {
  name: string;
  stateName: string | null;
  deploymentId: string | null;
  heldBack: HeldBack[];
}

/** What there is to see of a queue. */
export interface QueueInspection {
  queue: WorkQueuePoolRow;
  facts: QueueFacts;
  heldBack: HeldBack[];
  depth: { scheduled: number; due: number; oldestAt: Micros | null };
  polls: { caller: string; at: Micros }[];
  claims: ClaimCounts;
  runs: InspectedRun[];
}

/**
 * Who holds which run of a queue until when, why due runs are not handed out, and how deep the queue is. Leases of the pool's other
 * queues are not counted against the pool's limit here. One round trip. Refuses 404.
 */
export async function inspectQueue(ctx: TenantContext, id: string): Promise<QueueInspection> {
  const now = ctx.now();
  const seen = await ctx.queues.inspect(id, now, MOST_RUNS);
  if (!seen.found) throw notFound(NO_SUCH_QUEUE);
  const ids = seen.runs.map(({ runId }) => runId);
  const [[queue], [pool], [depth], held, rows] = await ctx.db.run(
    selectWorkQueue(ctx.db, ctx.tenantId, id),
    selectWorkPoolOfQueue(ctx.db, ctx.tenantId, id),
    selectQueueDepth(ctx.db, ctx.tenantId, id, now),
    selectHeldSlots(ctx.db, ctx.tenantId, id),
    selectListedRuns(ctx.db, ctx.tenantId, id, ids),
  );
  if (!queue || !pool) throw notFound(NO_SUCH_QUEUE);
  const facts: QueueFacts = {
    isPaused: queue.isPaused,
    isPoolPaused: pool.isPaused,
    queue: { limit: queue.concurrencyLimit, occupied: held.find(({ queueId }) => queueId === id)?.count ?? 0 },
    pool: { limit: pool.concurrencyLimit, occupied: held.reduce((sum, { count }) => sum + count, 0) },
    leased: seen.leased,
    lastPolledAt: Math.max(queue.lastPolledAt ?? 0, seen.polls[0]?.at ?? 0) || null,
  };
  // What D1 has no longer is not shown: the object hears of it, or finds out.
  const byId = new Map(rows.map((row) => [row.id, row]));
  const runs = seen.runs.flatMap((run) => {
    const row = byId.get(run.runId);
    return row ? [{ ...run, name: row.name, stateName: row.stateName, deploymentId: row.deploymentId }] : [];
  });
  const heldBack = runsHeldBack(
    runs.map(({ lease, isFruitless }) => ({ isLeased: lease !== null, isFruitless })),
    facts,
    now,
  );
  return {
    queue,
    facts,
    heldBack: queueHeldBack(facts, now),
    depth: depth ?? { scheduled: 0, due: 0, oldestAt: null },
    polls: seen.polls,
    claims: seen.claims,
    runs: runs.map((run, index) => ({ ...run, heldBack: heldBack[index] ?? [] })),
  };
}
