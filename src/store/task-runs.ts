import { and, asc, count, desc, eq, getTableColumns, type SQL, sql } from "drizzle-orm";
import type { Page, RunFilters } from "../domain/filters.ts";
import type { TenantId } from "../domain/ids.ts";
import type { Json } from "../domain/json.ts";
import type { StateDetails, StateType } from "../domain/states/types.ts";
import type { Micros } from "../domain/time.ts";
import { type Database, inList, named, type Statement } from "./database.ts";
import { all } from "./filters/conditions.ts";
import { listCondition } from "./filters/runs.ts";
import { insertRows } from "./insert-rows.ts";
import { artifacts, flowRuns, taskRunStates, taskRuns } from "./tables.ts";

export type TaskRunRow = typeof taskRuns.$inferSelect;

/** A run with its present state's data. */
export type TaskRunRead = TaskRunRow & { stateData: Json };

type OwnColumns = { [K in keyof TaskRunRow]: SQL.Aliased<TaskRunRow[K]> };
const ownColumns = Object.fromEntries(
  Object.entries(getTableColumns(taskRuns)).map(([key, column]) => [key, named(column, column.name)]),
) as unknown as OwnColumns;

const readColumns = { ...ownColumns, stateData: named(artifacts.data, "state_data") };
const ofState = and(eq(artifacts.tenantId, taskRuns.tenantId), eq(artifacts.id, taskRuns.stateArtifactId));

const taskRunsWhere = (db: Database, where: SQL | undefined) =>
  db.query.select(readColumns).from(taskRuns).leftJoin(artifacts, ofState).where(where);

/** A task run's id, or a subquery that gives it. */
export type TaskRunId = string | SQL;

const isRun = (tenantId: TenantId, id: TaskRunId) => and(eq(taskRuns.tenantId, tenantId), eq(taskRuns.id, id));

export const selectTaskRun = (db: Database, tenantId: TenantId, id: string) => taskRunsWhere(db, isRun(tenantId, id));

/** A task run with what orchestrating it needs of its flow run; the flow run's columns are null where there is none. */
export const selectTaskRunInFlowRun = (db: Database, tenantId: TenantId, id: TaskRunId) =>
  db.query
    .select({
      ...readColumns,
      flowRunStateId: sql<string | null>`${flowRuns.stateId}`.as("flow_run_state_id"),
      flowRunStateType: sql<StateType | null>`${flowRuns.stateType}`.as("flow_run_state_type"),
      flowRunStateDetails: sql<StateDetails | null>`${flowRuns.stateDetails}`.mapWith(flowRuns.stateDetails).as("flow_run_state_details"),
      // The name of the flow run's own count is taken by what the task run remembers of it.
      countOfFlowRun: sql<number | null>`${flowRuns.runCount}`.as("count_of_flow_run"),
    })
    .from(taskRuns)
    .leftJoin(artifacts, ofState)
    .leftJoin(flowRuns, and(eq(flowRuns.tenantId, taskRuns.tenantId), eq(flowRuns.id, taskRuns.flowRunId)))
    .where(isRun(tenantId, id));

export type TaskRunInFlowRun = TaskRunRead & {
  flowRunStateId: string | null;
  flowRunStateType: StateType | null;
  flowRunStateDetails: StateDetails | null;
  countOfFlowRun: number | null;
};

interface TaskKeys {
  flowRunId: string | null;
  taskKey: string;
  dynamicKey: string;
}

const hasKeys = (tenantId: TenantId, { flowRunId, taskKey, dynamicKey }: TaskKeys): SQL =>
  sql`${taskRuns.tenantId} = ${tenantId} AND ${taskRuns.flowRunId} IS ${flowRunId} AND ${taskRuns.taskKey} = ${taskKey} AND ${taskRuns.dynamicKey} = ${dynamicKey}`;

export const selectTaskRunByKeys = (db: Database, tenantId: TenantId, keys: TaskKeys) => taskRunsWhere(db, hasKeys(tenantId, keys));

/** The dependencies and states of all of a flow run's task runs, newest first. */
export const selectTaskRunsOf = (db: Database, tenantId: TenantId, flowRunId: string) =>
  taskRunsWhere(db, and(eq(taskRuns.tenantId, tenantId), eq(taskRuns.flowRunId, flowRunId))).orderBy(desc(taskRuns.id));

export type TaskRunSort =
  | "ID_DESC"
  | "EXPECTED_START_TIME_ASC"
  | "EXPECTED_START_TIME_DESC"
  | "NAME_ASC"
  | "NAME_DESC"
  | "NEXT_SCHEDULED_START_TIME_ASC"
  | "END_TIME_DESC";

/** The order of a list; the id breaks ties, which the real server leaves open. */
const ORDERS: Record<TaskRunSort, SQL[]> = {
  ID_DESC: [desc(taskRuns.id)],
  EXPECTED_START_TIME_ASC: [asc(taskRuns.expectedStartAt), asc(taskRuns.id)],
  EXPECTED_START_TIME_DESC: [desc(taskRuns.expectedStartAt), desc(taskRuns.id)],
  NAME_ASC: [asc(taskRuns.name), asc(taskRuns.id)],
  NAME_DESC: [desc(taskRuns.name), desc(taskRuns.id)],
  NEXT_SCHEDULED_START_TIME_ASC: [asc(taskRuns.nextScheduledStartAt), asc(taskRuns.id)],
  END_TIME_DESC: [desc(taskRuns.endedAt), desc(taskRuns.id)],
};

