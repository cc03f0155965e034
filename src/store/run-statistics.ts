import { and, type SQL, sql } from "drizzle-orm";
import type { RunFilters } from "../domain/filters.ts";
import type { TenantId } from "../domain/ids.ts";
import type { StateType } from "../domain/states/types.ts";
import { MICROS_PER_SECOND, type Micros } from "../domain/time.ts";
import type { Database } from "./database.ts";
import { listCondition } from "./filters/runs.ts";
import { flowRuns, taskRuns } from "./tables.ts";
import { taskRunCondition } from "./task-runs.ts";

/** Sums over runs that match; each is one statement, however many runs there are. */

type Runs = typeof flowRuns | typeof taskRuns;

const TERMINAL = sql`('COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED')`;

/** How late a run began, or is by now when it should have begun; micros, never below zero (`domain/run-times.ts`). */
const lateness = (runs: Runs, now: Micros): SQL => sql`CASE
  WHEN ${runs.startedAt} > ${runs.expectedStartAt} THEN ${runs.startedAt} - ${runs.expectedStartAt}
  WHEN ${runs.startedAt} IS NULL AND ${runs.stateType} NOT IN ${TERMINAL} AND ${runs.expectedStartAt} < ${now} THEN ${now} - ${runs.expectedStartAt}
  ELSE 0 END`;

const runTime = (runs: Runs, now: Micros): SQL =>
  sql`${runs.totalRunTime} + CASE WHEN ${runs.stateType} = 'RUNNING' THEN ${now} - ${runs.stateAt} ELSE 0 END`;

const conditionOf = (kind: "flow" | "task", tenantId: TenantId, filters: RunFilters): SQL =>
  kind === "flow" ? listCondition("flowRuns", tenantId, filters) : taskRunCondition(tenantId, filters);

/** The average lateness of flow runs in micros; null without runs. */
export const averageLateness = (db: Database, tenantId: TenantId, filters: RunFilters, now: Micros) =>
  db.query
    .select({ micros: sql<number | null>`avg(${lateness(flowRuns, now)})`.as("micros") })
    .from(flowRuns)
    .where(listCondition("flowRuns", tenantId, filters));

/** Equal stretches of time, each with its start and without its end. */
export interface Buckets {
  startAt: Micros;
  intervalMicros: number;
  count: number;
}

// D1 binds numbers as floating point, whose division could put a run into the next bucket.
const SECOND = sql`CAST(${MICROS_PER_SECOND} AS INTEGER)`;
const bucketOf = (at: SQL, { startAt, intervalMicros }: Buckets) =>
  sql<number>`(${at} - CAST(${startAt} AS INTEGER)) / CAST(${intervalMicros} AS INTEGER)`.as("bucket");

/** Counts and sums of runs by the bucket that their expected start lies in, and by state. Buckets without runs are left out. */
export function selectRunHistory(
  db: Database,
  kind: "flow" | "task",
  tenantId: TenantId,
  filters: RunFilters,
  buckets: Buckets,
  now: Micros,
) {
  const runs = kind === "flow" ? flowRuns : taskRuns;
  const { startAt, intervalMicros, count } = buckets;
  return db.query
    .select({
      bucket: bucketOf(sql`${runs.expectedStartAt}`, buckets),
      stateType: sql<StateType>`state_type`.as("type"),
      stateName: sql<string>`state_name`.as("name"),
      count: sql<number>`count(*)`.as("count"),
      runTime: sql<number>`sum(max(0, ${runTime(runs, now)}))`.as("run_time"),
      lateness: sql<number>`sum(${lateness(runs, now)})`.as("lateness"),
    })
    .from(runs)
    .where(
      and(
        conditionOf(kind, tenantId, filters),
        sql`${runs.expectedStartAt} >= ${startAt} AND ${runs.expectedStartAt} < ${startAt + count * intervalMicros}`,
        sql`${runs.stateType} IS NOT NULL`,
      ),
    )
    .groupBy(sql`1, 2, 3`)
    .orderBy(sql`1, 2, 3`);
}

/** How many task runs are in each state type. */
export const countTaskRunsByState = (db: Database, tenantId: TenantId, filters: RunFilters) =>
  db.query
    .select({ stateType: taskRuns.stateType, count: sql<number>`count(*)`.as("count") })
    .from(taskRuns)
    .where(and(taskRunCondition(tenantId, filters), sql`${taskRuns.stateType} IS NOT NULL`))
    .groupBy(taskRuns.stateType);

/** How many finished task runs failed, and how many did not, by the bucket that their start lies in, counted in whole seconds. */
export const countFinishedTaskRuns = (db: Database, tenantId: TenantId, filters: RunFilters, buckets: Buckets) =>
  db.query
    .select({
      bucket: bucketOf(sql`${taskRuns.startedAt} / ${SECOND} * ${SECOND}`, buckets),
      failed: sql<number>`sum(state_type IN ('FAILED', 'CRASHED'))`.as("failed"),
      completed: sql<number>`sum(state_type NOT IN ('FAILED', 'CRASHED'))`.as("completed"),
    })
    .from(taskRuns)
    .where(and(taskRunCondition(tenantId, filters), sql`${taskRuns.stateType} IN ${TERMINAL} AND ${taskRuns.startedAt} IS NOT NULL`))
    .groupBy(sql`1`);
