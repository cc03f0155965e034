import { type AnyColumn, getTableName, type SQL, sql } from "drizzle-orm";
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
import { all, type Condition, combine, criterion, equals, inState, isAnyOf, type Maybe, tagged } from "./conditions.ts";

/** Conditions over the table each is named for; used in that table's own query or inside an EXISTS over it. */

export const flowMatches = (filter: FlowFilter): Condition =>
  combine(filter.operator, [
    criterion(flows.id, filter.id),
    whether(filter.deployment, filter.deployment?.isNull === false, sql`SELECT 1 FROM ${deployments} WHERE ${ofFlow(deployments)}`),
    criterion(flows.name, filter.name),
    tagged(flows.tags, filter.tags),
  ]);

/** A criterion of there being a row or none; given without either, every row meets it. */
function whether(asked: { isNull?: Maybe<boolean>; exists?: Maybe<boolean> } | null | undefined, wanted: boolean, rows: SQL): Condition {
  if (!asked) return undefined;
  if (typeof (asked.isNull ?? asked.exists) !== "boolean") return sql`1`;
  return wanted ? sql`EXISTS (${rows})` : sql`NOT EXISTS (${rows})`;
}

const flowRunMatches = (tenantId: TenantId, filter: FlowRunFilter): Condition =>
  combine(filter.operator, [
    criterion(flowRuns.id, filter.id),
    criterion(flowRuns.name, filter.name),
    tagged(flowRuns.tags, filter.tags),
    criterion(flowRuns.deploymentId, filter.deploymentId),
    criterion(flowRuns.workQueueName, filter.workQueueName),
    inState(flowRuns.stateType, flowRuns.stateName, filter.state),
    criterion(flowRuns.flowVersion, filter.flowVersion),
    criterion(flowRuns.startedAt, filter.startTime),
    criterion(flowRuns.expectedStartAt, filter.expectedStartTime),
    criterion(flowRuns.nextScheduledStartAt, filter.nextScheduledStartTime),
    filter.parentFlowRunId?.any
      ? sql`${flowRuns.parentTaskRunId} IN (SELECT parent.id FROM task_runs AS parent WHERE parent.tenant_id = ${tenantId} AND ${isAnyOf(sql`parent.flow_run_id`, filter.parentFlowRunId.any)})`
      : filter.parentFlowRunId
        ? sql`1`
        : undefined,
    criterion(flowRuns.parentTaskRunId, filter.parentTaskRunId),
    criterion(flowRuns.idempotencyKey, filter.idempotencyKey),
  ]);

const taskRunMatches = (filter: TaskRunFilter): Condition =>
  combine(filter.operator, [
    criterion(taskRuns.id, filter.id),
    criterion(taskRuns.name, filter.name),
    tagged(taskRuns.tags, filter.tags),
    inState(taskRuns.stateType, taskRuns.stateName, filter.state),
    criterion(taskRuns.startedAt, filter.startTime),
    whether(
      filter.subflowRuns,
      filter.subflowRuns?.exists === true,
      sql`SELECT 1 FROM flow_runs AS subflow WHERE subflow.tenant_id = ${taskRuns.tenantId} AND subflow.parent_task_run_id = ${taskRuns.id}`,
    ),
    // Null wins over the ids, and not null asks for nothing.
    criterion(taskRuns.flowRunId, filter.flowRunId && (filter.flowRunId.isNull ? { isNull: true } : { any: filter.flowRunId.any })),
  ]);

export const deploymentMatches = (filter: DeploymentFilter): Condition =>
  combine(filter.operator, [
    criterion(deployments.id, filter.id),
    criterion(deployments.name, filter.name),
    equals(deployments.paused, filter.paused),
    equals(sql`(NOT ${deployments.paused})`, filter.isScheduleActive),
    tagged(deployments.tags, filter.tags),
    criterion(deployments.workQueueName, filter.workQueueName),
  ]);

export const workPoolMatches = (filter: WorkPoolFilter): Condition =>
  combine(filter.operator, [
    criterion(workPools.id, filter.id),
    criterion(workPools.name, filter.name),
    criterion(workPools.type, filter.type),
  ]);

export const workQueueMatches = (filter: WorkQueueFilter): Condition =>
  combine(filter.operator, [criterion(workQueues.id, filter.id), criterion(workQueues.name, filter.name)]);

/** The table a list is of; the other filters become EXISTS over their relation to it. */
export type Listed = "flows" | "flowRuns" | "taskRuns" | "deployments";

const ofFlow = (table: typeof deployments | typeof flowRuns): SQL =>
  sql`${table.tenantId} = ${flows.tenantId} AND ${table.flowId} = ${flows.id}`;
const ofFlowRun = sql`${taskRuns.tenantId} = ${flowRuns.tenantId} AND ${taskRuns.flowRunId} = ${flowRuns.id}`;

