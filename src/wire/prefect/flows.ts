import { z } from "@hono/zod-openapi";
import { formatTime } from "../../domain/time.ts";
import type { FlowRow } from "../../store/flows.ts";
import { poolFilters, runFilters } from "./filters.ts";
import { list, model, name, oneOf, text, withDefault } from "./model.ts";
import { ormFields } from "./objects.ts";
import { limitKey, offsetKey } from "./paging.ts";

export const FlowCreate = model("FlowCreate", { name: name(), tags: withDefault(list(text()), []) });

export const FlowUpdate = model("FlowUpdate", { tags: list(text()).optional() });

export const NameSort = oneOf("CREATED_DESC", "UPDATED_DESC", "NAME_ASC", "NAME_DESC");

const filterKeys = { ...runFilters, work_pools: poolFilters.work_pools };

export const FlowsFilterBody = z.object({ ...limitKey, ...offsetKey, ...filterKeys, sort: withDefault(NameSort, "NAME_ASC") });

export const FlowsCountBody = z.object(filterKeys);

export const Flow = z.object({ ...ormFields, name: z.string(), tags: z.array(z.string()) }).openapi("Flow");

/** A flow as the dialect shows it. */
export const flowToWire = (row: FlowRow): z.input<typeof Flow> => ({
  id: row.id,
  created: formatTime(row.createdAt),
  updated: formatTime(row.updatedAt),
  name: row.name,
  tags: row.tags,
});
