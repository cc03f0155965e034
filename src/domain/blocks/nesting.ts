import { Refusal } from "../errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import type { BlockReference } from "./document-references.ts";

/**
 * A block is put together anew at each place that holds it. A few blocks that each hold the one before twice have millions of
 * places, so they are counted before anything is built.
 */
export const MAX_PLACES = 10_000;

/** Nested blocks that one schema may bring along: taking them apart costs the square of it. */
const MAX_NESTED_SCHEMAS = 200;

/** Refuses (413) blocks that hold, with all that is nested in them, more than 10,000 others. Takes all references reachable. */
export function requireFewPlaces(ids: readonly string[], references: readonly BlockReference[]): void {
  const byParent = Map.groupBy(references, ({ parentId }) => parentId);
  const known = new Map<string, number>();
  const placesIn = (id: string): number => {
    const counted = known.get(id);
    if (counted !== undefined) return counted;
    // A block that leads back to itself is held once on the way.
    known.set(id, 0);
    const places = (byParent.get(id) ?? []).reduce((sum, { referenceId }) => sum + 1 + placesIn(referenceId), 0);
    known.set(id, places);
    return places;
  };
  const total = ids.reduce((sum, id) => sum + placesIn(id), 0);
  if (total > MAX_PLACES) throw tooManyPlaces();
}

export const tooManyPlaces = () => new Refusal("tooLarge", `These blocks hold others in more than ${MAX_PLACES} places.`);

/** Refuses (413) a schema's fields with references to more than 200 blocks, in itself and its definitions. */
export function requireFewNested(fields: JsonObject): void {
  const definitions = isJsonObject(fields.definitions) ? Object.values(fields.definitions) : [];
  const count = [fields, ...definitions].flatMap(referencesIn).length;
  if (count > MAX_NESTED_SCHEMAS) throw new Refusal("tooLarge", `A block schema may refer to at most ${MAX_NESTED_SCHEMAS} others.`);
}

function referencesIn(schema: Json): Json[] {
  if (!isJsonObject(schema) || !isJsonObject(schema.block_schema_references)) return [];
  return Object.values(schema.block_schema_references).flat();
}