const exists = (
  table: typeof flows | typeof flowRuns | typeof taskRuns | typeof deployments,
  relation: SQL,
  condition: Condition | SQL,
): SQL => sql`EXISTS (SELECT 1 FROM ${table} WHERE ${relation} AND ${condition ?? sql`1`})`;

/**
 * The condition that a column's value is among those of the rows that match. Not by EXISTS: SQLite would look at all of a tenant's
 * rows, while from the values that match it finds theirs by an index.
 */
const isOneOf = (column: AnyColumn, values: AnyColumn, tenantId: TenantId, condition: Condition): SQL =>
  sql`${column} IN (SELECT ${values} FROM ${values.table} WHERE ${sql.identifier(getTableName(values.table))}.tenant_id = ${tenantId} AND ${condition ?? sql`1`})`;

/** Whether a filter of runs names the few it is about; to gather the matches of another could cost more than to try each row. */
const namesFew = ({ flowRuns: runs, taskRuns: tasks }: Pick<RunFilters, "flowRuns" | "taskRuns">): boolean =>
  (runs?.operator !== "or_" && Array.isArray(runs?.id?.any)) ||
  (tasks?.operator !== "or_" && (Array.isArray(tasks?.id?.any) || Array.isArray(tasks?.flowRunId?.any)));

/** The condition that a row has a run, by that run's column, which the filters of runs match. */
const hasRun = (
  column: AnyColumn,
  of: typeof flowRuns.flowId | typeof flowRuns.deploymentId | typeof flowRuns.id,
  tenantId: TenantId,
  f: Pick<RunFilters, "flowRuns" | "taskRuns">,
  more?: Condition,
): SQL => {
  const condition = all(
    f.flowRuns ? flowRunMatches(tenantId, f.flowRuns) : undefined,
    f.taskRuns ? hasTaskRun(tenantId, f.taskRuns) : undefined,
    more,
  );
  return namesFew(f)
    ? isOneOf(column, of, tenantId, condition)
    : exists(flowRuns, sql`${flowRuns.tenantId} = ${tenantId} AND ${of} = ${column}`, condition);
};

/** The condition that a flow run has a task run which the filter matches. */
const hasTaskRun = (tenantId: TenantId, filter: TaskRunFilter): SQL =>
  namesFew({ taskRuns: filter })
    ? isOneOf(flowRuns.id, taskRuns.flowRunId, tenantId, taskRunMatches(filter))
    : exists(taskRuns, ofFlowRun, taskRunMatches(filter));

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
        ? isOneOf(
            flows.id,
            deployments.flowId,
            tenantId,
            all(f.deployments ? deploymentMatches(f.deployments) : undefined, throughQueue(deployments, f)),
          )
        : undefined,
      f.flowRuns || f.taskRuns ? hasRun(flows.id, flowRuns.flowId, tenantId, f) : undefined,
    ),
  deployments: (tenantId, f) =>
    all(
      sql`${deployments.tenantId} = ${tenantId}`,
      f.deployments ? deploymentMatches(f.deployments) : undefined,
      f.flows ? isOneOf(deployments.flowId, flows.id, tenantId, flowMatches(f.flows)) : undefined,
      f.flowRuns || f.taskRuns ? hasRun(deployments.id, flowRuns.deploymentId, tenantId, f) : undefined,
      throughQueue(deployments, f),
    ),
  flowRuns: (tenantId, f) =>
    all(
      sql`${flowRuns.tenantId} = ${tenantId}`,
      f.flowRuns ? flowRunMatches(tenantId, f.flowRuns) : undefined,
      f.flows ? isOneOf(flowRuns.flowId, flows.id, tenantId, flowMatches(f.flows)) : undefined,
      f.taskRuns ? hasTaskRun(tenantId, f.taskRuns) : undefined,
      f.deployments ? isOneOf(flowRuns.deploymentId, deployments.id, tenantId, deploymentMatches(f.deployments)) : undefined,
      throughQueue(flowRuns, f),
    ),
  taskRuns: (tenantId, f) =>
    all(
      sql`${taskRuns.tenantId} = ${tenantId}`,
      f.taskRuns ? taskRunMatches(f.taskRuns) : undefined,
      f.flows || f.flowRuns || f.deployments || f.workPools || f.workPoolQueues
        ? hasRun(
            taskRuns.flowRunId,
            flowRuns.id,
            tenantId,
            { flowRuns: f.flowRuns },
            all(
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

/** The condition on a row that names a flow run or a task run: that the run matches (`filters`, of which there is at least one). */
export const ofRun = (
  listed: "flowRuns" | "taskRuns",
  column: AnyColumn,
  tenantId: TenantId,
  filters: Pick<RunFilters, "flowRuns" | "taskRuns" | "flows" | "deployments">,
): SQL => {
  const { id } = listed === "flowRuns" ? flowRuns : taskRuns;
  const condition = listCondition(listed, tenantId, filters);
  return namesFew(filters)
    ? isOneOf(column, id, tenantId, condition)
    : sql`EXISTS (SELECT 1 FROM ${id.table} WHERE ${id} = ${column} AND ${condition})`;
};
