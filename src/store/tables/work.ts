import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { TenantId } from "../../domain/ids.ts";
import type { JsonObject } from "../../domain/json.ts";
import type { QueueFilter } from "../../domain/queue.ts";
import type { PendingRecovery } from "../../domain/work-pools/recovery.ts";
import { json } from "../columns.ts";

export const workPools = sqliteTable(
  "work_pools",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    id: text("id").notNull(),
    name: text("name").notNull(),
    description: text("description"),
    type: text("type").notNull(),
    baseJobTemplate: json("base_job_template").$type<JsonObject>().notNull(),
    isPaused: integer("is_paused", { mode: "boolean" }).notNull(),
    concurrencyLimit: integer("concurrency_limit"),
    defaultQueueId: text("default_queue_id"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    recovery: json("recovery").$type<PendingRecovery>(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
);

export const workQueues = sqliteTable(
  "work_queues",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    id: text("id").notNull(),
    workPoolId: text("work_pool_id").notNull(),
    name: text("name").notNull(),
    description: text("description").notNull(),
    isPaused: integer("is_paused", { mode: "boolean" }).notNull(),
    concurrencyLimit: integer("concurrency_limit"),
    priority: integer("priority").notNull(),
    filter: json("filter").$type<QueueFilter>(),
    lastPolledAt: integer("last_polled_at"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
);

export const workers = sqliteTable(
  "workers",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    workPoolId: text("work_pool_id").notNull(),
    name: text("name").notNull(),
    id: text("id").notNull(),
    lastHeartbeatAt: integer("last_heartbeat_at").notNull(),
    heartbeatIntervalSeconds: integer("heartbeat_interval_seconds"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    caller: text("caller"),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.workPoolId, t.name] })],
);

/** Claims of runs whose pool takes back what never began: who claimed it last, and how often it was taken back. */
export const flowRunClaims = sqliteTable(
  "flow_run_claims",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    flowRunId: text("flow_run_id").notNull(),
    caller: text("caller").notNull(),
    claimedAt: integer("claimed_at").notNull(),
    recoveries: integer("recoveries").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.flowRunId] })],
);
