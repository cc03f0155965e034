import { type SQL, sql } from "drizzle-orm";
import type {
  DeploymentFilter,
  FlowFilter,
  FlowRunFilter,
  RunFilters,
  TaskRunFilter,
  WorkPoolFilter,
  WorkQueueFilter,
} from "../../domain/filters.ts";
import type { TenantId } from "../../domain/ids.ts";
import { deployments, flowRuns, flows, taskRuns, workPools, workQueues } from "../tables.ts";
import {
  all,
  type Condition,
  combine,
  equals,
  inState,
  isAnyOf,
  isNoneOf,
  like,
  nullness,
  startsWith,
  tagged,
  within,
} from "./conditions.ts";

/** Conditions over the table each is named for; used in that table's own query or inside an EXISTS over it. */

export const flowMatches = (filter: FlowFilter): Condition =>
  combine(filter.operator, [
    isAnyOf(flows.id, filter.id?.any),
    filter.deployment?.isNull === null || filter.deployment?.isNull === undefined
      ? undefined
      : sql`${filter.deployment.isNull ? sql`NOT ` : sql``}EXISTS (SELECT 1 FROM ${deployments} WHERE ${ofFlow(deployments)})`,
    isAnyOf(flows.name, filter.name?.any),
    like(flows.name, filter.name?.like),
    tagged(flows.tags, filter.tags),
  ]);

export const flowRunMatches = (filter: FlowRunFilter): Condition =>
  combine(filter.operator, [
    filter.id ? combine("and_", [isAnyOf(flowRuns.id, filter.id.any), isNoneOf(flowRuns.id, filter.id.notAny)]) : undefined,
    filter.name ? combine("and_", [isAnyOf(flowRuns.name, filter.name.any), like(flowRuns.name, filter.name.like)]) : undefined,
    tagged(flowRuns.tags, filter.tags),
    filter.deploymentId
      ? combine(filter.deploymentId.operator, [
          isAnyOf(flowRuns.deploymentId, filter.deploymentId.any),
          nullness(flowRuns.deploymentId, filter.deploymentId.isNull),
        ])
      : undefined,
    filter.workQueueName
      ? combine(filter.workQueueName.operator, [
          isAnyOf(flowRuns.workQueueName, filter.workQueueName.any),
          nullness(flowRuns.workQueueName, filter.workQueueName.isNull),
        ])
      : undefined,
    inState(flowRuns.stateType, flowRuns.stateName, filter.state),
    isAnyOf(flowRuns.flowVersion, filter.flowVersion?.any),
    filter.startTime
      ? combine("and_", [within(flowRuns.startedAt, filter.startTime), nullness(flowRuns.startedAt, filter.startTime.isNull)])
      : undefined,
    within(flowRuns.expectedStartAt, filter.expectedStartTime),
    within(flowRuns.nextScheduledStartAt, filter.nextScheduledStartTime),
    filter.parentFlowRunId?.any
      ? sql`EXISTS (SELECT 1 FROM task_runs AS parent WHERE parent.tenant_id = ${flowRuns.tenantId} AND parent.id = ${flowRuns.parentTaskRunId} AND ${isAnyOf(sql`parent.flow_run_id`, filter.parentFlowRunId.any)})`
      : undefined,
    filter.parentTaskRunId
      ? combine(filter.parentTaskRunId.operator, [
          isAnyOf(flowRuns.parentTaskRunId, filter.parentTaskRunId.any),
          nullness(flowRuns.parentTaskRunId, filter.parentTaskRunId.isNull),
        ])
      : undefined,
    filter.idempotencyKey
      ? combine("and_", [
          isAnyOf(flowRuns.idempotencyKey, filter.idempotencyKey.any),
          isNoneOf(flowRuns.idempotencyKey, filter.idempotencyKey.notAny),
        ])
      : undefined,
  ]);

