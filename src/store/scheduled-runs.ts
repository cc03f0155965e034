import { and, eq, getTableColumns, type SQL, sql } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
import { EMPTY_DETAILS } from "../domain/states/state.ts";
import type { FlowRunPolicy } from "../domain/states/types.ts";
import type { Micros } from "../domain/time.ts";
import type { Database, Statement } from "./database.ts";
import { deploymentSchedules, deployments, flowRunStates, flowRuns, taskRuns, workQueues } from "./tables.ts";

/** A run to make for one occurrence of a schedule; all the rest of it is its deployment's. */
export interface PlannedRun {
  tenantId: TenantId;
  scheduleId: string;
  /** The versions of the schedule and its deployment that it was planned by: no run is made when there are newer ones. */
  scheduleUpdatedAt: Micros;
  deploymentUpdatedAt: Micros;
  id: string;
  name: string;
  at: Micros;
  /** The occurrence with its offset: what tells it from others of the deployment. */
  localText: string;
  stateId: string;
  madeAt: Micros;
}

const FIELDS = [
  "tenantId",
  "scheduleId",
  "scheduleUpdatedAt",
  "deploymentUpdatedAt",
  "id",
  "name",
  "at",
  "localText",
  "stateId",
  "madeAt",
] as const;

const NONE = sql`NULL`;

const encoded = (run: PlannedRun) => FIELDS.map((name) => run[name]);

function field(name: (typeof FIELDS)[number]): SQL {
  return sql.raw(`(planned.value ->> ${FIELDS.indexOf(name)})`);
}

const POLICY: FlowRunPolicy = { retries: null, retryDelaySeconds: null, pauseKeys: [], resuming: false, retryType: null };

/** A planned run's columns: those of its deployment, and what tells it from others. */
const RUN: Record<keyof typeof flowRuns.$inferSelect, SQL> = {
  tenantId: sql`deployments.tenant_id`,
  id: field("id"),
  name: field("name"),
  flowId: sql`deployments.flow_id`,
  deploymentId: sql`deployments.id`,
  deploymentVersion: sql`deployments.version`,
  workPoolId: sql`work_queues.work_pool_id`,
  workQueueId: sql`deployments.work_queue_id`,
  workQueueName: sql`deployments.work_queue_name`,
  flowVersion: NONE,
  parameters: sql`deployments.parameters`,
  idempotencyKey: sql`'scheduled ' || deployments.id || ' ' || ${field("localText")}`,
  context: sql`'{}'`,
  policy: sql`${JSON.stringify(POLICY)}`,
  tags: sql`iif(deployments.tags = '[]', '["auto-scheduled"]', '["auto-scheduled",' || substr(deployments.tags, 2))`,
  parentTaskRunId: NONE,
  infrastructureDocumentId: sql`deployments.infrastructure_document_id`,
  infrastructurePid: NONE,
  jobVariables: sql`'{}'`,
  autoScheduled: sql`1`,
  createdBy: NONE,
  runCount: sql`0`,
  totalRunTime: sql`0`,
  expectedStartAt: field("at"),
  nextScheduledStartAt: field("at"),
  startedAt: NONE,
  endedAt: NONE,
  stateId: field("stateId"),
  stateType: sql`'SCHEDULED'`,
  stateName: sql`'Scheduled'`,
  stateAt: field("madeAt"),
  stateMessage: sql`'Flow run scheduled'`,
  stateDetails: sql`json_set(${JSON.stringify(EMPTY_DETAILS)}, '$.scheduledTime', ${field("at")})`,
  stateArtifactId: NONE,
  createdAt: field("madeAt"),
  updatedAt: field("madeAt"),
};

const FIRST_STATE: Record<keyof typeof flowRunStates.$inferSelect, SQL> = {
  tenantId: sql`flow_runs.tenant_id`,
  flowRunId: sql`flow_runs.id`,
  at: sql`flow_runs.state_at`,
  id: sql`flow_runs.state_id`,
  type: sql`flow_runs.state_type`,
  name: sql`flow_runs.state_name`,
  message: sql`flow_runs.state_message`,
  details: sql`flow_runs.state_details`,
  artifactId: NONE,
};

