import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { Action } from "../../domain/automations/actions.ts";
import type { Trigger } from "../../domain/automations/triggers.ts";
import type { Event, Labels } from "../../domain/events/event.ts";
import type { TenantId } from "../../domain/ids.ts";
import type { JsonObject } from "../../domain/json.ts";
import { json } from "../columns.ts";

export const events = sqliteTable(
  "events",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    occurredAt: integer("occurred_at").notNull(),
    id: text("id").notNull(),
    event: text("event").notNull(),
    resourceId: text("resource_id").notNull(),
    resource: json("resource").$type<Labels>().notNull(),
    related: json("related").$type<Labels[]>().notNull(),
    payload: json("payload").$type<JsonObject>().notNull(),
    follows: text("follows"),
    receivedAt: integer("received_at").notNull(),
    reactedAt: integer("reacted_at"),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.occurredAt, t.id] })],
);

/** Every resource that an event involves. */
export const eventResources = sqliteTable(
  "event_resources",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    resourceId: text("resource_id").notNull(),
    occurredAt: integer("occurred_at").notNull(),
    eventId: text("event_id").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.resourceId, t.occurredAt, t.eventId] })],
);

/** Events that wait for the one they follow to have had its turn. */
export const waitingEvents = sqliteTable(
  "waiting_events",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    leaderId: text("leader_id").notNull(),
    eventId: text("event_id").notNull(),
    dueAt: integer("due_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.leaderId, t.eventId] })],
);

/** The last status of an object that an event told of. */
export const toldStatuses = sqliteTable(
  "told_statuses",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    kind: text("kind").$type<"work-pool" | "work-queue" | "deployment">().notNull(),
    id: text("id").notNull(),
    status: text("status").$type<"READY" | "NOT_READY" | "PAUSED">().notNull(),
    eventId: text("event_id").notNull(),
    toldAt: integer("told_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.kind, t.id] })],
);

export const automations = sqliteTable(
  "automations",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    id: text("id").notNull(),
    name: text("name").notNull(),
    description: text("description").notNull(),
    enabled: integer("enabled", { mode: "boolean" }).notNull(),
    trigger: json("trigger").$type<Trigger>().notNull(),
    actions: json("actions").$type<Action[]>().notNull(),
    actionsOnTrigger: json("actions_on_trigger").$type<Action[]>().notNull(),
    actionsOnResolve: json("actions_on_resolve").$type<Action[]>().notNull(),
    ownerResource: text("owner_resource"),
    proactiveAt: integer("proactive_at"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
);

/** What an event trigger has counted, by the values of its `forEach` labels. */
export const automationBuckets = sqliteTable(
  "automation_buckets",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    automationId: text("automation_id").notNull(),
    triggerId: text("trigger_id").notNull(),
    bucketingKey: json("bucketing_key").$type<string[]>().notNull(),
    startAt: integer("start_at").notNull(),
    endAt: integer("end_at").notNull(),
    count: integer("count").notNull(),
    lastEvent: json("last_event").$type<Event>(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.automationId, t.triggerId, t.bucketingKey] })],
);

/** The triggers of a composite one that have fired, and wait for the others. */
export const automationFirings = sqliteTable(
  "automation_firings",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    automationId: text("automation_id").notNull(),
    parentTriggerId: text("parent_trigger_id").notNull(),
    triggerId: text("trigger_id").notNull(),
    id: text("id").notNull(),
    firedAt: integer("fired_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.automationId, t.parentTriggerId, t.triggerId] })],
);
