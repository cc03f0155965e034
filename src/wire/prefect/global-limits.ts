import { z } from "@hono/zod-openapi";
import { canonicalUuid } from "../../domain/ids.ts";
import type { GlobalLimitRow, WhichGlobalLimit } from "../../store/global-limits.ts";
import { nonNegativeFloat, nonNegativeInteger } from "./constrained.ts";
import { boolean, float, integer, list, literal, model, name, optional, text, withDefault } from "./model.ts";
import { id, ormFields, ormToWire } from "./objects.ts";

export const ConcurrencyLimitV2Create = model("ConcurrencyLimitV2Create", {
  active: withDefault(boolean(), true),
  name: name(),
  limit: nonNegativeInteger(),
  active_slots: withDefault(nonNegativeInteger(), 0),
  denied_slots: withDefault(nonNegativeInteger(), 0),
  slot_decay_per_second: withDefault(nonNegativeFloat(), 0),
});

export const ConcurrencyLimitV2Update = model("ConcurrencyLimitV2Update", {
  active: optional(boolean()),
  name: optional(name()),
  limit: optional(nonNegativeInteger()),
  active_slots: optional(nonNegativeInteger()),
  denied_slots: optional(nonNegativeInteger()),
  slot_decay_per_second: optional(nonNegativeFloat()),
});

const slots = { slots: integer({ gt: 0 }), names: list(text(), { minItems: 1 }) };

export const IncrementBody = z.object({ ...slots, mode: withDefault(literal("concurrency", "rate_limit"), "concurrency") });
export const DecrementBody = z.object({ ...slots, occupancy_seconds: optional(float({ gt: 0 })) });

export const paramsByIdOrName = z.object({ id_or_name: text() });

/** The limit that a path names: what reads as an id is one. */
export function limitNamedBy({ id_or_name: given }: { id_or_name: string }): WhichGlobalLimit {
  const limitId = canonicalUuid(given);
  return limitId === undefined ? { name: given } : { id: limitId };
}

export const ConcurrencyLimitV2 = z
  .object({
    ...ormFields,
    active: z.boolean(),
    name: z.string(),
    limit: z.int(),
    active_slots: z.int(),
    denied_slots: z.int(),
    slot_decay_per_second: z.number(),
    avg_slot_occupancy_seconds: z.number(),
  })
  .openapi("ConcurrencyLimitV2");

export const GlobalConcurrencyLimit = z
  .object({ ...ormFields, active: z.boolean(), name: z.string(), limit: z.int(), active_slots: z.int(), slot_decay_per_second: z.number() })
  .openapi("GlobalConcurrencyLimitResponse");

export const MinimalConcurrencyLimit = z.object({ id: id(), name: z.string(), limit: z.int() }).openapi("MinimalConcurrencyLimitResponse");

/** A global limit as reads show it. */
export const globalLimitToWire = (row: GlobalLimitRow): z.input<typeof GlobalConcurrencyLimit> => ({
  ...ormToWire(row),
  active: row.active,
  name: row.name,
  limit: row.limit,
  active_slots: row.activeSlots,
  slot_decay_per_second: row.slotDecayPerSecond,
});

/** A global limit as its maker is shown it. */
export const newGlobalLimitToWire = (row: GlobalLimitRow): z.input<typeof ConcurrencyLimitV2> => ({
  ...globalLimitToWire(row),
  denied_slots: row.deniedSlots,
  avg_slot_occupancy_seconds: row.avgSlotOccupancySeconds,
});

/** A global limit as those who take or give its slots are shown it. */
export const minimalLimitToWire = (row: GlobalLimitRow): z.input<typeof MinimalConcurrencyLimit> => ({
  id: row.id,
  name: row.name,
  limit: row.limit,
});