/**
 * The condition of a list or count. Flow runs given by id alone are looked up in the index over `flow_run_id`; so their task
 * runs are listed even when the flow runs do not exist, as by the real server.
 */
export function taskRunCondition(tenantId: TenantId, filters: RunFilters): SQL {
  const { flowRuns: given, ...others } = filters;
  const ids = given?.id?.any;
  const { operator: _, id, ...criteria } = given ?? {};
  const onlyIds = ids && !id?.notAny && Object.values(criteria).every((criterion) => criterion === null || criterion === undefined);
  const alone = !others.flows && !others.deployments && !others.workPools && !others.workPoolQueues;
  if (!onlyIds || !alone) return listCondition("taskRuns", tenantId, filters);
  return all(inList(taskRuns.flowRunId, ids), listCondition("taskRuns", tenantId, others));
}

export const selectTaskRuns = (db: Database, tenantId: TenantId, filters: RunFilters, sort: TaskRunSort, page: Page) =>
  taskRunsWhere(db, taskRunCondition(tenantId, filters))
    .orderBy(...ORDERS[sort])
    .limit(page.limit)
    .offset(page.offset);

export const countTaskRuns = (db: Database, tenantId: TenantId, filters: RunFilters) =>
  db.query.select({ count: count() }).from(taskRuns).where(taskRunCondition(tenantId, filters));

/** Inserts a run unless there is one of the same flow run (or none), task key and dynamic key. */
export const insertTaskRun = (db: Database, run: TaskRunRow) =>
  insertRows(db, taskRuns, [run], () =>
    // The unique index does not keep runs of no flow run apart: nulls are never equal to it.
    run.flowRunId === null ? sql`NOT EXISTS (SELECT 1 FROM ${taskRuns} WHERE ${hasKeys(run.tenantId, run)})` : sql`1`,
  ).onConflictDoNothing({ target: [taskRuns.tenantId, taskRuns.flowRunId, taskRuns.taskKey, taskRuns.dynamicKey] });

/** Changes a run's name when given; gives a row when there is a run. */
export const updateTaskRun = (db: Database, tenantId: TenantId, id: string, changes: { name?: string; updatedAt: Micros }) =>
  db.query.update(taskRuns).set(changes).where(isRun(tenantId, id)).returning({ id: sql<string>`id` });

/** Moves a run to what was decided on the version of it that was read; changes nothing when it is another one by now. */
export const moveTaskRun = (db: Database, read: TaskRunRow, changes: Partial<TaskRunRow>) =>
  db.query
    .update(taskRuns)
    .set(changes)
    .where(and(isRun(read.tenantId, read.id), sql`${taskRuns.stateId} IS ${read.stateId}`, eq(taskRuns.updatedAt, read.updatedAt)));

/** Deletes a run; its states go with it. Gives a row when there was one. */
export const deleteTaskRun = (db: Database, tenantId: TenantId, id: string) =>
  db.query.delete(taskRuns).where(isRun(tenantId, id)).returning({ id: sql<string>`id` });

/** A UUIDv4 made by the database, one a row. */
const RANDOM_ID = sql`lower(printf('%s-%s-4%s-a%s-%s', hex(randomblob(4)), hex(randomblob(2)), substr(hex(randomblob(2)), 2), substr(hex(randomblob(2)), 2), hex(randomblob(6))))`;

/** Puts all FAILED task runs of a flow run into one state, to be run anew from their first attempt on. */
export function retryFailedTaskRuns(
  db: Database,
  tenantId: TenantId,
  flowRunId: string,
  state: { type: StateType; name: string; message: string | null; details: StateDetails },
  at: Micros,
): [Statement, Statement] {
  const details = sql`json_set(${JSON.stringify({ ...state.details, flowRunId })}, '$.taskRunId', ${taskRuns.id})`;
  const moved = db.query
    .update(taskRuns)
    .set({
      runCount: 0,
      endedAt: null,
      nextScheduledStartAt: state.details.scheduledTime,
      stateId: RANDOM_ID,
      stateType: state.type,
      stateName: state.name,
      // The states of a run differ in time.
      stateAt: sql`max(${at}, ${taskRuns.stateAt} + 1)`,
      stateMessage: state.message,
      stateDetails: details,
      stateArtifactId: null,
      updatedAt: at,
    })
    .where(and(eq(taskRuns.tenantId, tenantId), eq(taskRuns.flowRunId, flowRunId), eq(taskRuns.stateType, "FAILED")));
  const appended = db.query.insert(taskRunStates).select(
    sql`SELECT tenant_id, id, state_at, state_id, state_type, state_name, state_message, state_details, state_artifact_id FROM task_runs
      WHERE tenant_id = ${tenantId} AND flow_run_id = ${flowRunId} AND state_type = ${state.type}
      AND NOT EXISTS (SELECT 1 FROM task_run_states WHERE task_run_states.tenant_id = task_runs.tenant_id AND task_run_states.id = task_runs.state_id)`,
  );
  return [moved, appended];
}
