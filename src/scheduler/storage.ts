import { countFiles } from "../storage/s3/count.ts";
import { selectUsageToCount } from "../store/storage-usage.ts";
import { inSlices, type Outcome, type Shard, type Turn } from "./shard.ts";

/** Counts the files of tenants whose count is due, one after the other. */
export const countStorage = ({ db, env }: Shard, turn: Turn): Promise<Outcome> =>
  inSlices(1, turn, async () => {
    const [due] = await db.run(selectUsageToCount(db, turn.now, 1));
    for (const row of due) await countFiles(env.STORAGE, db, row, turn.now);
    return due.length;
  });
