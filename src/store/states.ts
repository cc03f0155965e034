import { and, asc, eq, type SQL, sql } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
import type { Json } from "../domain/json.ts";
import { type Database, named } from "./database.ts";
import { insertRows } from "./insert-rows.ts";
import { artifacts, flowRunStates, flowRuns, taskRunStates, taskRuns } from "./tables.ts";

/** The histories of runs: appended to, never changed. */

export type FlowRunStateRow = typeof flowRunStates.$inferSelect;
export type TaskRunStateRow = typeof taskRunStates.$inferSelect;

/** A state with the data that its artifact keeps, null where it has none. */
export type StateRead = Omit<FlowRunStateRow, "tenantId" | "flowRunId"> & { data: Json };

/** Appends a flow run's present state to its history: nothing for a run that was not inserted. */
export const insertFlowRunState = (db: Database, state: FlowRunStateRow) =>
  insertRows(
    db,
    flowRunStates,
    [state],
    () =>
      sql`EXISTS (SELECT 1 FROM ${flowRuns} WHERE ${flowRuns.tenantId} = ${state.tenantId} AND ${flowRuns.id} = ${state.flowRunId} AND ${flowRuns.stateId} = ${state.id})`,
  );

/** The same for a task run. */
export const insertTaskRunState = (db: Database, state: TaskRunStateRow) =>
  insertRows(
    db,
    taskRunStates,
    [state],
    () =>
      sql`EXISTS (SELECT 1 FROM ${taskRuns} WHERE ${taskRuns.tenantId} = ${state.tenantId} AND ${taskRuns.id} = ${state.taskRunId} AND ${taskRuns.stateId} = ${state.id})`,
  );

/** What a state of either kind is read by; `data` comes from its artifact. */
export const stateColumns = (states: typeof flowRunStates | typeof taskRunStates) => ({
  id: named(states.id, "id"),
  at: states.at,
  type: named(states.type, "type"),
  name: states.name,
  message: states.message,
  details: states.details,
  artifactId: states.artifactId,
  data: named(artifacts.data, "data"),
});

export const ofState = (states: typeof flowRunStates | typeof taskRunStates) =>
  and(eq(artifacts.tenantId, states.tenantId), eq(artifacts.id, states.artifactId));

const flowRunStatesWhere = (db: Database, where: SQL | undefined) =>
  db.query.select(stateColumns(flowRunStates)).from(flowRunStates).leftJoin(artifacts, ofState(flowRunStates)).where(where);

const taskRunStatesWhere = (db: Database, where: SQL | undefined) =>
  db.query.select(stateColumns(taskRunStates)).from(taskRunStates).leftJoin(artifacts, ofState(taskRunStates)).where(where);

export const selectFlowRunState = (db: Database, tenantId: TenantId, id: string) =>
  flowRunStatesWhere(db, and(eq(flowRunStates.tenantId, tenantId), eq(flowRunStates.id, id)));

export const selectTaskRunState = (db: Database, tenantId: TenantId, id: string) =>
  taskRunStatesWhere(db, and(eq(taskRunStates.tenantId, tenantId), eq(taskRunStates.id, id)));

/** A flow run's states in the order of time. */
export const selectFlowRunStates = (db: Database, tenantId: TenantId, flowRunId: string) =>
  flowRunStatesWhere(db, and(eq(flowRunStates.tenantId, tenantId), eq(flowRunStates.flowRunId, flowRunId))).orderBy(asc(flowRunStates.at));

/** A task run's states in the order of time. */
export const selectTaskRunStates = (db: Database, tenantId: TenantId, taskRunId: string) =>
  taskRunStatesWhere(db, and(eq(taskRunStates.tenantId, tenantId), eq(taskRunStates.taskRunId, taskRunId))).orderBy(asc(taskRunStates.at));
