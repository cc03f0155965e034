import { stringifyJson } from "./domain/json.ts";
import { Meter } from "./observe/meter.ts";
import { type Given, LeasingPool, type Taking } from "./queue/leasing-pool.ts";
import type { Owner } from "./queue/messages.ts";
import type { PoolConfig } from "./queue/work-pool.ts";
import { handOutToAll, notePolled } from "./services/polls/poll.ts";
import { endedKeys } from "./tenancy/authenticate.ts";
import { now, SERVICE_CALLER, tenantContext } from "./tenancy/context.ts";
import { workerRunToWire } from "./wire/prefect/polls.ts";

/** A pool's coordinator with what those who wait at it need of the services and the dialect. */
export class WorkPool extends LeasingPool {
  protected override async handOut(owner: Owner, { id, concurrencyLimit, queues }: PoolConfig, takings: Taking[]): Promise<Given> {
    const meter = new Meter();
    const scope = { poolLimit: concurrencyLimit, queueIds: queues.map((queue) => queue.id), withCancelling: false };
    const handed = await handOutToAll(this.contextOf(owner, meter), takings, scope);
    return {
      runs: handed.map(({ runs }) => runs.map((run) => stringifyJson(workerRunToWire(run, id, now())))),
      unused: handed.flatMap(({ unused }) => unused),
      gone: handed.flatMap(({ gone }) => gone),
      cost: { ...meter },
    };
  }

  protected override async noteQueuesPolled(owner: Owner, queueIds: string[]): Promise<void> {
    notePolled(this.contextOf(owner, new Meter()), queueIds);
  }

  protected override endedKeys(hashes: string[]): Promise<Set<string>> {
    return endedKeys(this.env, hashes);
  }

  private contextOf({ tenantId, shard }: Owner, meter: Meter) {
    return tenantContext(this.env, { tenantId, shard }, SERVICE_CALLER, meter, (work) => this.ctx.waitUntil(work));
  }
}
