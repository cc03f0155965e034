import { covers, eventTriggers } from "../../domain/automations/triggers.ts";
import type { Event } from "../../domain/events/event.ts";
import { isJsonObject } from "../../domain/json.ts";
import { MICROS_PER_SECOND, type Micros } from "../../domain/time.ts";
import { log } from "../../observe/log.ts";
import { type AutomationRow, selectEnabledAutomations } from "../../store/automations.ts";
import { insertWaiting, markReacted, selectEventsOfIds, takeWaiter, takeWaiting, type WaitingRow } from "../../store/events.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { reactTo } from "./react.ts";

/**
 * The order in which automations see events that follow one another (prefect/server/events/triggers.py,
 * `with_preceding_event_confirmed`). One that comes before the event it follows waits for that one's turn, at most this long.
 */
const PATIENCE: Micros = 60 * MICROS_PER_SECOND;

/** How many events, each following the one before, may take their turns by what one sets free. */
const MAX_DEPTH = 20;

const isCovered = (automations: readonly AutomationRow[], event: Event): boolean =>
  automations.some(({ trigger }) => eventTriggers(trigger).some((one) => covers(one, event)));

/** Lets automations react to an event, and then to those that waited for it; or lets it wait. One round trip, three for one that follows. */
export async function takeTurn(ctx: TenantContext, automations: readonly AutomationRow[], event: Event): Promise<void> {
  if (event.follows !== null && isCovered(automations, event) && (await mustWait(ctx, automations, event, event.follows))) return;
  await takeTurnNow(ctx, automations, event, 0);
}

async function takeTurnNow(ctx: TenantContext, automations: readonly AutomationRow[], event: Event, depth: number): Promise<void> {
  if (depth > MAX_DEPTH) return log("warn", "events follow one another without end", { event: event.event });
  await reactTo(ctx, automations, event);
  const { db, tenantId } = ctx;
  const taking = takeWaiting(db, tenantId, [event.id]);
  const [waiters] = isCovered(automations, event)
    ? await db.run(taking, markReacted(db, tenantId, [event.id], ctx.now()))
    : await db.run(taking);
  if (waiters.length === 0) return;
  const ids = waiters.map(({ eventId }) => eventId);
  const [followers] = await db.run(selectEventsOfIds(db, tenantId, ids));
  for (const follower of followers.sort((a, b) => a.occurredAt - b.occurredAt)) await takeTurnNow(ctx, automations, follower, depth + 1);
}

/** Whether an event must wait for the one it follows; if so, it does from now on. */
async function mustWait(ctx: TenantContext, automations: readonly AutomationRow[], event: Event, leaderId: string): Promise<boolean> {
  const { db, tenantId } = ctx;
  const now = ctx.now();
  if (now - event.receivedAt >= PATIENCE || followsSchedule(event)) return false;
  // It waits before the leader is looked for: whoever comes later, the leader or this, finds the other.
  const [, leaders] = await db.run(
    insertWaiting(db, { tenantId, leaderId, eventId: event.id, dueAt: event.receivedAt + PATIENCE }),
    selectEventsOfIds(db, tenantId, [leaderId]),
  );
  const isOver = leaders.some((leader) => {
    return leader.reactedAt !== null || now - leader.receivedAt >= PATIENCE || !isCovered(automations, leader);
  });
  if (!isOver) return true;
  const [taken] = await db.run(takeWaiter(db, tenantId, leaderId, event.id));
  return taken.length === 0;
}

/** The runs that schedules make are told of by no event, so nothing may wait for it. */
function followsSchedule({ event, payload }: Event): boolean {
  const before = payload.initial_state;
  return event.startsWith("prefect.flow-run.") && isJsonObject(before ?? null) && (before as { name?: unknown }).name === "Scheduled";
}

/** Gives an event that has waited long enough its turn. */
export async function endWaiting(ctx: TenantContext, { leaderId, eventId }: WaitingRow): Promise<void> {
  const { db, tenantId } = ctx;
  const [taken, events, automations] = await db.run(
    takeWaiter(db, tenantId, leaderId, eventId),
    selectEventsOfIds(db, tenantId, [eventId]),
    selectEnabledAutomations(db, tenantId),
  );
  const [event] = events;
  if (taken.length > 0 && event) await takeTurnNow(ctx, automations, event, 0);
}
