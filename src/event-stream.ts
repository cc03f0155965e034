import { eventAsJson } from "./domain/events/automation-events.ts";
import type { Event } from "./domain/events/event.ts";
import type { EventFilter as Filter } from "./domain/events/filter.ts";
import type { Json } from "./domain/json.ts";
import { Meter } from "./observe/meter.ts";
import { EventStreamObject } from "./queue/event-stream.ts";
import type { Owner } from "./queue/messages.ts";
import { readEvents } from "./services/events/read-events.ts";
import { now, SERVICE_CALLER, tenantContext } from "./tenancy/context.ts";
import { EventFilter, eventFilterOf } from "./wire/prefect/event-filters.ts";

/** How many events a socket is sent of those that are kept. */
const BACKFILL = 1000;

/** A tenant's live events, in the dialect. */
export class EventStream extends EventStreamObject {
  protected override readFilter(filter: Json): Filter {
    return eventFilterOf(EventFilter.parse(filter), now());
  }

  protected override async backfill({ tenantId, shard }: Owner, filter: Filter): Promise<Event[]> {
    const ctx = tenantContext(this.env, { tenantId, shard }, SERVICE_CALLER, new Meter(), (work) => this.ctx.waitUntil(work));
    const { events } = await readEvents(ctx, filter, BACKFILL, 0);
    return events.sort((a, b) => a.occurredAt - b.occurredAt);
  }

  protected override message(event: Event): string {
    return JSON.stringify({ type: "event", event: eventAsJson(event) });
  }
}
