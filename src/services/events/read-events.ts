import { Refusal } from "../../domain/errors.ts";
import type { EventFilter } from "../../domain/events/filter.ts";
import { type TimeUnit, timeSpans } from "../../domain/events/time-spans.ts";
import type { Micros } from "../../domain/time.ts";
import { countEvents, countEventsBy, type EventRow, selectEvents } from "../../store/events.ts";
import type { TenantContext } from "../../tenancy/context.ts";

/** A page of the events that a filter asks for, and how many there are in all. One round trip. */
export async function readEvents(
  ctx: TenantContext,
  filter: EventFilter,
  limit: number,
  offset: number,
): Promise<{ events: EventRow[]; total: number }> {
  const [[counted], events] = await ctx.db.run(
    countEvents(ctx.db, ctx.tenantId, filter),
    selectEvents(ctx.db, ctx.tenantId, filter, limit, offset),
  );
  await ctx.bodies.restoreRows(events, "payload");
  return { events, total: counted?.count ?? 0 };
}

export interface EventCount {
  value: string;
  /** Null where it is the start of the span. */
  label: string | null;
  count: number;
  startAt: Micros;
  endAt: Micros;
}

/** Counts the events that a filter asks for by name or resource, the most frequent first, or by spans of time. Refuses (422) too many spans. */
export async function countEventsOf(
  ctx: TenantContext,
  filter: EventFilter,
  by: "event" | "resource" | { unit: TimeUnit; interval: number },
): Promise<EventCount[]> {
  if (typeof by === "string") {
    const [rows] = await ctx.db.run(countEventsBy(ctx.db, ctx.tenantId, filter, by));
    return rows.map((row) => ({ ...row, value: String(row.value) }));
  }
  const spans = timeSpans(filter.occurred, by.unit, by.interval, ctx.now());
  if (typeof spans === "string") throw new Refusal("invalid", spans);
  const { pivot, length, first, starts } = spans;
  const [rows] = await ctx.db.run(countEventsBy(ctx.db, ctx.tenantId, filter, { pivot, length }));
  const counts = new Map(rows.map(({ value, count }) => [Number(value) - first, count]));
  return starts.map((startAt, index) => ({
    value: String(index),
    label: null,
    count: counts.get(index) ?? 0,
    startAt,
    endAt: startAt + length - 1,
  }));
}
