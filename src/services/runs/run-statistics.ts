import { Refusal } from "../../domain/errors.ts";
import type { RunFilters } from "../../domain/filters.ts";
import type { StateType } from "../../domain/states/types.ts";
import { MAX_MICROS, MICROS_PER_SECOND, type Micros } from "../../domain/time.ts";
import {
  averageLateness as averageStatement,
  type Buckets,
  countFinishedTaskRuns,
  countTaskRunsByState as countStatement,
  selectRunHistory,
} from "../../store/run-statistics.ts";
import type { TenantContext } from "../../tenancy/context.ts";

/** The average seconds by which the matching flow runs are late; null without runs. */
export async function averageLateness(ctx: TenantContext, filters: RunFilters): Promise<number | null> {
  const [[row]] = await ctx.db.run(averageStatement(ctx.db, ctx.tenantId, filters, ctx.now()));
  return row?.micros === null || row?.micros === undefined ? null : row.micros / MICROS_PER_SECOND;
}

export interface HistoryInterval {
  startAt: Micros;
  endAt: Micros;
  states: { stateType: StateType; stateName: string; count: number; runTime: number; lateness: number }[];
}

const MAX_INTERVALS = 500;
const MICROS_PER_MILLI = 1000;

/**
 * Counts of runs by expected start and state, in at most 500 intervals: they begin at `startAt` and go on until `endAt` is
 * covered; times are taken to the nearest millisecond, as by the real server's SQLite. Durations are micros. Refuses (422) intervals below a
 * second, and those that go on after the last time there is.
 */
export async function runHistory(
  ctx: TenantContext,
  kind: "flow" | "task",
  filters: RunFilters,
  span: { startAt: Micros; endAt: Micros; intervalSeconds: number },
): Promise<HistoryInterval[]> {
  if (span.intervalSeconds < 1) throw new Refusal("invalid", "History interval must not be less than 1 second.");
  const [startAt, endAt, intervalMicros] = [span.startAt, span.endAt, span.intervalSeconds * MICROS_PER_SECOND].map(
    (micros) => Math.round(micros / MICROS_PER_MILLI) * MICROS_PER_MILLI,
  ) as [Micros, Micros, number];
  const count = Math.min(MAX_INTERVALS, Math.max(1, Math.ceil((endAt - startAt) / intervalMicros)));
  if (startAt + count * intervalMicros > MAX_MICROS)
    throw new Refusal("invalid", "The history's intervals end after the last time there is.");
  const buckets: Buckets = { startAt, intervalMicros, count };
  const [rows] = await ctx.db.run(selectRunHistory(ctx.db, kind, ctx.tenantId, filters, buckets, ctx.now()));
  const byBucket = Map.groupBy(rows, ({ bucket }) => bucket);
  return Array.from({ length: count }, (_, bucket) => {
    const start = startAt + bucket * intervalMicros;
    return { startAt: start, endAt: start + intervalMicros, states: byBucket.get(bucket) ?? [] };
  });
}

/** How many of the matching task runs are in each state type; none in those left out. */
export async function countTaskRunsByState(ctx: TenantContext, filters: RunFilters): Promise<ReadonlyMap<StateType, number>> {
  const [rows] = await ctx.db.run(countStatement(ctx.db, ctx.tenantId, filters));
  return new Map(rows.flatMap(({ stateType, count }) => (stateType === null ? [] : [[stateType, count]])));
}

const DASHBOARD_BUCKETS = 20;
const MICROS_PER_MINUTE = 60 * MICROS_PER_SECOND;

/**
 * Finished task runs that did not fail, and those that did, in 20 equal stretches from the minute of `startTime.after` to the
 * end of that of `startTime.before`, or of now. Refuses (422) filters without that start.
 */
export async function countTaskRunsOverTime(ctx: TenantContext, filters: RunFilters): Promise<{ completed: number; failed: number }[]> {
  const { after, before } = filters.taskRuns?.startTime ?? {};
  if (after === null || after === undefined) throw new Refusal("invalid", "task_runs.start_time.after_ is required");
  const startAt = Math.floor(after / MICROS_PER_MINUTE) * MICROS_PER_MINUTE;
  const endAt = (Math.floor((before ?? ctx.now()) / MICROS_PER_MINUTE) + 1) * MICROS_PER_MINUTE - 1;
  const buckets: Buckets = {
    startAt,
    intervalMicros: Math.max(1, Math.round((endAt - startAt) / DASHBOARD_BUCKETS)),
    count: DASHBOARD_BUCKETS,
  };
  // Only finished runs are looked at, whatever states were asked for.
  const finished = { ...filters, taskRuns: { ...filters.taskRuns, state: null } };
  const [rows] = await ctx.db.run(countFinishedTaskRuns(ctx.db, ctx.tenantId, finished, buckets));
  const counts = Array.from({ length: DASHBOARD_BUCKETS }, () => ({ completed: 0, failed: 0 }));
  for (const { bucket, completed, failed } of rows) {
    if (counts[bucket]) counts[bucket] = { completed, failed };
  }
  return counts;
}
