import type { BlockSchemaFilter, BlockTypeFilter } from "../filters.ts";

/** What the filters look at; the store says the same of rows in SQL. */
interface FilteredSchema {
  id: string;
  blockTypeId: string;
  capabilities: readonly string[];
  version: string;
}

/** Whether a block type matches a filter: every criterion given must hold. */
export function typeMatches(type: { name: string; slug: string }, filter: BlockTypeFilter): boolean {
  const { like } = filter.name ?? {};
  const { any } = filter.slug ?? {};
  return (like === null || like === undefined || likeText(type.name, like)) && (!any || any.includes(type.slug));
}

/** Whether a block schema matches a filter: its criteria are joined by its operator, and none of them is true. */
export function schemaMatches(schema: FilteredSchema, filter: BlockSchemaFilter): boolean {
  const { blockTypeId, blockCapabilities, id, version } = filter;
  const criteria = [
    blockTypeId?.any?.includes(schema.blockTypeId),
    blockCapabilities?.all?.every((capability) => schema.capabilities.includes(capability)),
    id?.any?.includes(schema.id),
    version?.any?.includes(schema.version),
  ].filter((criterion) => criterion !== undefined);
  if (criteria.length === 0) return true;
  return filter.operator === "or_" ? criteria.some(Boolean) : criteria.every(Boolean);
}

/** Case-insensitive `%text%`, in which `%` and `_` of the text stay wildcards. */
function likeText(value: string, text: string): boolean {
  const pattern = text
    .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    .replaceAll("%", ".*")
    .replaceAll("_", ".");
  return new RegExp(pattern, "is").test(value);
}
