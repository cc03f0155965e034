import { and, asc, count, desc, eq, type SQL, sql } from "drizzle-orm";
import { involvedResources, resourceIdOf } from "../domain/events/event.ts";
import type { EventFilter } from "../domain/events/filter.ts";
import type { TenantId } from "../domain/ids.ts";
import type { Micros } from "../domain/time.ts";
import { type Database, inList, type Statement } from "./database.ts";
import { eventsCondition } from "./filters/events.ts";
import { insertable, insertRows } from "./insert-rows.ts";
import { eventResources, events, waitingEvents } from "./tables.ts";

export type EventRow = typeof events.$inferSelect;

/** Past this an event is bound as it is: quoted as JSON once more it might be more than D1 takes. */
const LARGE_CHARACTERS = 400_000;

/** Inserts events unless they are there; each statement gives the ids of the new ones. What they involve goes before. */
export function insertEvents(db: Database, rows: readonly EventRow[]): { resources: Statement[]; events: Statement[] } {
  const involved = rows.flatMap(({ tenantId, occurredAt, id: eventId, resource, related }) =>
    [...new Set(involvedResources({ resource, related }).map(resourceIdOf))].map((resourceId) => ({
      tenantId,
      resourceId,
      occurredAt,
      eventId,
    })),
  );
  const isLarge = (row: EventRow) => JSON.stringify([row.related, row.resource]).length > LARGE_CHARACTERS;
  const id = { id: sql<string>`id` };
  return {
    resources: insertable(involved).map((group) => insertRows(db, eventResources, group).onConflictDoNothing()),
    events: [
      ...insertable(rows.filter((row) => !isLarge(row))).map((group) => insertRows(db, events, group).onConflictDoNothing().returning(id)),
      ...rows.filter(isLarge).map((row) => db.query.insert(events).values(row).onConflictDoNothing().returning(id)),
    ],
  };
}

/** The events of some ids; one that was sent again for another time is there twice. */
export const selectEventsOfIds = (db: Database, tenantId: TenantId, ids: readonly string[]) =>
  db.query
    .select()
    .from(events)
    .where(and(eq(events.tenantId, tenantId), inList(events.id, ids)));

/** Notes that automations have reacted to events. */
export const markReacted = (db: Database, tenantId: TenantId, ids: readonly string[], at: Micros) =>
  db.query
    .update(events)
    .set({ reactedAt: at })
    .where(and(eq(events.tenantId, tenantId), inList(events.id, ids)));

export type WaitingRow = typeof waitingEvents.$inferSelect;

/** Lets an event wait for the one that it follows. */
export const insertWaiting = (db: Database, row: WaitingRow) => db.query.insert(waitingEvents).values(row).onConflictDoNothing();

/** Ends the waiting for events; gives those that waited. */
export const takeWaiting = (db: Database, tenantId: TenantId, leaderIds: readonly string[]) =>
  db.query
    .delete(waitingEvents)
    .where(and(eq(waitingEvents.tenantId, tenantId), inList(waitingEvents.leaderId, leaderIds)))
    .returning({ eventId: sql<string>`event_id` });

/** Ends the waiting of one event; gives a row if it waited. */
export const takeWaiter = (db: Database, tenantId: TenantId, leaderId: string, eventId: string) =>
  db.query
    .delete(waitingEvents)
    .where(and(eq(waitingEvents.tenantId, tenantId), eq(waitingEvents.leaderId, leaderId), eq(waitingEvents.eventId, eventId)))
    .returning({ eventId: sql<string>`event_id` });

/** Events of all tenants that have waited long enough. */
export const selectOverdue = (db: Database, now: Micros, limit: number) =>
  db.query.select().from(waitingEvents).where(sql`${waitingEvents.dueAt} <= ${now}`).orderBy(asc(waitingEvents.dueAt)).limit(limit);

/** A page of events in the filter's order; for `distinct`, only the first of each resource. */
export function selectEvents(db: Database, tenantId: TenantId, filter: EventFilter, limit: number, offset: number) {
  const order = filter.order === "ASC" ? asc : desc;
  const wanted = eventsCondition(tenantId, filter);
  return db.query
    .select()
    .from(events)
    .where(filter.resource?.distinct ? sql`${wanted} AND ${isFirstOfResource(wanted, filter.order)}` : wanted)
    .orderBy(order(events.occurredAt), order(events.id))
    .limit(limit)
    .offset(offset);
}

