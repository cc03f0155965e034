import { z } from "@hono/zod-openapi";
import { InvalidRequest } from "../../domain/errors.ts";
import { isJsonObject, type JsonObject, stringifyJson } from "../../domain/json.ts";
import { checkCreatedParameters } from "../../domain/parameters/prepare.ts";
import { proposeState } from "../../domain/states/state.ts";
import type { Micros } from "../../domain/time.ts";
import { isPolled } from "../../domain/work-pools/readiness.ts";
import type { DeploymentRead } from "../../store/deployments.ts";
import type { WorkQueueRow } from "../../store/work-queues.ts";
import { poolFilters, runFilters } from "./filters.ts";
import { NameSort } from "./flows.ts";
import { bannedCharacter, boolean, dict, list, model, name, optional, text, uuid, withDefault } from "./model.ts";
import { CreatedBy, freeObject, freeObjectOrNull, id, ormFields, ormToWire, provenanceToWire, time, timeOrNull } from "./objects.ts";
import { limitKey, offsetKey } from "./paging.ts";
import { runName } from "./run-fields.ts";
import { FlowRunPolicyCreate, flowRunPolicyOf } from "./run-policies.ts";
import {
  DeploymentSchedule,
  DeploymentScheduleCreate,
  newScheduleOf,
  Schedule,
  schedule,
  scheduleToWire,
  shownSchedule,
} from "./schedules.ts";
import { proposalOf, StateCreate } from "./states.ts";
import { WorkQueue, workQueueToWire } from "./work-queues.ts";

/** Fields that were dropped; old clients still send them. */
const DROPPED = ["worker_pool_queue_id", "worker_pool_name", "worker_pool_queue_name", "work_pool_queue_name"];

/** `infra_overrides` is the old name of `job_variables`: either stands for both, two that differ are refused. */
const withOldNames = <T extends z.ZodType>(body: T) =>
  z.preprocess((value, context) => {
    if (!isJsonObject(value)) return value;
    const given = Object.fromEntries(Object.entries(value).filter(([key]) => !DROPPED.includes(key))) as JsonObject;
    const { job_variables: variables = null, infra_overrides: overrides = null } = given;
    if (variables === null && overrides === null) return given;
    if (variables !== null && overrides !== null && stringifyJson(variables) !== stringifyJson(overrides)) {
      const message = "The `infra_overrides` field has been renamed to `job_variables`.Use one of these fields, but not both.";
      context.addIssue({ code: "custom", path: ["__root__"], message, params: { type: "value_error" } });
      return z.NEVER;
    }
    return { ...given, job_variables: variables ?? overrides, infra_overrides: overrides ?? variables };
  }, body);

export const DeploymentCreate = withOldNames(
  model("DeploymentCreate", {
    infra_overrides: withDefault(dict().nullable(), {}),
    name: text(),
    flow_id: uuid(),
    is_schedule_active: boolean().optional(),
    paused: boolean().optional(),
    schedules: withDefault(list(DeploymentScheduleCreate), []),
    enforce_parameter_schema: withDefault(boolean(), false),
    parameter_openapi_schema: optional(dict()),
    parameters: dict().optional(),
    tags: withDefault(list(text()), []),
    pull_steps: optional(list(dict())),
    manifest_path: optional(text()),
    work_queue_name: optional(name()),
    work_pool_name: optional(text()),
    storage_document_id: optional(uuid()),
    infrastructure_document_id: optional(uuid()),
    schedule: optional(schedule()),
    description: optional(text()),
    path: optional(text()),
    version: optional(text()),
    entrypoint: optional(text()),
    job_variables: withDefault(dict(), {}),
  }),
);

