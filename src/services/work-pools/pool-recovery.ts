import { found } from "../../domain/errors.ts";
import type { PendingRecovery } from "../../domain/work-pools/recovery.ts";
import { updateWorkPool } from "../../store/work-pools.ts";
import { selectQueuesOfPool } from "../../store/work-queues.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { noSuchPool, readWorkPool } from "./read-work-pools.ts";

/** What a pool does with runs that were claimed and never began; null when nothing. Refuses 404. */
export async function readPoolRecovery(ctx: TenantContext, name: string): Promise<PendingRecovery | null> {
  return (await readWorkPool(ctx, name)).recovery;
}

/** Changes that; its queues look at once for runs that are lost by it. One round trip. Refuses 404. */
export async function changePoolRecovery(ctx: TenantContext, name: string, recovery: PendingRecovery | null): Promise<void> {
  const [[row], queues] = await ctx.db.run(
    updateWorkPool(ctx.db, ctx.tenantId, name, { recovery, updatedAt: ctx.now() }),
    selectQueuesOfPool(ctx.db, ctx.tenantId, name),
  );
  found(row, noSuchPool(name));
  await ctx.queues.recoveryChanged(queues.map(({ id }) => id));
}
