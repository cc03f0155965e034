import { z } from "@hono/zod-openapi";
import { eventAsJson } from "../domain/events/automation-events.ts";
import type { EventFilter as Filter } from "../domain/events/filter.ts";
import { countEventsOf, readEvents } from "../services/events/read-events.ts";
import { recordEvents } from "../services/events/record-events.ts";
import type { TenantContext } from "../tenancy/context.ts";
import { EventCount, EventsCountBody, EventsFilterBody, eventFilterOf, paramsOfCountable } from "../wire/prefect/event-filters.ts";
import { countToWire, EventPage, readPageToken, writePageToken } from "../wire/prefect/event-pages.ts";
import { EventsCreate, eventOf } from "../wire/prefect/events.ts";
import { text } from "../wire/prefect/model.ts";
import { EVENTS_DISABLED, whenEventsOn } from "./disabled.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const tags: [string] = ["Events"];

/** The page of events from an offset on, with the address of the next one. */
async function page(tenant: TenantContext, request: Request, filter: Filter, limit: number, offset: number) {
  const { events, total } = await readEvents(tenant, filter, limit, offset);
  const origin = tenant.config.publicUrl ?? new URL(request.url).origin;
  const token = offset + limit < total ? writePageToken({ filter, count: total, pageSize: limit, offset: offset + limit }) : null;
  return {
    events: events.map(eventAsJson),
    total,
    next_page: token === null ? null : `${origin}/api/events/filter/next?page-token=${encodeURIComponent(token)}`,
  };
}

const enabled: Endpoint[] = [
  endpoint(
    { method: "post", path: "/events", summary: "Record events", tags, body: { model: EventsCreate }, responses: { 204: null } },
    async (tenant, { body }) => {
      const now = tenant.now();
      await recordEvents(
        tenant,
        body.map((event) => eventOf(event, now)),
      );
      return { status: 204 };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/events/filter",
      summary: "List events",
      tags,
      body: { keys: EventsFilterBody },
      responses: { 200: EventPage },
    },
    async (tenant, { body, request }) => {
      const filter = eventFilterOf(body.filter ?? { occurred: {}, id: {}, order: "DESC" }, tenant.now());
      return { status: 200, body: await page(tenant, request, filter, body.limit, 0) };
    },
  ),
  endpoint(
    {
      method: "get",
      path: "/events/filter/next",
      summary: "List the next page of events",
      tags,
      query: z.object({ "page-token": text() }),
      responses: { 200: EventPage },
    },
    async (tenant, { query, request }) => {
      const { filter, pageSize, offset } = readPageToken(query["page-token"]);
      return { status: 200, body: await page(tenant, request, filter, pageSize, offset) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/events/count-by/{countable}",
      summary: "Count events by time, name or resource",
      tags,
      params: paramsOfCountable,
      body: { keys: EventsCountBody },
      responses: { 200: z.array(EventCount) },
    },
    async (tenant, { params, body }) => {
      const { countable } = params;
      const filter = eventFilterOf(body.filter, tenant.now());
      const spans = countable === "day" ? { unit: "day" as const, interval: 1 } : { unit: body.time_unit, interval: body.time_interval };
      const counts = await countEventsOf(tenant, filter, countable === "event" || countable === "resource" ? countable : spans);
      return { status: 200, body: counts.map(countToWire) };
    },
  ),
];

export const eventEndpoints: Endpoint[] = enabled.map((route) => whenEventsOn(EVENTS_DISABLED, route));
