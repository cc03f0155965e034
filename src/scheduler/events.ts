import { configOf } from "../env.ts";
import { watchAbsence } from "../services/automations/watch-absence.ts";
import { selectProactiveAutomations, sweepBuckets } from "../store/automations.ts";
import { deleteOldEvents } from "../store/events.ts";
import { asTenant } from "./as-tenant.ts";
import { inSlices, type Shard, type Turn } from "./shard.ts";

const SLICE = 100;
const DELETED_AT_ONCE = 500;

const MINUTE = 60_000_000;
/** Prefect's PREFECT_EVENTS_RETENTION_PERIOD. */
const RETENTION = 7 * 24 * 60 * MINUTE;
/** How long a trigger's bucket outlives its time: an event that comes late may still be counted in it. */
const BUCKET_KEEP = 15 * MINUTE;

/** Lets the automations of all tenants fire that wait for events which did not come. */
export const watchAbsences = (shard: Shard, turn: Turn): Promise<void> =>
  inSlices(SLICE, turn, async () => {
    if (!configOf(shard.env).events) return 0;
    const [due] = await shard.db.run(selectProactiveAutomations(shard.db, turn.now, SLICE));
    for (const automation of due) {
      await asTenant(shard, automation.tenantId, (ctx) => watchAbsence(ctx, automation, turn.now));
    }
    return due.length;
  });

/** Deletes events past their retention, and the buckets of triggers whose time is long over; once an hour. */
export async function forgetOldEvents({ db, env }: Shard, turn: Turn): Promise<void> {
  if (!configOf(env).events || Math.floor(turn.now / MINUTE) % 60 !== 0) return;
  await inSlices(DELETED_AT_ONCE, turn, async () => (await db.run(deleteOldEvents(db, turn.now - RETENTION, DELETED_AT_ONCE)))[0].length);
  await inSlices(DELETED_AT_ONCE, turn, async () => (await db.run(sweepBuckets(db, turn.now - BUCKET_KEEP, DELETED_AT_ONCE)))[0].length);
}
