import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { TenantId } from "../../domain/ids.ts";
import type { JsonObject } from "../../domain/json.ts";
import type { Provenance } from "../../domain/provenance.ts";
import type { FlowRunPolicy, StateDetails, StateType, TaskRunPolicy } from "../../domain/states/types.ts";
import { json } from "../columns.ts";

/** The current state is kept on the run, so that reading a run reads one row. Durations are microseconds. */
export const flowRuns = sqliteTable(
  "flow_runs",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    id: text("id").notNull(),
    name: text("name").notNull(),
    flowId: text("flow_id").notNull(),
    deploymentId: text("deployment_id"),
    deploymentVersion: text("deployment_version"),
    workPoolId: text("work_pool_id"),
    workQueueId: text("work_queue_id"),
    workQueueName: text("work_queue_name"),
    flowVersion: text("flow_version"),
    parameters: json("parameters").$type<JsonObject>().notNull(),
    idempotencyKey: text("idempotency_key"),
    context: json("context").$type<JsonObject>().notNull(),
    policy: json("policy").$type<FlowRunPolicy>().notNull(),
    tags: json("tags").$type<string[]>().notNull(),
    parentTaskRunId: text("parent_task_run_id"),
    infrastructureDocumentId: text("infrastructure_document_id"),
    infrastructurePid: text("infrastructure_pid"),
    jobVariables: json("job_variables").$type<JsonObject>(),
    autoScheduled: integer("auto_scheduled", { mode: "boolean" }).notNull(),
    createdBy: json("created_by").$type<Provenance>(),
    runCount: integer("run_count").notNull(),
    totalRunTime: integer("total_run_time").notNull(),
    expectedStartAt: integer("expected_start_at"),
    nextScheduledStartAt: integer("next_scheduled_start_at"),
    startedAt: integer("started_at"),
    endedAt: integer("ended_at"),
    stateId: text("state_id"),
    stateType: text("state_type").$type<StateType>(),
    stateName: text("state_name"),
    stateAt: integer("state_at"),
    stateMessage: text("state_message"),
    stateDetails: json("state_details").$type<StateDetails>(),
    stateArtifactId: text("state_artifact_id"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
);

export const flowRunStates = sqliteTable(
  "flow_run_states",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    flowRunId: text("flow_run_id").notNull(),
    at: integer("at").notNull(),
    id: text("id").notNull(),
    type: text("type").$type<StateType>().notNull(),
    name: text("name").notNull(),
    message: text("message"),
    details: json("details").$type<StateDetails>().notNull(),
    artifactId: text("artifact_id"),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.flowRunId, t.at] })],
);

export const flowRunInputs = sqliteTable(
  "flow_run_inputs",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    flowRunId: text("flow_run_id").notNull(),
    key: text("key").notNull(),
    id: text("id").notNull(),
    value: text("value").notNull(),
    sender: text("sender"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.flowRunId, t.key] })],
);

export const taskRuns = sqliteTable(
  "task_runs",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    id: text("id").notNull(),
    flowRunId: text("flow_run_id"),
    name: text("name").notNull(),
    taskKey: text("task_key").notNull(),
    dynamicKey: text("dynamic_key").notNull(),
    cacheKey: text("cache_key"),
    cacheExpiresAt: integer("cache_expires_at"),
    taskVersion: text("task_version"),
    policy: json("policy").$type<TaskRunPolicy>().notNull(),
    tags: json("tags").$type<string[]>().notNull(),
    taskInputs: json("task_inputs").$type<JsonObject>().notNull(),
    runCount: integer("run_count").notNull(),
    flowRunRunCount: integer("flow_run_run_count").notNull(),
    totalRunTime: integer("total_run_time").notNull(),
    expectedStartAt: integer("expected_start_at"),
    nextScheduledStartAt: integer("next_scheduled_start_at"),
    startedAt: integer("started_at"),
    endedAt: integer("ended_at"),
    stateId: text("state_id"),
    stateType: text("state_type").$type<StateType>(),
    stateName: text("state_name"),
    stateAt: integer("state_at"),
    stateMessage: text("state_message"),
    stateDetails: json("state_details").$type<StateDetails>(),
    stateArtifactId: text("state_artifact_id"),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
);

export const taskRunStates = sqliteTable(
  "task_run_states",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    taskRunId: text("task_run_id").notNull(),
    at: integer("at").notNull(),
    id: text("id").notNull(),
    type: text("type").$type<StateType>().notNull(),
    name: text("name").notNull(),
    message: text("message"),
    details: json("details").$type<StateDetails>().notNull(),
    artifactId: text("artifact_id"),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.taskRunId, t.at] })],
);

/** A cached task result: the newest unexpired row of a key is the one a task run is answered from. */
export const taskRunCaches = sqliteTable(
  "task_run_caches",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    cacheKey: text("cache_key").notNull(),
    createdAt: integer("created_at").notNull(),
    id: text("id").notNull(),
    expiresAt: integer("expires_at"),
    taskRunId: text("task_run_id").notNull(),
    stateId: text("state_id").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.cacheKey, t.createdAt, t.id] })],
);
