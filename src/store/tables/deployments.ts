import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { TenantId } from "../../domain/ids.ts";
import type { JsonObject } from "../../domain/json.ts";
import type { Provenance } from "../../domain/provenance.ts";
import type { CatchupPolicy } from "../../domain/schedules/catchup.ts";
import { json } from "../columns.ts";

export const flows = sqliteTable(
  "flows",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    id: text("id").notNull(),
    name: text("name").notNull(),
    tags: json("tags").$type<string[]>().notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
);

export const deployments = sqliteTable(
  "deployments",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    id: text("id").notNull(),
    flowId: text("flow_id").notNull(),
    name: text("name").notNull(),
    version: text("version"),
    description: text("description"),
    paused: integer("paused", { mode: "boolean" }).notNull(),
    schedule: json("schedule").$type<JsonObject>(),
    parameters: json("parameters").$type<JsonObject>().notNull(),
    parameterOpenapiSchema: json("parameter_openapi_schema").$type<JsonObject>(),
    enforceParameterSchema: integer("enforce_parameter_schema", { mode: "boolean" }).notNull(),
    tags: json("tags").$type<string[]>().notNull(),
    path: text("path"),
    entrypoint: text("entrypoint"),
    manifestPath: text("manifest_path"),
    pullSteps: json("pull_steps").$type<JsonObject[]>(),
    jobVariables: json("job_variables").$type<JsonObject>().notNull(),
    workQueueName: text("work_queue_name"),
    workQueueId: text("work_queue_id"),
    storageDocumentId: text("storage_document_id"),
    infrastructureDocumentId: text("infrastructure_document_id"),
    lastPolledAt: integer("last_polled_at"),
    createdBy: json("created_by").$type<Provenance>(),
    updatedBy: json("updated_by").$type<Provenance>(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
);

/** `next_expand_at` is when the cron must look at the schedule again; null while nothing is to be expected of it. */
export const deploymentSchedules = sqliteTable(
  "deployment_schedules",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    id: text("id").notNull(),
    deploymentId: text("deployment_id").notNull(),
    schedule: json("schedule").$type<JsonObject>().notNull(),
    active: integer("active", { mode: "boolean" }).notNull(),
    maxActiveRuns: integer("max_active_runs"),
    maxScheduledRuns: integer("max_scheduled_runs"),
    catchup: integer("catchup", { mode: "boolean" }).notNull(),
    nextExpandAt: integer("next_expand_at"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
    catchupPolicy: text("catchup_policy").$type<CatchupPolicy>().notNull(),
    plannedUntilAt: integer("planned_until_at"),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
);

/** When each tenant's schedules are to be looked at next. Kept by triggers of `deployment_schedules`. */
export const expansionTurns = sqliteTable("expansion_turns", {
  tenantId: text("tenant_id").$type<TenantId>().primaryKey(),
  dueAt: integer("due_at"),
});
