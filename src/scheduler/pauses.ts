import { log } from "../observe/log.ts";
import { failExpiredPause } from "../services/flow-runs/fail-expired-pause.ts";
import { selectExpiredPauses } from "../store/expired-pauses.ts";
import { SERVICE_CALLER, tenantContext } from "../tenancy/context.ts";
import type { Shard, Turn } from "./shard.ts";

/** Runs of one turn; each costs two round trips, and the rest is the next turn's. */
const LIMIT = 100;

/** Fails the runs of all tenants whose pause timed out. */
export async function failExpiredPauses({ env, db, number, meter }: Shard, turn: Turn): Promise<void> {
  const [expired] = await db.run(selectExpiredPauses(db, turn.now, LIMIT));
  for (const { tenantId, id } of expired) {
    if (turn.isOver()) return;
    const ctx = tenantContext(env, { tenantId, shard: number }, SERVICE_CALLER, meter, () => undefined);
    // One run must not keep the others waiting.
    await failExpiredPause(ctx, id).catch((error: unknown) => {
      log("error", "an expired pause was not ended", { tenantId, flowRunId: id, error: String(error) });
    });
  }
}
