import { z } from "@hono/zod-openapi";
import { Refusal } from "../../domain/errors.ts";
import type { EventFilter as Filter } from "../../domain/events/filter.ts";
import { formatTime } from "../../domain/time.ts";
import type { EventCount as Count } from "../../services/events/read-events.ts";
import { EVENTS_PAGE, type EventCount, EventFilter, eventFilterOf, eventFilterToWire } from "./event-filters.ts";
import { ReceivedEvent } from "./events.ts";

export const EventPage = z
  .object({ events: z.array(ReceivedEvent), total: z.int(), next_page: z.string().nullable() })
  .openapi("EventPage");

interface PageToken {
  filter: Filter;
  count: number;
  pageSize: number;
  offset: number;
}

const TokenBody = z.object({
  filter: EventFilter,
  count: z.int(),
  page_size: z.int().min(0).max(EVENTS_PAGE),
  offset: z.int().min(0),
});

/** Everything the next page needs, as text: base64 of JSON, and base64 of that, as the real server has it. */
export function writePageToken({ filter, count, pageSize, offset }: PageToken): string {
  const text = JSON.stringify({ filter: eventFilterToWire(filter), count, page_size: pageSize, offset });
  return btoa(btoa(String.fromCharCode(...new TextEncoder().encode(text))));
}

/** Reads a page token. Refuses (403) a text that is none. */
export function readPageToken(token: string): PageToken {
  try {
    const bytes = Uint8Array.from(atob(atob(token)), (character) => character.charCodeAt(0));
    const { filter, count, page_size: pageSize, offset } = TokenBody.parse(JSON.parse(new TextDecoder().decode(bytes)));
    return { filter: eventFilterOf(filter, Date.now() * 1000), count, pageSize, offset };
  } catch {
    throw new Refusal("forbidden", "Forbidden");
  }
}

/** A count as the dialect shows it; a span of time is labelled by its start. */
export const countToWire = ({ value, label, count, startAt, endAt }: Count): z.input<typeof EventCount> => ({
  value,
  label: label ?? formatTime(startAt),
  count,
  start_time: formatTime(startAt),
  end_time: formatTime(endAt),
});
