import { z } from "@hono/zod-openapi";
import type { Json } from "../../domain/json.ts";
import type { Provenance } from "../../domain/provenance.ts";
import { formatTime, MICROS_PER_SECOND, type Micros } from "../../domain/time.ts";

/** Parts of response models that many nouns share. Responses are documented by them, not checked at run time. */

export const id = () => z.string().openapi({ format: "uuid" });
export const time = () => z.string().openapi({ format: "date-time" });
export const seconds = () => z.number();
/** Free JSON in a response. */
export const freeJson = () => z.unknown() as z.ZodType<unknown> as z.ZodType<Json, Json>;
export const freeObject = () => z.custom<{ [key: string]: Json }>().openapi({ type: "object", additionalProperties: true } as never);
export const freeObjectOrNull = () =>
  z.custom<{ [key: string]: Json } | null>().openapi({ type: ["object", "null"], additionalProperties: true } as never);

/** What every stored object shows of itself. */
export const ormFields = { id: id(), created: time(), updated: time() };

export const ormToWire = (row: { id: string; createdAt: Micros; updatedAt: Micros }) => ({
  id: row.id,
  created: formatTime(row.createdAt),
  updated: formatTime(row.updatedAt),
});

/** A time or null. */
export const timeOrNull = (at: Micros | null): string | null => (at === null ? null : formatTime(at));

/** A duration of microseconds in seconds. */
export const inSeconds = (micros: number): number => micros / MICROS_PER_SECOND;

export const CreatedBy = z
  .object({ id: id().nullable(), type: z.string().nullable(), display_value: z.string().nullable() })
  .openapi("CreatedBy");

export const provenanceToWire = (provenance: Provenance | null) =>
  provenance === null ? null : { id: provenance.id, type: provenance.type, display_value: provenance.displayValue };
