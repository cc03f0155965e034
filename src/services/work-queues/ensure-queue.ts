import { found, notFound } from "../../domain/errors.ts";
import { arrangePriorities, firstFreePriority, type QueuePriority } from "../../domain/work-pools/priorities.ts";
import type { Statement } from "../../store/database.ts";
import { AGENT_POOL, DEFAULT_AGENT_POOL, type NewPool, poolRows, queueRow } from "../../store/pool-rows.ts";
import { insertWorkPool, selectWorkPool, type WorkPoolRow } from "../../store/work-pools.ts";
import { guardPriorities, insertWorkQueue, selectQueuesOfPool, setPriorities, type WorkQueueRow } from "../../store/work-queues.ts";
import type { TenantContext } from "../../tenancy/context.ts";

/** A new pool and its default queue, and the statements that make them. */
export function newPool(
  ctx: TenantContext,
  input: NewPool,
): { pool: WorkPoolRow; queue: WorkQueueRow; statements: [Statement, Statement] } {
  const { pool, queue } = poolRows(ctx, input);
  return { pool, queue, statements: [insertWorkPool(ctx.db, pool), insertWorkQueue(ctx.db, queue)] };
}

export interface ResolvedQueue {
  pool: WorkPoolRow;
  queue: WorkQueueRow;
  /** What makes the pool or queue when one is missing: first in the caller's batch. Empty when both exist. */
  statements: Statement[];
}

/** The pool and queue that somebody names; null for what is not named. */
export interface QueueNames {
  workPoolName: string | null;
  workQueueName: string | null;
}

/** The statements that read what `resolveQueue` needs, for one batch. */
export const queueReads = (ctx: TenantContext, { workPoolName }: QueueNames) => {
  const poolName = workPoolName ?? DEFAULT_AGENT_POOL;
  return [selectWorkPool(ctx.db, ctx.tenantId, poolName, ctx.now()), selectQueuesOfPool(ctx.db, ctx.tenantId, poolName)] as const;
};

/**
 * The queue that a deployment means by its pool and queue names, as the real server resolves them: pool and queue -> that
 * queue, made when missing at the first free priority; pool alone -> its default queue; queue alone -> that queue of
 * `default-agent-pool`, made at priority 1, the pool made when missing. Null when neither is named. `pool` and `queues` are what
 * `queueReads` read. Refuses (404) a pool that does not exist, except `default-agent-pool`.
 */
export function resolveQueue(
  ctx: TenantContext,
  names: QueueNames,
  pool: WorkPoolRow | undefined,
  queues: readonly WorkQueueRow[],
): ResolvedQueue | null {
  if (names.workPoolName === null && names.workQueueName === null) return null;
  const poolName = names.workPoolName ?? DEFAULT_AGENT_POOL;
  if (!pool) {
    if (poolName !== DEFAULT_AGENT_POOL) throw notFound(`Work pool "${poolName}" not found.`);
    const made = newPool(ctx, AGENT_POOL);
    const queueName = names.workQueueName ?? "default";
    if (queueName === "default") return made;
    const added = addQueue(ctx, made.pool.id, [made.queue], { name: queueName, priority: names.workPoolName === null ? 1 : null });
    return { pool: made.pool, queue: added.queue, statements: [...made.statements, ...added.statements] };
  }
  if (names.workQueueName === null) {
    return {
      pool,
      queue: found(
        queues.find(({ id }) => id === pool.defaultQueueId),
        "work queue not found",
      ),
      statements: [],
    };
  }
  const known = queues.find(({ name }) => name === names.workQueueName);
  if (known) return { pool, queue: known, statements: [] };
  const priority = names.workPoolName === null ? 1 : null;
  return { pool, ...addQueue(ctx, pool.id, queues, { name: names.workQueueName, priority }) };
}

/**
 * A new queue in a pool among its present ones: at the given priority (followers move down as needed) or the first free one. The
 * statements fail with GuardFailed when somebody else arranged the queues meanwhile.
 */
export function addQueue(
  ctx: TenantContext,
  poolId: string,
  present: readonly QueuePriority[],
  given: Omit<Partial<WorkQueueRow>, "priority"> & { name: string; priority: number | null },
): { queue: WorkQueueRow; statements: Statement[] } {
  const id = ctx.newId();
  const priority = given.priority ?? firstFreePriority(present.map((queue) => queue.priority));
  const changes = arrangePriorities([...present, { id, priority }], new Map(given.priority === null ? [] : [[id, priority]]));
  const queue = queueRow(ctx, poolId, { ...given, id, priority });
  const insert = [insertWorkQueue(ctx.db, queue), guardPriorities(ctx.db, ctx.tenantId, poolId)];
  return { queue, statements: [...setPriorities(ctx.db, ctx.tenantId, changes), ...insert] };
}