export const taskRunMatches = (filter: TaskRunFilter): Condition =>
  combine(filter.operator, [
    isAnyOf(taskRuns.id, filter.id?.any),
    filter.name ? combine("and_", [isAnyOf(taskRuns.name, filter.name.any), like(taskRuns.name, filter.name.like)]) : undefined,
    tagged(taskRuns.tags, filter.tags),
    inState(taskRuns.stateType, taskRuns.stateName, filter.state),
    filter.startTime
      ? combine("and_", [within(taskRuns.startedAt, filter.startTime), nullness(taskRuns.startedAt, filter.startTime.isNull)])
      : undefined,
    filter.subflowRuns?.exists === null || filter.subflowRuns?.exists === undefined
      ? undefined
      : sql`${filter.subflowRuns.exists ? sql`` : sql`NOT `}EXISTS (SELECT 1 FROM flow_runs AS subflow WHERE subflow.tenant_id = ${taskRuns.tenantId} AND subflow.parent_task_run_id = ${taskRuns.id})`,
    filter.flowRunId
      ? filter.flowRunId.isNull
        ? nullness(taskRuns.flowRunId, true)
        : isAnyOf(taskRuns.flowRunId, filter.flowRunId.any)
      : undefined,
  ]);

export const deploymentMatches = (filter: DeploymentFilter): Condition =>
  combine(filter.operator, [
    isAnyOf(deployments.id, filter.id?.any),
    filter.name ? combine("and_", [isAnyOf(deployments.name, filter.name.any), like(deployments.name, filter.name.like)]) : undefined,
    equals(deployments.paused, filter.paused?.eq),
    equals(
      deployments.paused,
      filter.isScheduleActive?.eq === null || filter.isScheduleActive?.eq === undefined ? null : !filter.isScheduleActive.eq,
    ),
    tagged(deployments.tags, filter.tags),
    isAnyOf(deployments.workQueueName, filter.workQueueName?.any),
  ]);

export const workPoolMatches = (filter: WorkPoolFilter): Condition =>
  combine(filter.operator, [
    isAnyOf(workPools.id, filter.id?.any),
    isAnyOf(workPools.name, filter.name?.any),
    isAnyOf(workPools.type, filter.type?.any),
  ]);

export const workQueueMatches = (filter: WorkQueueFilter): Condition =>
  combine(filter.operator, [
    isAnyOf(workQueues.id, filter.id?.any),
    filter.name
      ? combine("and_", [isAnyOf(workQueues.name, filter.name.any), startsWith(workQueues.name, filter.name.startswith)])
      : undefined,
  ]);

/** The table a list is of; the other filters become EXISTS over their relation to it. */
export type Listed = "flows" | "flowRuns" | "taskRuns" | "deployments";

const ofFlow = (table: typeof deployments | typeof flowRuns): SQL =>
  sql`${table.tenantId} = ${flows.tenantId} AND ${table.flowId} = ${flows.id}`;
const ofDeployment = sql`${flowRuns.tenantId} = ${deployments.tenantId} AND ${flowRuns.deploymentId} = ${deployments.id}`;
const ofFlowRun = sql`${taskRuns.tenantId} = ${flowRuns.tenantId} AND ${taskRuns.flowRunId} = ${flowRuns.id}`;

const exists = (
  table: typeof flows | typeof flowRuns | typeof taskRuns | typeof deployments,
  relation: SQL,
  condition: Condition | SQL,
): SQL => sql`EXISTS (SELECT 1 FROM ${table} WHERE ${relation} AND ${condition ?? sql`1`})`;

/** The condition of a queue or pool filter on rows that name their queue. Runs and deployments without a queue match none. */
function throughQueue(row: typeof flowRuns | typeof deployments, filters: RunFilters): Condition {
  if (!filters.workPools && !filters.workPoolQueues) return undefined;
  const queue = filters.workPoolQueues ? workQueueMatches(filters.workPoolQueues) : undefined;
  const pool = filters.workPools
    ? sql`EXISTS (SELECT 1 FROM ${workPools} WHERE ${workPools.tenantId} = ${workQueues.tenantId} AND ${workPools.id} = ${workQueues.workPoolId} AND ${workPoolMatches(filters.workPools) ?? sql`1`})`
    : undefined;
  return sql`EXISTS (SELECT 1 FROM ${workQueues} WHERE ${workQueues.tenantId} = ${row.tenantId} AND ${workQueues.id} = ${row.workQueueId} AND ${all(queue, pool)})`;
}

