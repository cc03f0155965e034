import { polledBefore } from "../domain/work-pools/readiness.ts";
import { configOf } from "../env.ts";
import { endWaiting } from "../services/automations/turns.ts";
import { watchAbsence } from "../services/automations/watch-absence.ts";
import { announceStale } from "../services/events/announce-statuses.ts";
import { selectProactiveAutomations, sweepBuckets } from "../store/automations.ts";
import { deleteOldEvents, deleteOldResources, selectOverdue } from "../store/events.ts";
import { selectStale } from "../store/statuses.ts";
import { asTenant } from "./as-tenant.ts";
import { inSlices, type Shard, type Turn } from "./shard.ts";

const SLICE = 100;
const DELETED_AT_ONCE = 500;

const MINUTE = 60_000_000;
/** Prefect's PREFECT_EVENTS_RETENTION_PERIOD. */
const RETENTION = 7 * 24 * 60 * MINUTE;
/** How long a trigger's bucket outlives its time: an event that comes late may still be counted in it. */
const BUCKET_KEEP = 15 * MINUTE;

/** Lets the automations of all tenants fire that wait for events which did not come, and gives events that wait for others their turn. */
export const watchAbsences = async (shard: Shard, turn: Turn): Promise<void> => {
  await inSlices(SLICE, turn, async () => {
    if (!configOf(shard.env).events) return 0;
    const [overdue] = await shard.db.run(selectOverdue(shard.db, turn.now, SLICE));
    for (const waiting of overdue) await asTenant(shard, waiting.tenantId, (ctx) => endWaiting(ctx, waiting));
    return overdue.length;
  });
  await inSlices(SLICE, turn, async () => {
    if (!configOf(shard.env).events) return 0;
    const [due] = await shard.db.run(selectProactiveAutomations(shard.db, turn.now, SLICE));
    for (const automation of due) {
      await asTenant(shard, automation.tenantId, (ctx) => watchAbsence(ctx, automation, turn.now));
    }
    return due.length;
  });
};

/** Tells of work pools, work queues and deployments of which nothing was heard for too long. */
export const announceUnready = async (shard: Shard, turn: Turn): Promise<void> => {
  await inSlices(SLICE, turn, async () => {
    if (!configOf(shard.env).events) return 0;
    const [stale] = await shard.db.run(selectStale(shard.db, turn.now, polledBefore(turn.now), SLICE));
    for (const { tenantId, kind, id } of stale) await asTenant(shard, tenantId, (ctx) => announceStale(ctx, kind, id, turn.now));
    return stale.length;
  });
};

/** Deletes events past their retention, and the buckets of triggers whose time is long over; once an hour. */
export async function forgetOldEvents({ db, env }: Shard, turn: Turn): Promise<void> {
  if (!configOf(env).events || Math.floor(turn.now / MINUTE) % 60 !== 0) return;
  const before = turn.now - RETENTION;
  await inSlices(DELETED_AT_ONCE, turn, async () => {
    const [, deleted] = await db.run(deleteOldResources(db, before, DELETED_AT_ONCE), deleteOldEvents(db, before, DELETED_AT_ONCE));
    return deleted.length;
  });
  await inSlices(DELETED_AT_ONCE, turn, async () => (await db.run(sweepBuckets(db, turn.now - BUCKET_KEEP, DELETED_AT_ONCE)))[0].length);
}
