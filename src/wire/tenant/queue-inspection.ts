import { z } from "@hono/zod-openapi";
import { type CallerLabel, labelOf } from "../../domain/callers.ts";
import { formatTime, type Micros } from "../../domain/time.ts";
import { freeSlots, type Slots } from "../../domain/work-pools/held-back.ts";
import type { QueueInspection } from "../../services/work-queues/inspect-queue.ts";
import { id, inSeconds, seconds, time, timeOrNull } from "../prefect/objects.ts";

const HeldBack = z.enum(["queue_paused", "pool_paused", "queue_limit", "pool_limit", "leased", "not_polled", "often_refused"]);

/** Who asked: the key's id and name, and what the client said of itself. */
const CallerBody = z
  .object({ key_id: z.string(), key_name: z.string(), address: z.string(), user_agent: z.string() })
  .openapi("LeaseCaller");

const SlotsBody = z.object({ limit: z.int().nullable(), occupied: z.int(), free: z.int().nullable() }).openapi("LeaseSlots");

/** What there is to see of a queue's leases. */
export const QueueLeases = z
  .object({
    work_queue_id: id(),
    work_queue_name: z.string(),
    work_pool_name: z.string(),
    held_back: z.array(HeldBack),
    depth: z.object({ scheduled: z.int(), due: z.int(), leased: z.int(), oldest_due_seconds: seconds().nullable() }),
    slots: z.object({ work_queue: SlotsBody, work_pool: SlotsBody }),
    last_polled: time().nullable(),
    polls: z.array(z.object({ caller: CallerBody, at: time() })),
    claims: z.object({ counted_since: time(), last_minute: z.int(), last_5_minutes: z.int(), last_15_minutes: z.int() }),
    runs: z.array(
      z.object({
        flow_run_id: id(),
        flow_run_name: z.string(),
        deployment_id: id().nullable(),
        state_name: z.string().nullable(),
        scheduled_time: time(),
        waiting_seconds: seconds(),
        hand_outs: z.int(),
        lease: z.object({ caller: CallerBody, until: time() }).nullable(),
        held_back: z.array(HeldBack),
      }),
    ),
  })
  .openapi("QueueLeases");

const callerToWire = ({ keyId, keyName, address, userAgent }: CallerLabel): z.input<typeof CallerBody> => ({
  key_id: keyId,
  key_name: keyName,
  address,
  user_agent: userAgent,
});

const slotsToWire = (slots: Slots, leased: number): z.input<typeof SlotsBody> => ({
  limit: slots.limit,
  occupied: slots.occupied,
  free: slots.limit === null ? null : freeSlots(slots, leased),
});

/** How long ago, in whole seconds; none when it is to come. */
const ago = (at: Micros, now: Micros): number => Math.max(0, Math.floor(inSeconds(now - at)));

/** An inspection as it is answered. */
export function queueLeasesToWire(seen: QueueInspection, now: Micros): z.input<typeof QueueLeases> {
  const { queue, facts, depth, claims } = seen;
  return {
    work_queue_id: queue.id,
    work_queue_name: queue.name,
    work_pool_name: queue.workPoolName,
    held_back: seen.heldBack,
    depth: {
      scheduled: depth.scheduled,
      due: depth.due,
      leased: facts.leased,
      oldest_due_seconds: depth.oldestAt === null || depth.oldestAt > now ? null : ago(depth.oldestAt, now),
    },
    slots: { work_queue: slotsToWire(facts.queue, facts.leased), work_pool: slotsToWire(facts.pool, facts.leased) },
    last_polled: timeOrNull(facts.lastPolledAt),
    polls: seen.polls.map(({ caller, at }) => ({ caller: callerToWire(labelOf(caller)), at: formatTime(at) })),
    claims: {
      counted_since: formatTime(claims.since),
      last_minute: claims.lastMinute,
      last_5_minutes: claims.lastFiveMinutes,
      last_15_minutes: claims.lastFifteenMinutes,
    },
    runs: seen.runs.map((run) => ({
      flow_run_id: run.runId,
      flow_run_name: run.name,
      deployment_id: run.deploymentId,
      state_name: run.stateName,
      scheduled_time: formatTime(run.at),
      waiting_seconds: ago(run.at, now),
      hand_outs: run.handOuts,
      lease: run.lease && { caller: callerToWire(labelOf(run.lease.caller)), until: formatTime(run.lease.until) },
      held_back: run.heldBack,
    })),
  };
}
