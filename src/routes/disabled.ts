import { z } from "@hono/zod-openapi";
import { notFound } from "../domain/errors.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const EVENTS = "Events are not enabled. Please enable the PREFECT_EXPERIMENTAL_EVENTS setting.";
const AUTOMATIONS =
  "Automations are not enabled. Please enable the PREFECT_EXPERIMENTAL_EVENTS and PREFECT_API_SERVICES_TRIGGERS_ENABLED settings.";

/** A route of Prefect that a server answers so whose events are not enabled. Its body must be JSON nevertheless. */
const disabled = (method: Endpoint["method"], path: string, text: string): Endpoint =>
  endpoint(
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

export const disabledEndpoints: Endpoint[] = [
  disabled("post", "/events", EVENTS),
  disabled("post", "/events/filter", EVENTS),
  disabled("get", "/events/filter/next", EVENTS),
  disabled("post", "/events/count-by/{countable}", EVENTS),
  disabled("post", "/automations/", AUTOMATIONS),
  disabled("post", "/automations/filter", AUTOMATIONS),
  disabled("post", "/automations/count", AUTOMATIONS),
  disabled("get", "/automations/related-to/{resource_id}", AUTOMATIONS),
  disabled("delete", "/automations/owned-by/{resource_id}", AUTOMATIONS),
  disabled("get", "/automations/{id:uuid}", AUTOMATIONS),
  disabled("put", "/automations/{id:uuid}", AUTOMATIONS),
  disabled("patch", "/automations/{id:uuid}", AUTOMATIONS),
  disabled("delete", "/automations/{id:uuid}", AUTOMATIONS),
];
