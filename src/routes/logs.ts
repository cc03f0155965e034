import { z } from "@hono/zod-openapi";
import { filterLogs } from "../services/logs/filter-logs.ts";
import { writeLogs } from "../services/logs/write-logs.ts";
import { neutral } from "../wire/prefect/filters.ts";
import { Log, LogsCreateBody, LogsFilterBody, logToWire, newLog } from "../wire/prefect/logs.ts";
import { pageOf } from "../wire/prefect/paging.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const tags: [string] = ["Logs"];

export const logEndpoints: Endpoint[] = [
  endpoint(
    { method: "post", path: "/logs/", summary: "Write logs", tags, body: { model: LogsCreateBody }, responses: { 201: z.null() } },
    async (tenant, { body }) => {
      await writeLogs(tenant, body.map(newLog));
      return { status: 201, body: null };
    },
  ),
  endpoint(
    { method: "post", path: "/logs/filter", summary: "List logs", tags, body: { keys: LogsFilterBody }, responses: { 200: z.array(Log) } },
    async (tenant, { body }) => {
      const logs = await filterLogs(tenant, neutral(body.logs), body.sort, pageOf(body));
      return { status: 200, body: logs.map(logToWire) };
    },
  ),
];