/** A request's deployment as the services take it. Throws InvalidRequest for a schema that is none, or parameters that do not obey it. */
export function newDeploymentOf(body: z.output<typeof DeploymentCreate>) {
  checkCreatedParameters(body.enforce_parameter_schema, body.parameter_openapi_schema ?? undefined, body.parameters);
  // Only asked when the rest of the request is right, as by the real server.
  const problem = bannedCharacter(body.name);
  if (problem) throw new InvalidRequest([{ loc: ["body", "name"], ...problem }]);
  const active = body.is_schedule_active ?? true;
  return {
    name: body.name,
    flowId: body.flow_id,
    paused: body.paused ?? !active,
    schedules: body.schedules.length === 0 && body.schedule ? [plain(body.schedule, active)] : body.schedules.map(newScheduleOf),
    schedule: body.schedule ?? null,
    enforceParameterSchema: body.enforce_parameter_schema,
    parameterOpenapiSchema: body.parameter_openapi_schema ?? null,
    parameters: body.parameters ?? {},
    tags: body.tags,
    pullSteps: body.pull_steps ?? null,
    manifestPath: body.manifest_path ?? null,
    workQueueName: body.work_queue_name ?? null,
    workPoolName: body.work_pool_name ?? null,
    storageDocumentId: body.storage_document_id ?? null,
    infrastructureDocumentId: body.infrastructure_document_id ?? null,
    description: body.description ?? null,
    path: body.path ?? null,
    version: body.version ?? null,
    entrypoint: body.entrypoint ?? null,
    jobVariables: body.infra_overrides,
  };
}

const plain = (given: JsonObject, active: boolean) => ({
  schedule: given,
  active,
  maxActiveRuns: null,
  maxScheduledRuns: null,
  catchup: false,
  catchupPolicy: null,
});

export const DeploymentUpdate = withOldNames(
  model("DeploymentUpdate", {
    infra_overrides: optional(dict()),
    version: optional(text()),
    schedule: optional(schedule()),
    description: optional(text()),
    is_schedule_active: boolean().optional(),
    paused: boolean().optional(),
    schedules: list(DeploymentScheduleCreate).optional(),
    parameters: optional(dict()),
    tags: list(text()).optional(),
    work_queue_name: optional(name()),
    work_pool_name: optional(text()),
    path: optional(text()),
    job_variables: optional(dict()),
    entrypoint: optional(text()),
    manifest_path: optional(text()),
    storage_document_id: optional(uuid()),
    infrastructure_document_id: optional(uuid()),
    enforce_parameter_schema: optional(boolean()),
  }),
);

/** What a request changes of a deployment; keys that were not sent are undefined. */
export const deploymentChangesOf = (body: z.output<typeof DeploymentUpdate>) => ({
  version: body.version,
  schedule: body.schedule,
  description: body.description,
  isScheduleActive: body.is_schedule_active,
  paused: body.paused,
  schedules: body.schedules?.map(newScheduleOf),
  parameters: body.parameters,
  tags: body.tags,
  workQueueName: body.work_queue_name,
  workPoolName: body.work_pool_name,
  path: body.path,
  jobVariables: body.infra_overrides,
  entrypoint: body.entrypoint,
  manifestPath: body.manifest_path,
  storageDocumentId: body.storage_document_id,
  infrastructureDocumentId: body.infrastructure_document_id,
  enforceParameterSchema: body.enforce_parameter_schema,
});

const filterKeys = { ...runFilters, ...poolFilters };
export const DeploymentsCountBody = z.object(filterKeys);
export const DeploymentsFilterBody = z.object({ ...limitKey, ...offsetKey, ...filterKeys, sort: withDefault(NameSort, "NAME_ASC") });

export const DeploymentFlowRunCreate = model("DeploymentFlowRunCreate", {
  state: optional(StateCreate),
  name: runName().optional(),
  parameters: withDefault(dict(), {}),
  enforce_parameter_schema: optional(boolean()),
  context: withDefault(dict(), {}),
  infrastructure_document_id: optional(uuid()),
  empirical_policy: FlowRunPolicyCreate.prefault({}),
  tags: withDefault(list(text()), []),
  idempotency_key: optional(text()),
  parent_task_run_id: optional(uuid()),
  work_queue_name: optional(name()),
  job_variables: optional(dict()),
});

