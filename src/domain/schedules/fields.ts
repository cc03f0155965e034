import { type JsonObject, rawNumber } from "../json.ts";
import { floatText } from "../parameters/python/number.ts";
import { parseSchedule } from "./parse.ts";
import type { Schedule } from "./types.ts";

/** A schedule as the wire and the store hold it: `{"interval": 3600.0, "anchor_date": …, "timezone": …}` and its like. */
export function scheduleFields(schedule: Schedule): JsonObject {
  switch (schedule.kind) {
    case "interval":
      return {
        interval: rawNumber(floatText(schedule.intervalSeconds)),
        anchor_date: schedule.anchorText,
        timezone: schedule.timezone,
      };
    case "cron":
      return { cron: schedule.cron, timezone: schedule.timezone, day_or: schedule.dayOr };
    case "rrule":
      return { rrule: schedule.rrule, timezone: schedule.timezone };
  }
}

/** The schedule of what `scheduleFields` gave; throws Error for anything that is no such schedule. */
export function scheduleFromFields(fields: JsonObject): Schedule {
  const result = parseSchedule(fields, 0);
  if (!result.ok) throw new Error(`no schedule: ${result.errors.map((error) => error.msg).join("; ")}`);
  return result.schedule;
}
