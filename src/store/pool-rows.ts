import type { TenantId } from "../domain/ids.ts";
import type { Micros } from "../domain/time.ts";
import type { WorkPoolRow } from "./work-pools.ts";
import type { WorkQueueRow } from "./work-queues.ts";

/** The pool that queues named without a pool belong to. Every workspace has it from the start. */
export const DEFAULT_AGENT_POOL = "default-agent-pool";

/** What `default-agent-pool` is made of. */
export const AGENT_POOL = {
  name: DEFAULT_AGENT_POOL,
  description: null,
  type: "prefect-agent",
  baseJobTemplate: {},
  isPaused: false,
  concurrencyLimit: null,
} satisfies NewPool;

export type NewPool = Pick<WorkPoolRow, "name" | "description" | "type" | "baseJobTemplate" | "isPaused" | "concurrencyLimit">;

/** Who makes the rows: a tenant's context, or sign-up, which has none yet. */
interface Maker {
  readonly tenantId: TenantId;
  newId(): string;
  now(): Micros;
}

/** The rows of a new pool and of its default queue. */
export function poolRows(maker: Maker, input: NewPool): { pool: WorkPoolRow; queue: WorkQueueRow } {
  const queueId = maker.newId();
  const now = maker.now();
  const pool: WorkPoolRow = {
    tenantId: maker.tenantId,
    id: maker.newId(),
    ...input,
    defaultQueueId: queueId,
    recovery: null,
    createdAt: now,
    updatedAt: now,
  };
  const queue = queueRow(maker, pool.id, { id: queueId, name: "default", description: "The work pool's default queue.", priority: 1 });
  return { pool, queue };
}

/** A queue's row with the defaults of one made on demand. */
export function queueRow(
  maker: Maker,
  workPoolId: string,
  given: Partial<WorkQueueRow> & { name: string; priority: number },
): WorkQueueRow {
  const now = maker.now();
  return {
    tenantId: maker.tenantId,
    id: maker.newId(),
    workPoolId,
    description: "",
    isPaused: false,
    concurrencyLimit: null,
    filter: null,
    lastPolledAt: null,
    createdAt: now,
    updatedAt: now,
    ...given,
  };
}
