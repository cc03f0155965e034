import { z } from "@hono/zod-openapi";
import { boolean, datetime, integer, list, model, oneOf, optional, text, uuid, withDefault } from "./model.ts";
import { STATE_TYPES } from "./states.ts";

type Camel<S extends string> = S extends `${infer Head}_${infer Tail}` ? (Tail extends "" ? Head : `${Head}${Capitalize<Camel<Tail>>}`) : S;
/** A wire object's type with neutral keys: `not_any_` becomes `notAny`. */
export type Neutral<T> = T extends (infer E)[]
  ? E[]
  : T extends object
    ? { [K in keyof T as K extends string ? Camel<K> : K]: Neutral<T[K]> }
    : T;

/** The same object with neutral keys, as the domain and the store take filters. */
export function neutral<T>(value: T): Neutral<T> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value as Neutral<T>;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [camel(key), neutral(entry)])) as Neutral<T>;
}

const camel = (key: string) => key.replace(/_$/, "").replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

const operator = () => withDefault(oneOf("and_", "or_"), "and_");
const texts = () => optional(list(text()));
const uuids = () => optional(list(uuid()));
const maybe = () => optional(boolean());

const anyId = (title: string) => optional(model(title, { any_: uuids() }));
const anyText = (title: string) => optional(model(title, { any_: texts() }));
const anyOrLike = (title: string) => optional(model(title, { any_: texts(), like_: optional(text()) }));
const span = (title: string) => optional(model(title, { before_: optional(datetime()), after_: optional(datetime()) }));
const spanOrNull = (title: string) =>
  optional(model(title, { before_: optional(datetime()), after_: optional(datetime()), is_null_: maybe() }));
const tags = (title: string) => optional(model(title, { operator: operator(), all_: texts(), is_null_: maybe() }));
const state = (title: string) =>
  optional(
    model(title, {
      operator: operator(),
      type: optional(model(`${title}Type`, { any_: optional(list(oneOf(...STATE_TYPES))) })),
      name: anyText(`${title}Name`),
    }),
  );

export const FlowFilter = model("FlowFilter", {
  operator: operator(),
  id: anyId("FlowFilterId"),
  deployment: optional(model("FlowFilterDeployment", { operator: operator(), is_null_: maybe() })),
  name: anyOrLike("FlowFilterName"),
  tags: tags("FlowFilterTags"),
});

export const FlowRunFilter = model("FlowRunFilter", {
  operator: operator(),
  id: optional(model("FlowRunFilterId", { any_: uuids(), not_any_: uuids() })),
  name: anyOrLike("FlowRunFilterName"),
  tags: tags("FlowRunFilterTags"),
  deployment_id: optional(model("FlowRunFilterDeploymentId", { operator: operator(), any_: uuids(), is_null_: maybe() })),
  work_queue_name: optional(model("FlowRunFilterWorkQueueName", { operator: operator(), any_: texts(), is_null_: maybe() })),
  state: state("FlowRunFilterState"),
  flow_version: anyText("FlowRunFilterFlowVersion"),
  start_time: spanOrNull("FlowRunFilterStartTime"),
  expected_start_time: span("FlowRunFilterExpectedStartTime"),
  next_scheduled_start_time: span("FlowRunFilterNextScheduledStartTime"),
  parent_flow_run_id: optional(model("FlowRunFilterParentFlowRunId", { operator: operator(), any_: uuids() })),
  parent_task_run_id: optional(model("FlowRunFilterParentTaskRunId", { operator: operator(), any_: uuids(), is_null_: maybe() })),
  idempotency_key: optional(model("FlowRunFilterIdempotencyKey", { any_: texts(), not_any_: texts() })),
});

export const TaskRunFilter = model("TaskRunFilter", {
  operator: operator(),
  id: anyId("TaskRunFilterId"),
  name: anyOrLike("TaskRunFilterName"),
  tags: tags("TaskRunFilterTags"),
  state: state("TaskRunFilterState"),
  start_time: spanOrNull("TaskRunFilterStartTime"),
  subflow_runs: optional(model("TaskRunFilterSubFlowRuns", { exists_: maybe() })),
  flow_run_id: optional(
    model("TaskRunFilterFlowRunId", { operator: operator(), any_: uuids(), is_null_: withDefault(boolean(), false).nullable() }),
  ),
});