const isFirstOfResource = (wanted: SQL, order: "ASC" | "DESC"): SQL =>
  sql`(${events.occurredAt}, ${events.id}) IN (SELECT occurred_at, id FROM (SELECT occurred_at, id, row_number() OVER (PARTITION BY resource_id ORDER BY ${sql.raw(`occurred_at ${order}, id ${order}`)}) AS place FROM ${events} WHERE ${wanted}) WHERE place = 1)`;

/** How many events a filter asks for; for `distinct`, of how many resources. */
export const countEvents = (db: Database, tenantId: TenantId, filter: EventFilter) =>
  db.query
    .select({ count: filter.resource?.distinct ? sql<number>`count(DISTINCT ${events.resourceId})` : count() })
    .from(events)
    .where(eventsCondition(tenantId, filter));

/** What events are counted by: an expression, and the label to show. A time bucket is numbered from `pivot`. */
export type Countable = "event" | "resource" | { pivot: Micros; length: Micros };

/** Counts by value, with the latest label of each; by time in its order, else the most frequent first. */
export function countEventsBy(db: Database, tenantId: TenantId, filter: EventFilter, by: Countable) {
  const isTime = typeof by === "object";
  const value = isTime
    ? sql`(${events.occurredAt} - ${sql.raw(String(by.pivot))}) / ${sql.raw(String(by.length))}`
    : by === "event"
      ? sql`${events.event}`
      : sql`${events.resourceId}`;
  const label =
    by === "resource"
      ? sql`coalesce(${events.resource} ->> '$."prefect.resource.name"', ${events.resource} ->> '$."prefect.name"', ${events.resourceId})`
      : value;
  return db.query
    .select({
      value: sql<string | number>`${value}`.as("value"),
      // The label of the latest event: the greatest text of time and label, less the time.
      label: sql<string>`substr(max(printf('%020d', ${events.occurredAt}) || ${label}), 21)`.as("label"),
      count: sql<number>`count(*)`.as("count"),
      startAt: sql<Micros>`min(${events.occurredAt})`.as("start_at"),
      endAt: sql<Micros>`max(${events.occurredAt})`.as("end_at"),
    })
    .from(events)
    .where(eventsCondition(tenantId, filter))
    .groupBy(value)
    .orderBy(isTime ? sql`"start_at"` : sql`"count" DESC, "label"`);
}

/** Deletes events of all tenants that occurred before a time, at most `limit`; gives a row for each. */
export const deleteOldEvents = (db: Database, before: Micros, limit: number) =>
  db.query
    .delete(events)
    .where(sql`(tenant_id, occurred_at, id) IN (${oldEvents(before, limit, sql`old.tenant_id, old.occurred_at, old.id`)})`)
    .returning({ id: sql<string>`id` });

/** Forgets what the events involve that `deleteOldEvents` will delete. Goes before it in one batch. */
export const deleteOldResources = (db: Database, before: Micros, limit: number) =>
  db.query.delete(eventResources).where(
    sql`(tenant_id, resource_id, occurred_at, event_id) IN (
      WITH leaving AS MATERIALIZED (${oldEvents(before, limit, sql`old.tenant_id, old.occurred_at, old.id, old.resource_id, old.related`)})
      SELECT leaving.tenant_id, one.value ->> '$."prefect.resource.id"', leaving.occurred_at, leaving.id
      FROM leaving, json_each(json_insert(leaving.related, '$[#]', json_object('prefect.resource.id', leaving.resource_id))) AS one)`,
  );

/** The oldest events of every tenant, found tenant by tenant. */
const oldEvents = (before: Micros, limit: number, columns: SQL): SQL => sql`
  WITH RECURSIVE tenant (id) AS (SELECT min(tenant_id) FROM events UNION ALL SELECT (SELECT min(tenant_id) FROM events WHERE tenant_id > tenant.id) FROM tenant WHERE tenant.id IS NOT NULL)
  SELECT ${columns} FROM tenant CROSS JOIN events AS old ON old.tenant_id = tenant.id AND old.occurred_at < ${before} LIMIT ${limit}`;
