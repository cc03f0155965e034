import { z } from "@hono/zod-openapi";
import { formatTime } from "../../domain/time.ts";
import type { LogRow } from "../../store/logs.ts";
import { LogFilter } from "./filters.ts";
import { datetime, integer, list, model, oneOf, optional, text, uuid, withDefault } from "./model.ts";
import { id, ormFields, time } from "./objects.ts";
import { limitKey, offsetKey } from "./paging.ts";

const LogCreate = model("LogCreate", {
  name: text(),
  level: integer(),
  message: text(),
  timestamp: datetime(),
  flow_run_id: optional(uuid()),
  task_run_id: optional(uuid()),
});

export const LogsCreateBody = list(LogCreate);

export const LogsFilterBody = z.object({
  ...limitKey,
  ...offsetKey,
  logs: optional(LogFilter),
  sort: withDefault(oneOf("TIMESTAMP_ASC", "TIMESTAMP_DESC"), "TIMESTAMP_ASC"),
});

export const Log = z
  .object({
    ...ormFields,
    name: z.string(),
    level: z.int(),
    message: z.string(),
    timestamp: time(),
    flow_run_id: id().nullable(),
    task_run_id: id().nullable(),
  })
  .openapi("Log");

/** A log in neutral names. */
export const newLog = (log: z.output<typeof LogCreate>) => ({
  name: log.name,
  level: log.level,
  message: log.message,
  at: log.timestamp,
  flowRunId: log.flow_run_id ?? null,
  taskRunId: log.task_run_id ?? null,
});

/** A log as the dialect shows it. It never changes. */
export const logToWire = (row: LogRow): z.input<typeof Log> => ({
  id: row.id,
  created: formatTime(row.createdAt),
  updated: formatTime(row.createdAt),
  name: row.name,
  level: row.level,
  message: row.message,
  timestamp: formatTime(row.at),
  flow_run_id: row.flowRunId || null,
  task_run_id: row.taskRunId,
});
