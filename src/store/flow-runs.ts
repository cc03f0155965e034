import { and, asc, count, desc, eq, getTableColumns, type SQL, sql } from "drizzle-orm";
import type { Page, RunFilters } from "../domain/filters.ts";
import type { TenantId } from "../domain/ids.ts";
import type { Json } from "../domain/json.ts";
import type { Micros } from "../domain/time.ts";
import { type Database, inList, named, type Statement } from "./database.ts";
import { listCondition } from "./filters/runs.ts";
import { artifacts, flowRuns, taskRuns, workPools, workQueues } from "./tables.ts";

export type FlowRunRow = typeof flowRuns.$inferSelect;

/** A run with its present state's data and the names of its queue and pool, null where it is linked to none. */
export type FlowRunRead = FlowRunRow & { stateData: Json; linkedQueueName: string | null; workPoolName: string | null };

type OwnColumns = { [K in keyof FlowRunRow]: SQL.Aliased<FlowRunRow[K]> };
const ownColumns = Object.fromEntries(
  Object.entries(getTableColumns(flowRuns)).map(([key, column]) => [key, named(column, column.name)]),
) as unknown as OwnColumns;

const readColumns = {
  ...ownColumns,
  stateData: named(artifacts.data, "state_data"),
  linkedQueueName: sql<string | null>`${workQueues.name}`.as("linked_queue_name"),
  workPoolName: sql<string | null>`${workPools.name}`.as("work_pool_name"),
};

/** Runs as they are shown, by any condition over `flow_runs`. */
export const flowRunsWhere = (db: Database, where: SQL | undefined) =>
  db.query
    .select(readColumns)
    .from(flowRuns)
    .leftJoin(artifacts, and(eq(artifacts.tenantId, flowRuns.tenantId), eq(artifacts.id, flowRuns.stateArtifactId)))
    .leftJoin(workQueues, and(eq(workQueues.tenantId, flowRuns.tenantId), eq(workQueues.id, flowRuns.workQueueId)))
    .leftJoin(workPools, and(eq(workPools.tenantId, workQueues.tenantId), eq(workPools.id, workQueues.workPoolId)))
    .where(where);

const isRun = (tenantId: TenantId, id: string) => and(eq(flowRuns.tenantId, tenantId), eq(flowRuns.id, id));

export const selectFlowRun = (db: Database, tenantId: TenantId, id: string) => flowRunsWhere(db, isRun(tenantId, id));

/** The runs whose present state is one of those of the ids. */
export const selectRunsInStates = (db: Database, tenantId: TenantId, stateIds: readonly string[]) =>
  flowRunsWhere(
    db,
    sql`(${flowRuns.tenantId}, ${flowRuns.id}) IN (SELECT tenant_id, flow_run_id FROM flow_run_states WHERE tenant_id = ${tenantId} AND ${inList(sql`id`, stateIds)})
      AND ${inList(flowRuns.stateId, stateIds)}`,
  );

/** The run of an idempotency key; a key of null is nobody's. */
export const selectFlowRunByKey = (db: Database, tenantId: TenantId, flowId: string, idempotencyKey: string | null) =>
  flowRunsWhere(db, and(eq(flowRuns.tenantId, tenantId), eq(flowRuns.flowId, flowId), sql`${flowRuns.idempotencyKey} = ${idempotencyKey}`));

/** The task run that stands for a subflow run in its parent flow, as a subquery; null for other runs. */
export const parentTaskRunOf = (tenantId: TenantId, flowRunId: string): SQL =>
  sql`(SELECT parent_task_run_id FROM flow_runs WHERE tenant_id = ${tenantId} AND id = ${flowRunId})`;

/** Aborts the batch it stands in when the run is in another state by now. */
export const guardFlowRunState = (db: Database, tenantId: TenantId, id: string, stateId: string | null): Statement =>
  db.guard(sql`EXISTS (SELECT 1 FROM flow_runs WHERE tenant_id = ${tenantId} AND id = ${id} AND state_id IS ${stateId})`);

export type FlowRunSort =
  | "ID_DESC"
  | "START_TIME_ASC"
  | "START_TIME_DESC"
  | "EXPECTED_START_TIME_ASC"
  | "EXPECTED_START_TIME_DESC"
  | "NAME_ASC"
  | "NAME_DESC"
  | "NEXT_SCHEDULED_START_TIME_ASC"
  | "END_TIME_DESC";

const startOrder = sql`coalesce(${flowRuns.startedAt}, ${flowRuns.expectedStartAt})`;

