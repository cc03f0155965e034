import { Queues } from "../queue/stub.ts";
import { planRuns } from "../services/schedules/plan-runs.ts";
import { type DueSchedule, noteNextLooks, selectDueSchedules } from "../store/deployment-schedules.ts";
import { insertScheduledRuns } from "../store/scheduled-runs.ts";
import { newId } from "../tenancy/context.ts";
import { inSlices, type Shard, type Turn } from "./shard.ts";

const SLICE = 100;
/** Statements of one round trip: two for each 500 runs. */
const BATCH = 2;

/**
 * Fills up the schedules of all tenants that are due. Two round trips a slice and one for each 500 runs beyond the first; a schedule
 * that cannot be expanded is put off and harms no other. Doing it twice, late or out of order makes no run twice: an occurrence has one key.
 */
export const expandSchedules = (shard: Shard, turn: Turn): Promise<void> =>
  inSlices(SLICE, turn, async () => {
    const [due] = await shard.db.run(selectDueSchedules(shard.db, turn.now, SLICE));
    if (due.length > 0) await expand(shard, due, turn);
    return due.length;
  });

async function expand({ env, db, number, meter }: Shard, due: readonly DueSchedule[], { now }: Turn): Promise<void> {
  const plans = due.map((schedule) => ({ schedule, ...planRuns(schedule, now, newId) }));
  const inserts = insertScheduledRuns(
    db,
    plans.flatMap(({ runs }) => runs),
  );
  for (let start = 0; start < inserts.length - BATCH; start += BATCH) await db.runAll(inserts.slice(start, start + BATCH));
  // With the last of the runs, so that a turn that is cut short is done again.
  const looks = plans.map(({ schedule, nextExpandAt }) => ({ ...schedule, nextExpandAt }));
  await db.runAll([...inserts.slice(-BATCH), noteNextLooks(db, looks)]);

  const filled = plans.filter(({ runs }) => runs.length > 0).map(({ schedule }) => schedule);
  for (const [tenantId, schedules] of Map.groupBy(filled, (schedule) => schedule.tenantId)) {
    await new Queues(env, { tenantId, shard: number }, meter).refill(schedules.flatMap(({ workQueueId }) => workQueueId ?? []));
  }
}
