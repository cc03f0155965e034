import { z } from "@hono/zod-openapi";
import type { TagLimitRow } from "../../store/concurrency-limits.ts";
import { integer, list, model, optional, text, uuid } from "./model.ts";
import { id, ormFields, ormToWire } from "./objects.ts";

export const ConcurrencyLimitCreate = model("ConcurrencyLimitCreate", { tag: text(), concurrency_limit: integer() });

export const ConcurrencyLimitResetBody = z.object({ slot_override: optional(list(uuid())) });

export const paramsByTag = z.object({ tag: text() });

export const ConcurrencyLimit = z
  .object({ ...ormFields, tag: z.string(), concurrency_limit: z.int(), active_slots: z.array(id()) })
  .openapi("ConcurrencyLimit");

/** A limit on a tag as the dialect shows it. */
export const tagLimitToWire = (row: TagLimitRow): z.input<typeof ConcurrencyLimit> => ({
  ...ormToWire(row),
  tag: row.tag,
  concurrency_limit: row.concurrencyLimit,
  active_slots: row.activeSlots,
});
