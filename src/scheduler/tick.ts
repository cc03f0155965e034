import { configOf, type Env } from "../env.ts";
import { log } from "../observe/log.ts";
import { cancelLeftChildren } from "./cancellations.ts";
import { forgetOldEvents, watchAbsences } from "./events.ts";
import { expandSchedules } from "./expand.ts";
import { markLate } from "./late.ts";
import { sendNotifications } from "./notifications.ts";
import { failExpiredPauses } from "./pauses.ts";
import { type Shard, shardsOf, type Turn } from "./shard.ts";

/** What is done every minute; each for itself, so that one that fails keeps no other from its work. */
const WORK: Record<string, (shard: Shard, turn: Turn) => Promise<void>> = {
  markLate,
  expandSchedules,
  failExpiredPauses,
  cancelLeftChildren,
  sendNotifications,
  watchAbsences,
  forgetOldEvents,
};

/** How long one kind of work goes on on one database; what is left is done in the next minute. */
const PATIENCE_MILLIS = 15_000;

/**
 * The cron's turn, every minute: marks runs late, fills up schedules, ends expired pauses, cancels what cancelled runs left,
 * sends notifications, fires automations that wait for absent events and forgets old events, on every database. `scheduledAt` is the
 * time it was meant for, in milliseconds; a late one works by the clock. Turns may come twice or out of order. Nothing is done when
 * BACKGROUND_WORK is off. Throws when some work failed, after all was tried.
 */
export async function tick(env: Env, scheduledAt: number): Promise<void> {
  if (!configOf(env).backgroundWork) return;
  const now = Math.max(scheduledAt, Date.now()) * 1000;
  const failures: string[] = [];
  for (const shard of shardsOf(env)) {
    for (const [name, work] of Object.entries(WORK)) {
      try {
        await work(shard, { now, endsAt: Date.now() + PATIENCE_MILLIS });
      } catch (error) {
        log("error", "background work failed", { work: name, shard: shard.number, error: String(error) });
        failures.push(name);
      }
    }
  }
  if (failures.length > 0) throw new Error(`background work failed: ${failures.join(", ")}`);
}
