import type { TenantId } from "../../src/domain/ids.ts";
import type { Env } from "../../src/env.ts";
import worker from "../../src/index.ts";
import { Meter } from "../../src/observe/meter.ts";
import { Queues } from "../../src/queue/stub.ts";

export * from "../../src/index.ts";

interface Asked {
  tenantId: TenantId;
  queueId: string;
  /** How many runs a poll may have, and how many polls there are. */
  limit: number;
  polls: number;
}

/** The service, and `/bench/leases`: polls one queue's object by callers of their own, 16 at a time, and tells how many leases they got. */
export default {
  async fetch(request, env, execution) {
    if (new URL(request.url).pathname !== "/bench/leases") return worker.fetch(request, env, execution);
    const { tenantId, queueId, limit, polls } = await request.json<Asked>();
    const queues = new Queues(env, { tenantId, shard: 0 }, new Meter());
    let leases = 0;
    let next = 0;
    const ask = async () => {
      while (next < polls) {
        next += 1;
        // Each caller comes when the leases of those before have ended.
        const now = (Date.now() + next * 3600_000) * 1000;
        const poll = { caller: `c${next}`, now, before: now, after: null, limit, leaseSeconds: 15, counts: true, isWaiting: false };
        const answer = await queues.pollQueue(queueId, poll);
        if (answer.found) leases += answer.offer.ids.length;
      }
    };
    await Promise.all(Array.from({ length: 16 }, ask));
    return Response.json({ leases });
  },
} satisfies ExportedHandler<Env>;
