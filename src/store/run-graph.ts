import { and, asc, eq, type SQL, sql } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
import type { StateType } from "../domain/states/types.ts";
import { type Database, named } from "./database.ts";
import { artifactCollections, artifacts, flowRuns, flows, taskRuns } from "./tables.ts";

/** When a flow run began or is to begin, and ended. */
export const selectSpan = (db: Database, tenantId: TenantId, flowRunId: string) =>
  db.query
    .select({ startAt: sql<number | null>`coalesce(started_at, expected_start_at)`.as("start_at"), endedAt: flowRuns.endedAt })
    .from(flowRuns)
    .where(and(eq(flowRuns.tenantId, tenantId), eq(flowRuns.id, flowRunId)));

const subflowOr = <T>(subflow: SQL | { getSQL(): SQL }, task: SQL | { getSQL(): SQL }, name: string) =>
  sql<T>`coalesce(${subflow}, ${task})`.as(name);

/** A flow run's task runs that have been more than PENDING, each replaced by the subflow run it stands for, if any. */
export const selectGraphNodes = (db: Database, tenantId: TenantId, flowRunId: string, limit: number) =>
  db.query
    .select({
      kind: sql<"flow-run" | "task-run">`iif(${flowRuns.id} IS NULL, 'task-run', 'flow-run')`.as("kind"),
      id: subflowOr<string>(flowRuns.id, taskRuns.id, "id"),
      label: subflowOr<string>(sql`${flows.name} || ' / ' || ${flowRuns.name}`, taskRuns.name, "label"),
      stateType: subflowOr<StateType>(flowRuns.stateType, taskRuns.stateType, "state_type"),
      startAt: sql<number>`${START}`.as("start_at"),
      endedAt: sql<number | null>`${END}`.as("ended_at"),
      taskInputs: named(taskRuns.taskInputs, "task_inputs"),
    })
    .from(taskRuns)
    .leftJoin(flowRuns, and(eq(flowRuns.tenantId, taskRuns.tenantId), eq(flowRuns.parentTaskRunId, taskRuns.id)))
    .leftJoin(flows, and(eq(flows.tenantId, flowRuns.tenantId), eq(flows.id, flowRuns.flowId)))
    .where(
      and(
        eq(taskRuns.tenantId, tenantId),
        eq(taskRuns.flowRunId, flowRunId),
        sql`${taskRuns.stateType} <> 'PENDING'`,
        sql`${START} IS NOT NULL`,
      ),
    )
    .orderBy(sql`coalesce(${flowRuns.id}, ${taskRuns.id})`)
    .limit(limit);

const START = sql`coalesce(${flowRuns.startedAt}, ${flowRuns.expectedStartAt}, ${taskRuns.startedAt}, ${taskRuns.expectedStartAt})`;
const END = sql`coalesce(${flowRuns.endedAt}, ${taskRuns.endedAt}, iif(${taskRuns.stateType} = 'COMPLETED', ${taskRuns.expectedStartAt}, NULL))`;

/** A flow run's artifacts but results, oldest first, and whether each is the newest of its key. */
export const selectGraphArtifacts = (db: Database, tenantId: TenantId, flowRunId: string, limit: number) =>
  db.query
    .select({
      id: named(artifacts.id, "id"),
      createdAt: named(artifacts.createdAt, "created_at"),
      key: named(artifacts.key, "key"),
      type: named(artifacts.type, "type"),
      taskRunId: artifacts.taskRunId,
      isLatest: sql<boolean>`(${artifacts.key} IS NULL OR ${artifactCollections.id} IS NOT NULL)`.mapWith(Boolean).as("is_latest"),
    })
    .from(artifacts)
    .leftJoin(
      artifactCollections,
      and(
        eq(artifactCollections.tenantId, artifacts.tenantId),
        eq(artifactCollections.key, artifacts.key),
        eq(artifactCollections.latestId, artifacts.id),
      ),
    )
    .where(and(eq(artifacts.tenantId, tenantId), eq(artifacts.flowRunId, flowRunId), sql`${artifacts.type} <> 'result'`))
    .orderBy(asc(artifacts.createdAt), asc(artifacts.id))
    .limit(limit);
