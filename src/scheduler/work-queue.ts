import type { Micros } from "../domain/time.ts";
import { Meter } from "../observe/meter.ts";
import { type Identity, QueueObject } from "../queue/work-queue.ts";
import { announceLate } from "../services/events/announce-late.ts";
import { failExpiredPause } from "../services/flow-runs/fail-expired-pause.ts";
import { recoverPending } from "../services/flow-runs/recover-pending.ts";
import type { LateCandidate } from "../store/late-runs.ts";
import { SERVICE_CALLER, type TenantContext, tenantContext } from "../tenancy/context.ts";

/** The queue object with what its alarm needs of the services. */
export class WorkQueue extends QueueObject {
  protected override endPause(identity: Identity, runId: string): Promise<void> {
    return failExpiredPause(this.contextOf(identity), runId);
  }

  protected override recoverPending(identity: Identity): Promise<Micros | null> {
    return recoverPending(this.contextOf(identity), identity.queueId);
  }

  protected override announceLate(identity: Identity, candidates: readonly LateCandidate[]): Promise<void> {
    return announceLate(
      this.contextOf(identity),
      candidates.map(({ stateId }) => stateId),
    );
  }

  private contextOf({ tenantId, shard }: Identity): TenantContext {
    return tenantContext(this.env, { tenantId, shard }, SERVICE_CALLER, new Meter(), (work) => this.ctx.waitUntil(work));
  }
}
