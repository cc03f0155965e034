import { z } from "@hono/zod-openapi";
import type { EventFilter as DomainFilter } from "../../domain/events/filter.ts";
import { formatTime, type Micros } from "../../domain/time.ts";
import { resourceSpecification } from "./events.ts";
import { neutral } from "./filters.ts";
import { boolean, datetime, field, float, integer, list, model, oneOf, optional, text, uuid, withDefault } from "./model.ts";

const texts = () => optional(list(text()));

const pairs = () =>
  field<[string, string]>(
    (value, fail) => {
      const read = list(text()).safeParse(value);
      const [first, second, ...more] = read.success ? read.data : [];
      if (!Array.isArray(value)) return fail("value is not a valid tuple", "type_error.tuple");
      if (first === undefined || second === undefined || more.length > 0) {
        return fail(`wrong tuple length ${value.length}, expected 2`, "value_error.tuple.length", {
          actual_length: value.length,
          expected_length: 2,
        });
      }
      return [first, second];
    },
    { type: "array", items: { type: "string" }, minItems: 2, maxItems: 2 },
  );

/** Without `since` the last 180 days, without `until` till now. */
export const EventFilter = model("EventFilter", {
  occurred: model("EventOccurredFilter", { since: datetime().optional(), until: datetime().optional() }).default({}),
  event: optional(model("EventNameFilter", { prefix: texts(), exclude_prefix: texts(), name: texts(), exclude_name: texts() })),
  any_resource: optional(model("EventAnyResourceFilter", { id: texts(), id_prefix: texts(), labels: optional(resourceSpecification()) })),
  resource: optional(
    model("EventResourceFilter", {
      id: texts(),
      id_prefix: texts(),
      labels: optional(resourceSpecification()),
      distinct: withDefault(boolean(), false),
    }),
  ),
  related: optional(
    model("EventRelatedFilter", {
      id: texts(),
      role: texts(),
      resources_in_roles: optional(list(pairs())),
      labels: optional(resourceSpecification()),
    }),
  ),
  id: model("EventIDFilter", { id: optional(list(uuid())) }).default({}),
  order: withDefault(oneOf("ASC", "DESC"), "DESC"),
});

const DAY: Micros = 86_400_000_000;

/** A filter with its span of time filled in at `now`. Labels keep their names. */
export function eventFilterOf(body: z.output<typeof EventFilter>, now: Micros): DomainFilter {
  const { occurred, resource, any_resource: anyResource, related, ...rest } = body;
  const since = occurred.since ?? Math.floor(now / DAY) * DAY - 180 * DAY;
  return {
    ...neutral(rest),
    occurred: { since, until: occurred.until ?? now },
    resource: resource && { ...neutral(resource), labels: resource.labels },
    anyResource: anyResource && { ...neutral(anyResource), labels: anyResource.labels },
    related: related && { id: related.id, role: related.role, resourcesInRoles: related.resources_in_roles, labels: related.labels },
  };
}

/** The filter in the dialect, to be read again by `EventFilter`. */
export const eventFilterToWire = ({ occurred, event, anyResource, resource, related, id, order }: DomainFilter) => ({
  occurred: { since: formatTime(occurred.since), until: formatTime(occurred.until) },
  event: event && { prefix: event.prefix, exclude_prefix: event.excludePrefix, name: event.name, exclude_name: event.excludeName },
  any_resource: anyResource && { id: anyResource.id, id_prefix: anyResource.idPrefix, labels: anyResource.labels },
  resource: resource && { id: resource.id, id_prefix: resource.idPrefix, labels: resource.labels, distinct: resource.distinct },
  related: related && { id: related.id, role: related.role, resources_in_roles: related.resourcesInRoles, labels: related.labels },
  id,
  order,
});

/** Prefect's INTERACTIVE_PAGE_SIZE. */
export const EVENTS_PAGE = 50;

export const EventsFilterBody = z.object({
  filter: EventFilter.optional(),
  limit: withDefault(integer({ ge: 0, le: EVENTS_PAGE }), EVENTS_PAGE),
});

export const TIME_UNITS = ["week", "day", "hour", "minute", "second"] as const;

export const EventsCountBody = z.object({
  filter: EventFilter,
  time_unit: withDefault(oneOf(...TIME_UNITS), "day"),
  time_interval: withDefault(float({ ge: 0.01 }), 1),
});

export const paramsOfCountable = z.object({ countable: oneOf("day", "time", "event", "resource") });

export const EventCount = z
  .object({ value: z.string(), label: z.string(), count: z.int(), start_time: z.string(), end_time: z.string() })
  .openapi("EventCount");
