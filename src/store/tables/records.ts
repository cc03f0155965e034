import { integer, primaryKey, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { TenantId } from "../../domain/ids.ts";
import type { Json, JsonObject } from "../../domain/json.ts";
import { json } from "../columns.ts";

/** `flow_run_id` is '' for a log of no flow run: a primary key takes no nulls. */
export const logs = sqliteTable(
  "logs",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    flowRunId: text("flow_run_id").notNull(),
    at: integer("at").notNull(),
    id: text("id").notNull(),
    taskRunId: text("task_run_id"),
    name: text("name").notNull(),
    level: integer("level").notNull(),
    message: text("message").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.flowRunId, t.at, t.id] })],
);

export const artifacts = sqliteTable(
  "artifacts",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    id: text("id").notNull(),
    key: text("key"),
    type: text("type"),
    description: text("description"),
    data: json("data").$type<Json>(),
    metadata: json("metadata").$type<Record<string, string>>(),
    flowRunId: text("flow_run_id"),
    taskRunId: text("task_run_id"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
);

/** The newest artifact of each key, under an id of its own. */
export const artifactCollections = sqliteTable(
  "artifact_collections",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    key: text("key").notNull(),
    id: text("id").notNull(),
    latestId: text("latest_id").notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.key] })],
);

export const variables = sqliteTable(
  "variables",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    id: text("id").notNull(),
    name: text("name").notNull(),
    value: text("value").notNull(),
    tags: json("tags").$type<string[]>().notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
);

export const concurrencyLimits = sqliteTable(
  "concurrency_limits",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    tag: text("tag").notNull(),
    id: text("id").notNull(),
    concurrencyLimit: integer("concurrency_limit").notNull(),
    activeSlots: json("active_slots").$type<string[]>().notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.tag] })],
);

export const globalConcurrencyLimits = sqliteTable(
  "global_concurrency_limits",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    name: text("name").notNull(),
    id: text("id").notNull(),
    active: integer("active", { mode: "boolean" }).notNull(),
    limit: integer("limit").notNull(),
    activeSlots: integer("active_slots").notNull(),
    deniedSlots: integer("denied_slots").notNull(),
    slotDecayPerSecond: real("slot_decay_per_second").notNull(),
    avgSlotOccupancySeconds: real("avg_slot_occupancy_seconds").notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.name] })],
);

export const savedSearches = sqliteTable(
  "saved_searches",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    id: text("id").notNull(),
    name: text("name").notNull(),
    filters: json("filters").$type<JsonObject[]>().notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
);

export const flowRunNotificationPolicies = sqliteTable(
  "flow_run_notification_policies",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    id: text("id").notNull(),
    isActive: integer("is_active", { mode: "boolean" }).notNull(),
    stateNames: json("state_names").$type<string[]>().notNull(),
    tags: json("tags").$type<string[]>().notNull(),
    messageTemplate: text("message_template"),
    blockDocumentId: text("block_document_id").notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
);