export const DeploymentFilter = model("DeploymentFilter", {
  operator: operator(),
  id: anyId("DeploymentFilterId"),
  name: anyOrLike("DeploymentFilterName"),
  paused: optional(model("DeploymentFilterPaused", { eq_: maybe() })),
  is_schedule_active: optional(model("DeploymentFilterIsScheduleActive", { eq_: maybe() })),
  tags: tags("DeploymentFilterTags"),
  work_queue_name: anyText("DeploymentFilterWorkQueueName"),
});

export const WorkPoolFilter = model("WorkPoolFilter", {
  operator: operator(),
  id: anyId("WorkPoolFilterId"),
  name: anyText("WorkPoolFilterName"),
  type: anyText("WorkPoolFilterType"),
});

export const WorkQueueFilter = model("WorkQueueFilter", {
  operator: operator(),
  id: anyId("WorkQueueFilterId"),
  name: optional(model("WorkQueueFilterName", { any_: texts(), startswith_: texts() })),
});

export const WorkerFilter = model("WorkerFilter", {
  operator: operator(),
  last_heartbeat_time: span("WorkerFilterLastHeartbeatTime"),
  status: optional(
    model("WorkerFilterStatus", { any_: optional(list(oneOf("ONLINE", "OFFLINE"))), not_any_: optional(list(oneOf("ONLINE", "OFFLINE"))) }),
  ),
});

export const LogFilter = model("LogFilter", {
  operator: operator(),
  level: optional(model("LogFilterLevel", { ge_: optional(integer()), le_: optional(integer()) })),
  timestamp: span("LogFilterTimestamp"),
  flow_run_id: anyId("LogFilterFlowRunId"),
  task_run_id: anyId("LogFilterTaskRunId"),
});

const artifactCriteria = (title: string) => ({
  key: optional(model(`${title}Key`, { any_: texts(), like_: optional(text()), exists_: maybe() })),
  flow_run_id: anyId(`${title}FlowRunId`),
  task_run_id: anyId(`${title}TaskRunId`),
  type: optional(model(`${title}Type`, { any_: texts(), not_any_: texts() })),
});

export const ArtifactFilter = model("ArtifactFilter", {
  operator: operator(),
  id: anyId("ArtifactFilterId"),
  ...artifactCriteria("ArtifactFilter"),
});

export const ArtifactCollectionFilter = model("ArtifactCollectionFilter", {
  operator: operator(),
  latest_id: anyId("ArtifactCollectionFilterLatestId"),
  ...artifactCriteria("ArtifactCollectionFilter"),
});

export const VariableFilter = model("VariableFilter", {
  operator: operator(),
  id: anyId("VariableFilterId"),
  name: anyOrLike("VariableFilterName"),
  value: anyOrLike("VariableFilterValue"),
  tags: tags("VariableFilterTags"),
});

export const BlockTypeFilter = model("BlockTypeFilter", {
  name: optional(model("BlockTypeFilterName", { like_: optional(text()) })),
  slug: anyText("BlockTypeFilterSlug"),
});

export const BlockSchemaFilter = model("BlockSchemaFilter", {
  operator: operator(),
  block_type_id: anyId("BlockSchemaFilterBlockTypeId"),
  block_capabilities: optional(model("BlockSchemaFilterCapabilities", { all_: texts() })),
  id: anyId("BlockSchemaFilterId"),
  version: anyText("BlockSchemaFilterVersion"),
});

/** Without `is_anonymous` only named documents are listed; null lists both. */
export const BlockDocumentFilter = model("BlockDocumentFilter", {
  operator: operator(),
  id: anyId("BlockDocumentFilterId"),
  is_anonymous: model("BlockDocumentFilterIsAnonymous", { eq_: maybe() }).nullable().default({ eq_: false }),
  block_type_id: anyId("BlockDocumentFilterBlockTypeId"),
  name: anyOrLike("BlockDocumentFilterName"),
});

/** Without `is_active` an empty filter lists inactive policies only, as the real server does. */
export const NotificationPolicyFilter = model("FlowRunNotificationPolicyFilter", {
  is_active: model("FlowRunNotificationPolicyFilterIsActive", { eq_: maybe() }).nullable().default({ eq_: false }),
});

/** The filter arguments shared by the lists and counts of flows, deployments, flow runs and task runs. */
export const runFilters = {
  flows: optional(FlowFilter),
  flow_runs: optional(FlowRunFilter),
  task_runs: optional(TaskRunFilter),
  deployments: optional(DeploymentFilter),
};

/** `runFilters` and those by pool and queue. */
export const poolFilters = { work_pools: optional(WorkPoolFilter), work_pool_queues: optional(WorkQueueFilter) };

export const paramsById = z.object({ id: uuid() });
