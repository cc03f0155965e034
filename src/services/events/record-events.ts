import { type Event, resourceIdOf } from "../../domain/events/event.ts";
import { log } from "../../observe/log.ts";
import { type AutomationRow, selectEnabledAutomations } from "../../store/automations.ts";
import { type EventRow, insertEvents } from "../../store/events.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { react } from "../automations/react.ts";

/** Prefect's PREFECT_EVENTS_MAXIMUM_SIZE_BYTES: larger events are dropped. */
const MAX_EVENT_BYTES = 1_500_000;

/**
 * Keeps events, sends them to who listens, and lets automations react to those that are new, after the answer. One round trip; an event
 * that is there already is left as it is.
 */
export async function recordEvents(ctx: TenantContext, given: readonly Event[]): Promise<void> {
  const events = given.filter(isSmallEnough);
  if (events.length === 0) return;
  const rows = await Promise.all(events.map((event) => rowOf(ctx, event)));
  const { resources, events: inserts } = insertEvents(ctx.db, rows);
  const results = await ctx.db.runAll([...resources, ...inserts, selectEnabledAutomations(ctx.db, ctx.tenantId)]);
  const automations = results.pop() as AutomationRow[];
  const fresh = new Set((results.slice(resources.length) as { id: string }[][]).flat().map(({ id }) => id));
  await ctx.events.publish(events.filter(({ id }) => fresh.has(id)));
  if (automations.length === 0) return;
  ctx.afterwards(
    react(
      ctx,
      automations,
      rows.filter(({ id }) => fresh.has(id)),
    ),
  );
}

function isSmallEnough(event: Event): boolean {
  const size = new TextEncoder().encode(JSON.stringify(event)).length;
  if (size > MAX_EVENT_BYTES) log("warn", "an event is too large and was dropped", { event: event.event, bytes: size });
  return size <= MAX_EVENT_BYTES;
}

const rowOf = async (ctx: TenantContext, event: Event): Promise<EventRow> => ({
  ...event,
  tenantId: ctx.tenantId,
  resourceId: resourceIdOf(event.resource),
  reactedAt: null,
  payload: await ctx.bodies.spill(event.payload, ctx.newId()),
});