/** A request's run as the services take it; without a state it is scheduled for `now`. */
export const deploymentRunOf = (body: z.output<typeof DeploymentFlowRunCreate>, now: Micros) => ({
  state: body.state ? proposalOf(body.state, now) : proposeState({ type: "SCHEDULED" }, now),
  name: body.name ?? null,
  parameters: body.parameters,
  enforceParameterSchema: body.enforce_parameter_schema ?? null,
  context: body.context,
  infrastructureDocumentId: body.infrastructure_document_id ?? null,
  policy: flowRunPolicyOf(body.empirical_policy),
  tags: body.tags,
  idempotencyKey: body.idempotency_key ?? null,
  parentTaskRunId: body.parent_task_run_id ?? null,
  workQueueName: body.work_queue_name ?? null,
  jobVariables: body.job_variables ?? null,
});

export const Deployment = z
  .object({
    ...ormFields,
    infra_overrides: freeObject(),
    name: z.string(),
    version: z.string().nullable(),
    description: z.string().nullable(),
    flow_id: id(),
    schedule: Schedule.nullable(),
    is_schedule_active: z.boolean(),
    paused: z.boolean(),
    schedules: z.array(DeploymentSchedule),
    parameters: freeObject(),
    tags: z.array(z.string()),
    work_queue_name: z.string().nullable(),
    last_polled: time().nullable(),
    parameter_openapi_schema: freeObjectOrNull(),
    path: z.string().nullable(),
    pull_steps: z.array(freeObject()).nullable(),
    entrypoint: z.string().nullable(),
    manifest_path: z.string().nullable(),
    storage_document_id: id().nullable(),
    infrastructure_document_id: id().nullable(),
    created_by: CreatedBy.nullable(),
    updated_by: CreatedBy.nullable(),
    work_pool_name: z.string().nullable(),
    status: z.enum(["READY", "NOT_READY"]),
    enforce_parameter_schema: z.boolean(),
  })
  .openapi("DeploymentResponse");

/**
 * A deployment as the dialect shows it at `now`. Its queue's present name hides the one it was made with; `schedule` is the last changed
 * one; it was polled when its queue was.
 */
export function deploymentToWire(row: DeploymentRead, now: Micros): z.input<typeof Deployment> {
  const polledAt = Math.max(row.lastPolledAt ?? 0, row.queuePolledAt ?? 0) || null;
  const [first] = row.schedules;
  return {
    ...ormToWire(row),
    infra_overrides: row.jobVariables,
    name: row.name,
    version: row.version,
    description: row.description,
    flow_id: row.flowId,
    schedule: first ? shownSchedule(first.schedule) : null,
    is_schedule_active: !row.paused,
    paused: row.paused,
    schedules: row.schedules.map(scheduleToWire),
    parameters: row.parameters,
    tags: row.tags,
    work_queue_name: row.linkedQueueName ?? row.workQueueName,
    last_polled: timeOrNull(polledAt),
    parameter_openapi_schema: row.parameterOpenapiSchema,
    path: row.path,
    pull_steps: row.pullSteps,
    entrypoint: row.entrypoint,
    manifest_path: row.manifestPath,
    storage_document_id: row.storageDocumentId,
    infrastructure_document_id: row.infrastructureDocumentId,
    created_by: provenanceToWire(row.createdBy),
    updated_by: provenanceToWire(row.updatedBy),
    work_pool_name: row.workPoolName,
    status: isPolled(polledAt, now) ? "READY" : "NOT_READY",
    enforce_parameter_schema: row.enforceParameterSchema,
  };
}

/** A queue as `work_queue_check` shows it: without what is not its own. */
export const CheckedWorkQueue = WorkQueue.omit({ work_pool_name: true, status: true }).openapi("WorkQueue");

export function checkedQueueToWire(row: WorkQueueRow, now: Micros): z.input<typeof CheckedWorkQueue> {
  const { work_pool_name: _, status: __, ...own } = workQueueToWire({ ...row, workPoolName: "" }, now);
  return own;
}
