import { configOf } from "../env.ts";
import { announceLate } from "../services/events/announce-late.ts";
import { type LateCandidate, markRunsLate, selectRunsToMarkLate } from "../store/late-runs.ts";
import { newId } from "../tenancy/context.ts";
import { asTenant } from "./as-tenant.ts";
import { inSlices, type Outcome, type Shard, type Turn } from "./shard.ts";

const SLICE = 400;

/** Marks the runs of all tenants late whose time passed 15 seconds ago. Queue objects do so for their own; this finds the rest. */
export const markLate = (shard: Shard, turn: Turn): Promise<Outcome> =>
  inSlices(SLICE, turn, async () => {
    const { db } = shard;
    const [late] = await db.run(selectRunsToMarkLate(db, turn.now, SLICE));
    const candidates = late.map((run) => ({ ...run, stateId: newId() }));
    if (candidates.length > 0) await db.run(...markRunsLate(db, candidates, turn.now));
    if (configOf(shard.env).events) await announce(shard, candidates);
    return candidates.length;
  });

async function announce(shard: Shard, candidates: readonly LateCandidate[]): Promise<void> {
  for (const [tenantId, late] of Map.groupBy(candidates, (candidate) => candidate.tenantId)) {
    await asTenant(shard, tenantId, (ctx) =>
      announceLate(
        ctx,
        late.map(({ stateId }) => stateId),
      ),
    );
  }
}