/** The whole WHERE of a list or count: the tenant, and every filter given (`spec/resources.md`, Filters). */
export function listCondition(listed: Listed, tenantId: TenantId, filters: RunFilters): SQL {
  return LISTED[listed](tenantId, filters);
}

const LISTED: Record<Listed, (tenantId: TenantId, filters: RunFilters) => SQL> = {
  flows: (tenantId, f) =>
    all(
      sql`${flows.tenantId} = ${tenantId}`,
      f.flows ? flowMatches(f.flows) : undefined,
      f.deployments || f.workPools || f.workPoolQueues
        ? exists(
            deployments,
            ofFlow(deployments),
            all(f.deployments ? deploymentMatches(f.deployments) : undefined, throughQueue(deployments, f)),
          )
        : undefined,
      f.flowRuns || f.taskRuns
        ? exists(
            flowRuns,
            ofFlow(flowRuns),
            all(
              f.flowRuns ? flowRunMatches(f.flowRuns) : undefined,
              f.taskRuns ? exists(taskRuns, ofFlowRun, taskRunMatches(f.taskRuns)) : undefined,
            ),
          )
        : undefined,
    ),
  deployments: (tenantId, f) =>
    all(
      sql`${deployments.tenantId} = ${tenantId}`,
      f.deployments ? deploymentMatches(f.deployments) : undefined,
      f.flows
        ? exists(flows, sql`${flows.tenantId} = ${deployments.tenantId} AND ${flows.id} = ${deployments.flowId}`, flowMatches(f.flows))
        : undefined,
      f.flowRuns || f.taskRuns
        ? exists(
            flowRuns,
            ofDeployment,
            all(
              f.flowRuns ? flowRunMatches(f.flowRuns) : undefined,
              f.taskRuns ? exists(taskRuns, ofFlowRun, taskRunMatches(f.taskRuns)) : undefined,
            ),
          )
        : undefined,
      throughQueue(deployments, f),
    ),
  flowRuns: (tenantId, f) =>
    all(
      sql`${flowRuns.tenantId} = ${tenantId}`,
      f.flowRuns ? flowRunMatches(f.flowRuns) : undefined,
      f.flows
        ? exists(flows, sql`${flows.tenantId} = ${flowRuns.tenantId} AND ${flows.id} = ${flowRuns.flowId}`, flowMatches(f.flows))
        : undefined,
      f.taskRuns ? exists(taskRuns, ofFlowRun, taskRunMatches(f.taskRuns)) : undefined,
      f.deployments
        ? exists(
            deployments,
            sql`${deployments.tenantId} = ${flowRuns.tenantId} AND ${deployments.id} = ${flowRuns.deploymentId}`,
            deploymentMatches(f.deployments),
          )
        : undefined,
      throughQueue(flowRuns, f),
    ),
  taskRuns: (tenantId, f) =>
    all(
      sql`${taskRuns.tenantId} = ${tenantId}`,
      f.taskRuns ? taskRunMatches(f.taskRuns) : undefined,
      f.flows || f.flowRuns || f.deployments || f.workPools || f.workPoolQueues
        ? exists(
            flowRuns,
            sql`${flowRuns.tenantId} = ${taskRuns.tenantId} AND ${flowRuns.id} = ${taskRuns.flowRunId}`,
            all(
              f.flowRuns ? flowRunMatches(f.flowRuns) : undefined,
              f.flows
                ? exists(flows, sql`${flows.tenantId} = ${flowRuns.tenantId} AND ${flows.id} = ${flowRuns.flowId}`, flowMatches(f.flows))
                : undefined,
              f.deployments
                ? exists(
                    deployments,
                    sql`${deployments.tenantId} = ${flowRuns.tenantId} AND ${deployments.id} = ${flowRuns.deploymentId}`,
                    deploymentMatches(f.deployments),
                  )
                : undefined,
              throughQueue(flowRuns, f),
            ),
          )
        : undefined,
    ),
};
