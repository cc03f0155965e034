import { z } from "@hono/zod-openapi";
import { stateOfRun } from "../../domain/run-columns.ts";
import { estimatedRunTime, lateness } from "../../domain/run-times.ts";
import type { StateType } from "../../domain/states/types.ts";
import { formatTime, type Micros } from "../../domain/time.ts";
import type { FlowRunRead } from "../../store/flow-runs.ts";
import { poolFilters, runFilters } from "./filters.ts";
import { dict, integer, list, model, oneOf, optional, text, uuid, withDefault } from "./model.ts";
import {
  CreatedBy,
  freeObject,
  freeObjectOrNull,
  id,
  inSeconds,
  ormFields,
  ormToWire,
  provenanceToWire,
  seconds,
  time,
} from "./objects.ts";
import { limitKey, offsetKey } from "./paging.ts";
import { runFields, runName, runToWire } from "./run-fields.ts";
import { FlowRunPolicy, FlowRunPolicyCreate, flowRunPolicyOf, flowRunPolicyToWire } from "./run-policies.ts";
import { pendingState, proposalOf, State, StateCreate, StateTypeName, stateOrNull } from "./states.ts";

export const FlowRunCreate = model("FlowRunCreate", {
  state: optional(StateCreate),
  name: runName().optional(),
  flow_id: uuid(),
  flow_version: optional(text()),
  parameters: withDefault(dict(), {}),
  context: withDefault(dict(), {}),
  parent_task_run_id: optional(uuid()),
  infrastructure_document_id: optional(uuid()),
  empirical_policy: FlowRunPolicyCreate.prefault({}),
  tags: withDefault(list(text()), []),
  idempotency_key: optional(text()),
  deployment_id: optional(uuid()),
});

/** A request's flow run as the services take it; without a state it is PENDING. */
export const newFlowRunOf = (body: z.output<typeof FlowRunCreate>, now: Micros) => ({
  state: body.state ? proposalOf(body.state, now) : pendingState(now),
  name: body.name ?? null,
  flowId: body.flow_id,
  flowVersion: body.flow_version ?? null,
  parameters: body.parameters,
  context: body.context,
  parentTaskRunId: body.parent_task_run_id ?? null,
  infrastructureDocumentId: body.infrastructure_document_id ?? null,
  policy: flowRunPolicyOf(body.empirical_policy),
  tags: body.tags,
  idempotencyKey: body.idempotency_key ?? null,
  deploymentId: body.deployment_id ?? null,
});

export const FlowRunUpdate = model("FlowRunUpdate", {
  name: runName().optional(),
  flow_version: optional(text()),
  parameters: dict().optional(),
  empirical_policy: FlowRunPolicyCreate.optional(),
  tags: list(text()).optional(),
  infrastructure_pid: optional(text()),
  job_variables: optional(dict()),
});

/** What a request changes; keys that were not sent are undefined. */
export const flowRunChangesOf = (body: z.output<typeof FlowRunUpdate>) => ({
  name: body.name,
  flowVersion: body.flow_version,
  parameters: body.parameters,
  policy: body.empirical_policy && flowRunPolicyOf(body.empirical_policy),
  tags: body.tags,
  infrastructurePid: body.infrastructure_pid,
  jobVariables: body.job_variables,
});

const sort = () =>
  oneOf(
    "ID_DESC",
    "START_TIME_ASC",
    "START_TIME_DESC",
    "EXPECTED_START_TIME_ASC",
    "EXPECTED_START_TIME_DESC",
    "NAME_ASC",
    "NAME_DESC",
    "NEXT_SCHEDULED_START_TIME_ASC",
    "END_TIME_DESC",
  );

export const FlowRunsCountBody = z.object({ ...runFilters, ...poolFilters });
export const FlowRunsFilterBody = z.object({
  ...limitKey,
  sort: withDefault(sort(), "ID_DESC"),
  ...offsetKey,
  ...runFilters,
  ...poolFilters,
});

/** The most runs that a chart takes. */
export const MAX_CHARTED = 1000;

export const FlowRunChartBody = z.object({
  sort: withDefault(sort(), "EXPECTED_START_TIME_DESC"),
  limit: withDefault(integer({ le: MAX_CHARTED }), MAX_CHARTED),
  ...offsetKey,
  ...runFilters,
  work_pools: poolFilters.work_pools,
});

export const FlowRun = z
  .object({
    ...ormFields,
    name: z.string(),
    flow_id: id(),
    deployment_id: id().nullable(),
    deployment_version: z.string().nullable(),
    work_queue_id: id().nullable(),
    work_queue_name: z.string().nullable(),
    flow_version: z.string().nullable(),
    parameters: freeObject(),
    idempotency_key: z.string().nullable(),
    context: freeObject(),
    empirical_policy: FlowRunPolicy,
    tags: z.array(z.string()),
    parent_task_run_id: id().nullable(),
    ...runFields,
    auto_scheduled: z.boolean(),
    infrastructure_document_id: id().nullable(),
    infrastructure_pid: z.string().nullable(),
    created_by: CreatedBy.nullable(),
    work_pool_id: id().nullable(),
    work_pool_name: z.string().nullable(),
    state: State.nullable(),
    job_variables: freeObjectOrNull(),
  })
  .openapi("FlowRunResponse");

/** A run as the dialect shows it at `now`. The queue's present name hides the one the run was made with. */
export const flowRunToWire = (run: FlowRunRead, now: Micros): z.input<typeof FlowRun> => ({
  ...ormToWire(run),
  name: run.name,
  flow_id: run.flowId,
  deployment_id: run.deploymentId,
  deployment_version: run.deploymentVersion,
  work_queue_id: run.workQueueId,
  work_queue_name: run.linkedQueueName ?? run.workQueueName,
  flow_version: run.flowVersion,
  parameters: run.parameters,
  idempotency_key: run.idempotencyKey,
  context: run.context,
  empirical_policy: flowRunPolicyToWire(run.policy),
  tags: run.tags,
  parent_task_run_id: run.parentTaskRunId,
  ...runToWire(run, now),
  auto_scheduled: run.autoScheduled,
  infrastructure_document_id: run.infrastructureDocumentId,
  infrastructure_pid: run.infrastructurePid,
  created_by: provenanceToWire(run.createdBy),
  work_pool_id: run.workPoolId,
  work_pool_name: run.workPoolName,
  state: stateOrNull(stateOfRun(run)),
  job_variables: run.jobVariables,
});

export const SimpleFlowRun = z
  .object({ id: id(), state_type: StateTypeName, timestamp: time(), duration: seconds(), lateness: seconds() })
  .openapi("SimpleFlowRun");

interface ChartedRun {
  id: string;
  stateType: StateType | null;
  stateAt: Micros | null;
  startedAt: Micros | null;
  expectedStartAt: Micros | null;
  totalRunTime: number;
}

/** A run in a chart; none without a state or a time. */
export function simpleFlowRunsToWire(runs: readonly ChartedRun[], now: Micros): z.input<typeof SimpleFlowRun>[] {
  return runs.flatMap((run) => {
    const at = run.startedAt ?? run.expectedStartAt;
    if (run.stateType === null || at === null) return [];
    const durations = { duration: inSeconds(estimatedRunTime(run, now)), lateness: inSeconds(lateness(run, now)) };
    return [{ id: run.id, state_type: run.stateType, timestamp: formatTime(at), ...durations }];
  });
}
