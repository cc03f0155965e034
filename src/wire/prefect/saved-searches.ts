import { z } from "@hono/zod-openapi";
import type { Json } from "../../domain/json.ts";
import type { SavedSearchRow } from "../../store/saved-searches.ts";
import { field, list, model, text, withDefault } from "./model.ts";
import { freeObject, ormFields, ormToWire } from "./objects.ts";

/** Any JSON value, null included, but there must be one. */
const anyValue = () => field<Json>((value) => value, {}, null);

const SavedSearchFilter = model(
  "SavedSearchFilter",
  { object: text(), property: text(), type: text(), operation: text(), value: anyValue() },
  { strict: false },
);

export const SavedSearchCreate = model("SavedSearchCreate", { name: text(), filters: withDefault(list(SavedSearchFilter), []) });

export const SavedSearch = z.object({ ...ormFields, name: z.string(), filters: z.array(freeObject()) }).openapi("SavedSearch");

/** A saved search as the dialect shows it. */
export const savedSearchToWire = (row: SavedSearchRow): z.input<typeof SavedSearch> => ({
  ...ormToWire(row),
  name: row.name,
  filters: row.filters,
});
