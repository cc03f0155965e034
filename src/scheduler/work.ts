import type { Micros } from "../domain/time.ts";
import { log } from "../observe/log.ts";
import { cancelLeftChildren } from "./cancellations.ts";
import { announceUnready, forgetOldEvents, watchAbsences } from "./events.ts";
import { expandSchedules } from "./expand.ts";
import { markLate } from "./late.ts";
import { sendNotifications } from "./notifications.ts";
import { failExpiredPauses } from "./pauses.ts";
import { removeWorkspaces } from "./removals.ts";
import { type Outcome, type Shard, type Turn, turnOf } from "./shard.ts";
import { countStorage } from "./storage.ts";

/**
 * What is done every minute; each for itself, so that one that fails keeps no other from its work. Those that tell what came of it
 * are gone on with at once when some is left; the others go on in the next minute.
 */
const WORK = {
  markLate,
  expandSchedules,
  failExpiredPauses,
  cancelLeftChildren,
  sendNotifications,
  watchAbsences,
  announceUnready,
  forgetOldEvents,
  countStorage,
  removeWorkspaces,
} satisfies Record<string, (shard: Shard, turn: Turn) => Promise<unknown>>;

export type Kind = keyof typeof WORK;

/** All kinds, in the order in which they are done. */
export const KINDS = Object.keys(WORK) as Kind[];

/** What came of each kind of work. */
export type Outcomes = Map<Kind, Outcome | "failed">;

/**
 * Does kinds of work on one database, one after the other, with so many D1 queries in all: each kind has an equal part of what those
 * before it left.
 */
export async function work(shard: Shard, kinds: readonly Kind[], now: Micros, queries: number): Promise<Outcomes> {
  const outcomes: Outcomes = new Map();
  for (const [index, kind] of kinds.entries()) {
    const part = Math.max(1, (queries - shard.meter.d1Queries) / (kinds.length - index));
    try {
      outcomes.set(kind, (await WORK[kind](shard, turnOf(shard, now, part))) || "done");
    } catch (error) {
      log("error", "background work failed", { work: kind, shard: shard.number, error: String(error) });
      outcomes.set(kind, "failed");
    }
  }
  return outcomes;
}
