import { Meter } from "../observe/meter.ts";
import { type Identity, QueueObject } from "../queue/work-queue.ts";
import { failExpiredPause } from "../services/flow-runs/fail-expired-pause.ts";
import { SERVICE_CALLER, tenantContext } from "../tenancy/context.ts";

/** The queue object with what its alarm needs of the services. */
export class WorkQueue extends QueueObject {
  protected override endPause({ tenantId, shard }: Identity, runId: string): Promise<void> {
    const ctx = tenantContext(this.env, { tenantId, shard }, SERVICE_CALLER, new Meter(), (work) => this.ctx.waitUntil(work));
    return failExpiredPause(ctx, runId);
  }
}
