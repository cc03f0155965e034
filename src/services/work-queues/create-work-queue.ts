import { ConstraintFailed, found, Refusal } from "../../domain/errors.ts";
import type { Statement } from "../../store/database.ts";
import { AGENT_POOL, DEFAULT_AGENT_POOL } from "../../store/pool-rows.ts";
import { selectWorkPool } from "../../store/work-pools.ts";
import { selectQueuesOfPool, type WorkQueuePoolRow, type WorkQueueRow } from "../../store/work-queues.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { decideAgain } from "../states/decide-again.ts";
import { noSuchPool } from "../work-pools/read-work-pools.ts";
import { addQueue, newPool } from "./ensure-queue.ts";

export type NewWorkQueue = Pick<WorkQueueRow, "name" | "description" | "isPaused" | "concurrencyLimit" | "filter"> & {
  priority: number | null;
};

/** Makes a queue in a pool. Refuses 404 for the pool, 409 for a taken name. */
export const createPoolQueue = (ctx: TenantContext, poolName: string, input: NewWorkQueue): Promise<WorkQueuePoolRow> =>
  decideAgain(() => createIn(ctx, poolName, input));

async function createIn(ctx: TenantContext, poolName: string, input: NewWorkQueue): Promise<WorkQueuePoolRow> {
  const [[pool], present] = await readPool(ctx, poolName);
  const { queue, statements } = addQueue(ctx, found(pool, noSuchPool(poolName)).id, present, input);
  // The text is the real server's, its name unformatted.
  await insert(ctx, poolName, statements, "A work queue with this name already exists in work pool {work_pool_name!r}.");
  return { ...queue, workPoolName: poolName };
}

/** Makes a queue in `default-agent-pool`, and the pool when it is missing: what agents of before pools do. Refuses 409. */
export const createAgentQueue = (ctx: TenantContext, input: NewWorkQueue): Promise<WorkQueuePoolRow> =>
  decideAgain(() => createInAgentPool(ctx, input));

async function createInAgentPool(ctx: TenantContext, input: NewWorkQueue): Promise<WorkQueuePoolRow> {
  const [[pool], present] = await readPool(ctx, DEFAULT_AGENT_POOL);
  const made = pool ? null : newPool(ctx, AGENT_POOL);
  if (made && input.name === "default") {
    await insert(ctx, DEFAULT_AGENT_POOL, made.statements, TAKEN);
    return { ...made.queue, workPoolName: DEFAULT_AGENT_POOL };
  }
  const { queue, statements } = addQueue(ctx, (pool ?? found(made, TAKEN).pool).id, made ? [made.queue] : present, input);
  await insert(ctx, DEFAULT_AGENT_POOL, [...(made?.statements ?? []), ...statements], TAKEN);
  return { ...queue, workPoolName: DEFAULT_AGENT_POOL };
}

const TAKEN = "A work queue with this name already exists.";

const readPool = (ctx: TenantContext, name: string) =>
  ctx.db.run(selectWorkPool(ctx.db, ctx.tenantId, name, ctx.now()), selectQueuesOfPool(ctx.db, ctx.tenantId, name));

async function insert(ctx: TenantContext, poolName: string, statements: Statement[], taken: string): Promise<void> {
  try {
    await ctx.db.runAll(statements);
  } catch (error) {
    if (error instanceof ConstraintFailed) throw new Refusal("conflict", taken);
    throw error;
  }
  await ctx.queues.poolChanged(poolName);
}
