import { z } from "@hono/zod-openapi";
import { isRawNumber, type Json } from "../../domain/json.ts";
import type { RunColumns } from "../../domain/run-columns.ts";
import { estimatedRunTime, lateness } from "../../domain/run-times.ts";
import type { Micros } from "../../domain/time.ts";
import { invalidPlaces } from "./errors.ts";
import { field, text } from "./model.ts";
import { id, inSeconds, seconds, time, timeOrNull } from "./objects.ts";
import { StateTypeName } from "./states.ts";

/** A run's name. Whatever Python holds false asks for one to be made up: null. */
export const runName = () => z.preprocess((value) => (isFalse(value as Json) ? null : value), text().nullable());

const isFalse = (value: Json): boolean =>
  value === null ||
  value === "" ||
  value === false ||
  value === 0 ||
  (isRawNumber(value) && Number(value.rawJSON) === 0) ||
  (typeof value === "object" && !isRawNumber(value) && Object.keys(value).length === 0);

/** What responses show of every run's state, counters and times. */
export const runFields = {
  state_id: id().nullable(),
  state_type: StateTypeName.nullable(),
  state_name: z.string().nullable(),
  run_count: z.int(),
  expected_start_time: time().nullable(),
  next_scheduled_start_time: time().nullable(),
  start_time: time().nullable(),
  end_time: time().nullable(),
  total_run_time: seconds(),
  estimated_run_time: seconds(),
  estimated_start_time_delta: seconds(),
};

export const runToWire = (row: RunColumns, now: Micros) => ({
  state_id: row.stateId,
  state_type: row.stateType,
  state_name: row.stateName,
  run_count: row.runCount,
  expected_start_time: timeOrNull(row.expectedStartAt),
  next_scheduled_start_time: timeOrNull(row.nextScheduledStartAt),
  start_time: timeOrNull(row.startedAt),
  end_time: timeOrNull(row.endedAt),
  total_run_time: inSeconds(row.totalRunTime),
  estimated_run_time: inSeconds(estimatedRunTime(row, now)),
  estimated_start_time_delta: inSeconds(lateness(row, now)),
});

/** `Union[…]`: the first member that takes the value; the errors of all when none does. */
export function unionOf<T>(documentation: Record<string, unknown>, ...members: z.ZodType<T>[]) {
  return field<T>((value, fail) => {
    const errors: z.ZodError[] = [];
    for (const member of members) {
      const result = member.safeParse(value);
      if (result.success) return result.data;
      errors.push(result.error);
    }
    for (const place of errors.flatMap((error) => invalidPlaces(error, [], value))) fail(place.msg, place.type, place.ctx, place.loc);
    return z.NEVER;
  }, documentation);
}
