import { z } from "@hono/zod-openapi";
import type { Json } from "../../domain/json.ts";
import { boolean, text, withDefault } from "./model.ts";
import { MAX_LIMIT } from "./paging.ts";

/** The release whose dialect the service speaks. Clients compare its first number with their own. */
export const SERVER_VERSION = "2.20.26";

export const ReadyAnswer = z.object({ message: z.string() });

export const CsrfTokenQuery = z.object({ client: text() });

export const ConfirmBody = z.object({ confirm: withDefault(boolean(), false) });

export const Settings = z.record(z.string(), z.unknown()).openapi("Settings");

/** The settings that mean something to a tenant, under Prefect's names. There is no home folder, and the rest is the service's own. */
export const settingsToWire = (publicUrl: string | null): Record<string, Json> => ({
  PREFECT_HOME: null,
  PREFECT_API_URL: publicUrl === null ? null : `${publicUrl}/api`,
  PREFECT_UI_URL: publicUrl,
  PREFECT_UI_ENABLED: true,
  PREFECT_API_DEFAULT_LIMIT: MAX_LIMIT,
  PREFECT_API_TASK_CACHE_KEY_MAX_LENGTH: 2000,
  PREFECT_API_MAX_FLOW_RUN_GRAPH_NODES: 10_000,
  PREFECT_API_SERVICES_LATE_RUNS_AFTER_SECONDS: 15,
  PREFECT_SERVER_CSRF_PROTECTION_ENABLED: false,
  PREFECT_EXPERIMENTAL_EVENTS: false,
});
