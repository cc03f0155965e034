import { log } from "../observe/log.ts";
import { cancelChildren } from "../services/flow-runs/cancel-children.ts";
import { type Cursor, selectCancelledRuns } from "../store/cancelled-runs.ts";
import { SERVICE_CALLER, tenantContext } from "../tenancy/context.ts";
import { inSlices, type Shard, type Turn } from "./shard.ts";

const SLICE = 20;

/** Cancels the children of all tenants' cancelled runs that are left: each run is looked at once a turn. */
export async function cancelLeftChildren({ env, db, number, meter }: Shard, turn: Turn): Promise<void> {
  let cursor: Cursor = { tenantId: "", flowRunId: "" };
  await inSlices(SLICE, turn, async () => {
    const [runs] = await db.run(selectCancelledRuns(db, cursor, SLICE));
    for (const { tenantId, flowRunId } of runs) {
      cursor = { tenantId, flowRunId };
      const ctx = tenantContext(env, { tenantId, shard: number }, SERVICE_CALLER, meter, () => undefined);
      // One run must not keep the others waiting.
      await cancelChildren(ctx, flowRunId).catch((error: unknown) => {
        log("error", "the children of a cancelled run were not cancelled", { tenantId, flowRunId, error: String(error) });
      });
    }
    return runs.length;
  });
}
