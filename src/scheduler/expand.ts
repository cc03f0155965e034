import type { Micros } from "../domain/time.ts";
import { Queues } from "../queue/stub.ts";
import { planRuns, type RunPlan } from "../services/schedules/plan-runs.ts";
import { type DueRow, type DueSchedule, noteNextLooks, passTurns, selectDueSchedules, shareOf } from "../store/due-schedules.ts";
import { insertScheduledRuns } from "../store/scheduled-runs.ts";
import { newId } from "../tenancy/context.ts";
import type { Outcome, Shard, Turn } from "./shard.ts";

/** What one slice takes at most: schedules, and the runs after which it takes no further schedule. */
export interface SliceSize {
  schedules: number;
  runs: number;
}

const SIZE: SliceSize = { schedules: 100, runs: 1000 };

/**
 * Fills up the schedules of all tenants that are due, in slices of two round trips, for which tenants take turns. A schedule that
 * cannot be expanded is put off and harms no other. Doing it twice, late or out of order makes no run twice: an occurrence has one
 * key. It ends with the turn, and when a queue has too much to do already.
 */
export async function expandSchedules(shard: Shard, turn: Turn, size = SIZE): Promise<Outcome> {
  // Each slice is a microsecond later: so who had the last one is behind who had the one before.
  for (let { now } = turn; !turn.isOver(); now += 1) {
    const [due] = await shard.db.run(selectDueSchedules(shard.db, now, size.schedules));
    if (due.length === 0) return "done";
    const plans = planWithin(
      due.flatMap(({ schedule }) => schedule ?? []),
      now,
      size.runs,
    );
    await makeRuns(shard, due, plans, now);
    const isHeard = await refillQueues(shard, plans);
    if (isAll(due, plans, now, size)) return "done";
    if (!isHeard) return "busy";
  }
  return "left";
}

interface Plan extends RunPlan {
  schedule: DueSchedule;
}

/** The plans of as many schedules, in order, as a slice has room for: at least one. */
function planWithin(schedules: readonly DueSchedule[], now: Micros, room: number): Plan[] {
  const plans: Plan[] = [];
  let made = 0;
  for (const schedule of schedules) {
    if (made >= room) break;
    const plan = planRuns(schedule, now, newId, { policy: schedule.catchupPolicy, since: schedule.plannedUntilAt });
    plans.push({ ...plan, schedule });
    made += plan.runs.length;
  }
  return plans;
}

/** The runs and that they were made are one batch: a slice that is cut short is done again as a whole. */
async function makeRuns({ db }: Shard, due: readonly DueRow[], plans: readonly Plan[], now: Micros): Promise<void> {
  const isPlanned = new Set(plans.map(({ schedule }) => schedule.id));
  const served = due.filter(({ schedule }) => schedule === null || isPlanned.has(schedule.id)).map(({ tenantId }) => tenantId);
  await db.runAll([
    ...insertScheduledRuns(
      db,
      plans.flatMap(({ runs }) => runs),
    ),
    noteNextLooks(
      db,
      plans.map(({ schedule, nextExpandAt, plannedUntilAt }) => ({ ...schedule, nextExpandAt, plannedUntilAt })),
    ),
    passTurns(db, [...new Set(served)], now),
  ]);
}

/** Tells the queues of the new runs. False when one has too much to do. */
async function refillQueues({ env, number, meter }: Shard, plans: readonly Plan[]): Promise<boolean> {
  const filled = plans.filter(({ runs }) => runs.length > 0).map(({ schedule }) => schedule);
  let isHeard = true;
  for (const [tenantId, schedules] of Map.groupBy(filled, (schedule) => schedule.tenantId)) {
    const queues = new Queues(env, { tenantId, shard: number }, meter);
    isHeard = (await queues.refill(schedules.map(({ workQueueId }) => workQueueId))) && isHeard;
  }
  return isHeard;
}

/** Whether what was read was all that is due, and all of it is done. */
function isAll(due: readonly DueRow[], plans: readonly Plan[], now: Micros, size: SliceSize): boolean {
  const shares = [...Map.groupBy(due, ({ tenantId }) => tenantId).values()];
  const share = shareOf(size.schedules, shares.length);
  return (
    shares.length < size.schedules &&
    shares.every((own) => own.length < share) &&
    plans.length === due.filter(({ schedule }) => schedule !== null).length &&
    plans.every(({ nextExpandAt }) => nextExpandAt > now)
  );
}
