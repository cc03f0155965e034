import { configOf, type Env } from "../env.ts";
import { log } from "../observe/log.ts";
import { backlogOf } from "./backlog.ts";
import { shardsOf } from "./shard.ts";
import { KINDS, work } from "./work.ts";

/**
 * The cron's turn, every minute: marks runs late, fills up schedules, ends expired pauses, cancels what cancelled runs left,
 * sends notifications, fires automations that wait for absent events, forgets old events, counts tenants' files
 * and removes deleted workspaces, on every database. `scheduledAt` is the
 * time it was meant for, in milliseconds; a late one works by the clock. Turns may come twice or out of order. What is left of late
 * runs and schedules the backlog goes on with. Nothing is done when BACKGROUND_WORK is off. Throws when some work failed, after all
 * was tried.
 */
export async function tick(env: Env, scheduledAt: number): Promise<void> {
  if (!configOf(env).backgroundWork) return;
  const now = Math.max(scheduledAt, Date.now()) * 1000;
  const shards = shardsOf(env);
  const failures: string[] = [];
  for (const shard of shards) {
    const outcomes = await work(shard, KINDS, now, configOf(env).d1Queries / shards.length);
    const left = KINDS.filter((kind) => outcomes.get(kind) === "left" || outcomes.get(kind) === "busy");
    if (left.length > 0) {
      await backlogOf(env, shard.number)
        .takeOver(shard.number, left)
        // The next turn finds it again.
        .catch((error: unknown) => log("warn", "what is left was not handed on", { shard: shard.number, error: String(error) }));
    }
    failures.push(...KINDS.filter((kind) => outcomes.get(kind) === "failed"));
  }
  if (failures.length > 0) throw new Error(`background work failed: ${failures.join(", ")}`);
}
