import { markRunsLate, selectRunsToMarkLate } from "../store/late-runs.ts";
import { newId } from "../tenancy/context.ts";
import { inSlices, type Shard, type Turn } from "./shard.ts";

const SLICE = 400;

/** Marks the runs of all tenants late whose time passed 15 seconds ago. Queue objects do so for their own; this finds the rest. */
export const markLate = ({ db }: Shard, turn: Turn): Promise<void> =>
  inSlices(SLICE, turn, async () => {
    const [late] = await db.run(selectRunsToMarkLate(db, turn.now, SLICE));
    const candidates = late.map((run) => ({ ...run, stateId: newId() }));
    if (candidates.length > 0) await db.run(...markRunsLate(db, candidates, turn.now));
    return candidates.length;
  });