/** Values in the order in which drizzle names a table's columns. */
const columnsInOrder = (table: typeof flowRuns | typeof flowRunStates, values: Record<string, SQL>): SQL =>
  sql.join(
    Object.keys(getTableColumns(table)).map((column) => values[column] ?? NONE),
    sql`, `,
  );

/** Rows of one statement: well below what D1 takes. */
const BATCH = 500;

/**
 * The statements that make planned runs of any number of deployments (Prefect `_generate_scheduled_flow_runs`), each with its
 * first state. An occurrence that has its run already, and a plan that is out of date, give none. `isPausedToo`: also of paused
 * deployments. The parameters are copied inside the database as they are stored, so runs share a body that lies in R2.
 */
export function insertScheduledRuns(db: Database, planned: readonly PlannedRun[], isPausedToo = false): Statement[] {
  const statements: Statement[] = [];
  for (let start = 0; start < planned.length; start += BATCH) {
    statements.push(...insertBatch(db, planned.slice(start, start + BATCH), isPausedToo));
  }
  return statements;
}

function insertBatch(db: Database, planned: readonly PlannedRun[], isPausedToo: boolean): [Statement, Statement] {
  const list = sql`json_each(${JSON.stringify(planned.map(encoded))}) AS planned`;
  return [
    db.query
      .insert(flowRuns)
      .select(
        sql`SELECT ${columnsInOrder(flowRuns, RUN)} FROM ${list}
          CROSS JOIN ${deploymentSchedules} ON deployment_schedules.tenant_id = ${field("tenantId")} AND deployment_schedules.id = ${field("scheduleId")}
          CROSS JOIN ${deployments} ON deployments.tenant_id = deployment_schedules.tenant_id AND deployments.id = deployment_schedules.deployment_id
          LEFT JOIN ${workQueues} ON work_queues.tenant_id = deployments.tenant_id AND work_queues.id = deployments.work_queue_id
          WHERE deployment_schedules.updated_at = ${field("scheduleUpdatedAt")} AND deployment_schedules.active
          AND deployments.updated_at = ${field("deploymentUpdatedAt")} ${isPausedToo ? sql`` : sql`AND NOT deployments.paused`}`,
      )
      .onConflictDoNothing({ target: [flowRuns.tenantId, flowRuns.flowId, flowRuns.idempotencyKey] }),
    // Their ids are new, so those that are there were inserted by the statement above.
    db.query.insert(flowRunStates).select(
      sql`SELECT ${columnsInOrder(flowRunStates, FIRST_STATE)} FROM ${list}
        CROSS JOIN ${flowRuns} ON flow_runs.tenant_id = ${field("tenantId")} AND flow_runs.id = ${field("id")}`,
    ),
  ];
}

/**
 * Deletes a deployment's runs that are still SCHEDULED, by whatever name; with `onlyAuto` those alone that its schedules made.
 * Gives the queues they were in. Two statements: first their subflow runs, of earlier tries, lose their parent.
 */
export const deleteScheduledRuns = (db: Database, tenantId: TenantId, deploymentId: string, onlyAuto: boolean) => {
  const doomed = and(
    eq(flowRuns.tenantId, tenantId),
    eq(flowRuns.deploymentId, deploymentId),
    sql`${flowRuns.stateType} = 'SCHEDULED'`,
    onlyAuto ? eq(flowRuns.autoScheduled, true) : undefined,
  );
  const tasks = sql`SELECT ${taskRuns.id} FROM ${taskRuns} JOIN ${flowRuns} ON ${taskRuns.tenantId} = ${flowRuns.tenantId} AND ${taskRuns.flowRunId} = ${flowRuns.id} WHERE ${doomed} AND ${flowRuns.runCount} > 0`;
  return [
    db.query
      .update(flowRuns)
      .set({ parentTaskRunId: null })
      .where(and(eq(flowRuns.tenantId, tenantId), sql`${flowRuns.parentTaskRunId} IN (${tasks})`)),
    db.query.delete(flowRuns).where(doomed).returning({ workQueueId: sql<string | null>`work_queue_id` }),
  ] as const;
};
