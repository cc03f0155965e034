import { z } from "@hono/zod-openapi";
import type { StateType } from "../../domain/states/types.ts";
import { formatTime, type Micros } from "../../domain/time.ts";
import { poolFilters, runFilters, TaskRunFilter, WorkQueueFilter } from "./filters.ts";
import { datetime, duration, optional } from "./model.ts";
import { inSeconds, seconds, time } from "./objects.ts";
import { STATE_TYPES, StateTypeName } from "./states.ts";

const span = { history_start: datetime(), history_end: datetime(), history_interval_seconds: duration() };

export const TaskRunHistoryBody = z.object({ ...span, ...runFilters });
/** Here the queues' filter has another name than elsewhere. */
export const FlowRunHistoryBody = z.object({
  ...span,
  ...runFilters,
  work_pools: poolFilters.work_pools,
  work_queues: optional(WorkQueueFilter),
});

export const spanOf = (body: z.output<typeof TaskRunHistoryBody>) => ({
  startAt: body.history_start,
  endAt: body.history_end,
  intervalSeconds: body.history_interval_seconds,
});

export const HistoryResponse = z
  .object({
    interval_start: time(),
    interval_end: time(),
    states: z.array(
      z.object({
        state_type: StateTypeName,
        state_name: z.string(),
        count_runs: z.int(),
        sum_estimated_run_time: seconds(),
        sum_estimated_lateness: seconds(),
      }),
    ),
  })
  .openapi("HistoryResponse");

interface Interval {
  startAt: Micros;
  endAt: Micros;
  states: { stateType: StateType; stateName: string; count: number; runTime: number; lateness: number }[];
}

export const intervalToWire = ({ startAt, endAt, states }: Interval): z.input<typeof HistoryResponse> => ({
  interval_start: formatTime(startAt),
  interval_end: formatTime(endAt),
  states: states.map(({ stateType, stateName, count, runTime, lateness }) => ({
    state_type: stateType,
    state_name: stateName,
    count_runs: count,
    sum_estimated_run_time: inSeconds(runTime),
    sum_estimated_lateness: inSeconds(lateness),
  })),
});

export const TaskRunDashboardBody = z.object({
  task_runs: TaskRunFilter,
  flows: runFilters.flows,
  flow_runs: runFilters.flow_runs,
  deployments: runFilters.deployments,
  work_pools: poolFilters.work_pools,
  work_queues: optional(WorkQueueFilter),
});

export const TaskRunCount = z.object({ completed: z.int(), failed: z.int() }).openapi("TaskRunCount");

export const CountByState = z
  .object(Object.fromEntries(STATE_TYPES.map((type) => [type, z.int()])) as Record<StateType, z.ZodInt>)
  .openapi("CountByState");

export const countsToWire = (counts: ReadonlyMap<StateType, number>) =>
  Object.fromEntries(STATE_TYPES.map((type) => [type, counts.get(type) ?? 0])) as z.input<typeof CountByState>;
