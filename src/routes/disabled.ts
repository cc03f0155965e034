import { z } from "@hono/zod-openapi";
import { notFound } from "../domain/errors.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

/** What a server answers whose events, or whose triggers, are not enabled. */
export const EVENTS_DISABLED = "Events are not enabled. Please enable the PREFECT_EXPERIMENTAL_EVENTS setting.";
export const AUTOMATIONS_DISABLED =
  "Automations are not enabled. Please enable the PREFECT_EXPERIMENTAL_EVENTS and PREFECT_API_SERVICES_TRIGGERS_ENABLED settings.";

/** A route that is there only when EVENTS is on; else it answers `text` (404), if its body is JSON at all. */
export function whenEventsOn(text: string, enabled: Endpoint): Endpoint {
  const { method, path } = enabled;
  const disabled = endpoint(
    {
      method,
      path,
      summary: text,
      tags: ["Disabled"],
      isDocumented: false,
      ...(method === "get" || method === "delete" ? {} : { body: { keys: z.object({}) } }),
      responses: { 404: null },
    },
    async () => {
      throw notFound(text);
    },
  );
  return { ...enabled, handle: (context) => (context.get("tenant").config.events ? enabled : disabled).handle(context) };
}