/** The order of a list; the id breaks ties, which the real server leaves open. */
const ORDERS: Record<FlowRunSort, SQL[]> = {
  ID_DESC: [desc(flowRuns.id)],
  START_TIME_ASC: [asc(startOrder), asc(flowRuns.id)],
  START_TIME_DESC: [desc(startOrder), desc(flowRuns.id)],
  EXPECTED_START_TIME_ASC: [asc(flowRuns.expectedStartAt), asc(flowRuns.id)],
  EXPECTED_START_TIME_DESC: [desc(flowRuns.expectedStartAt), desc(flowRuns.id)],
  NAME_ASC: [asc(flowRuns.name), asc(flowRuns.id)],
  NAME_DESC: [desc(flowRuns.name), desc(flowRuns.id)],
  NEXT_SCHEDULED_START_TIME_ASC: [asc(flowRuns.nextScheduledStartAt), asc(flowRuns.id)],
  END_TIME_DESC: [desc(flowRuns.endedAt), desc(flowRuns.id)],
};

export const selectFlowRuns = (db: Database, tenantId: TenantId, filters: RunFilters, sort: FlowRunSort, page: Page) =>
  flowRunsWhere(db, listCondition("flowRuns", tenantId, filters))
    .orderBy(...ORDERS[sort])
    .limit(page.limit)
    .offset(page.offset);

/** What a chart of many runs shows of each. */
export const selectSlimFlowRuns = (db: Database, tenantId: TenantId, filters: RunFilters, sort: FlowRunSort, page: Page) =>
  db.query
    .select({
      id: flowRuns.id,
      stateType: flowRuns.stateType,
      stateAt: flowRuns.stateAt,
      startedAt: flowRuns.startedAt,
      expectedStartAt: flowRuns.expectedStartAt,
      totalRunTime: flowRuns.totalRunTime,
    })
    .from(flowRuns)
    .where(and(listCondition("flowRuns", tenantId, filters), sql`${flowRuns.stateType} IS NOT NULL`))
    .orderBy(...ORDERS[sort])
    .limit(page.limit)
    .offset(page.offset);

export const countFlowRuns = (db: Database, tenantId: TenantId, filters: RunFilters) =>
  db.query
    .select({ count: count() })
    .from(flowRuns)
    .where(listCondition("flowRuns", tenantId, filters));

/** Inserts a run unless its flow has one of that idempotency key. */
export const insertFlowRun = (db: Database, run: FlowRunRow) =>
  db.query
    .insert(flowRuns)
    .values(run)
    .onConflictDoNothing({ target: [flowRuns.tenantId, flowRuns.flowId, flowRuns.idempotencyKey] });

export type FlowRunChanges = Partial<
  Pick<FlowRunRow, "name" | "flowVersion" | "parameters" | "policy" | "tags" | "infrastructurePid" | "jobVariables">
> & { updatedAt: Micros };

/** Changes a run, if it is still in the state type given; gives a row when it was. */
export const updateFlowRun = (db: Database, tenantId: TenantId, id: string, changes: FlowRunChanges, onlyWhile?: "SCHEDULED") =>
  db.query
    .update(flowRuns)
    .set(changes)
    .where(and(isRun(tenantId, id), onlyWhile === undefined ? undefined : eq(flowRuns.stateType, onlyWhile)))
    .returning({ id: sql<string>`id` });

/** Moves a run to what was decided on the version of it that was read; changes nothing when it is another one by now. */
export const moveFlowRun = (db: Database, read: FlowRunRow, changes: Partial<FlowRunRow>) =>
  db.query
    .update(flowRuns)
    .set(changes)
    .where(and(isRun(read.tenantId, read.id), sql`${flowRuns.stateId} IS ${read.stateId}`, eq(flowRuns.updatedAt, read.updatedAt)));

/** Deletes a run; states, task runs and inputs go with it by their foreign keys. Gives its queue when there was a run. */
export const deleteFlowRun = (db: Database, tenantId: TenantId, id: string) =>
  db.query.delete(flowRuns).where(isRun(tenantId, id)).returning({ id: sql<string>`id`, workQueueId: sql<string | null>`work_queue_id` });

/** Takes their parent from the subflow runs of a flow run's task runs, which are about to be deleted. */
export const orphanSubflowsOf = (db: Database, tenantId: TenantId, flowRunId: string) =>
  db.query
    .update(flowRuns)
    .set({ parentTaskRunId: null })
    .where(
      and(
        eq(flowRuns.tenantId, tenantId),
        sql`${flowRuns.parentTaskRunId} IN (SELECT ${taskRuns.id} FROM ${taskRuns} WHERE ${taskRuns.tenantId} = ${tenantId} AND ${taskRuns.flowRunId} = ${flowRunId})`,
      ),
    );

/** Takes a task run, which is about to be deleted, from the subflow run it stands for. */
export const orphanSubflow = (db: Database, tenantId: TenantId, taskRunId: string) =>
  db.query
    .update(flowRuns)
    .set({ parentTaskRunId: null })
    .where(and(eq(flowRuns.tenantId, tenantId), eq(flowRuns.parentTaskRunId, taskRunId)));
