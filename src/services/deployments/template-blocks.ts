import { canonicalUuid } from "../../domain/ids.ts";
import type { JsonObject } from "../../domain/json.ts";
import { type BlockData, defaultBlockIds } from "../../domain/work-pools/template.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { filterBlockDocuments } from "../block-documents/read-block-documents.ts";

/** The data of the blocks that a pool's template has as defaults, secrets masked. No round trip for a template without such. */
export async function templateBlocks(ctx: TenantContext, template: JsonObject): Promise<BlockData> {
  const named = defaultBlockIds(template).map((id) => [id, canonicalUuid(id)] as const);
  const ids = named.flatMap(([, id]) => id ?? []);
  if (ids.length === 0) return new Map();
  const filter = { id: { any: ids }, isAnonymous: null };
  const documents = await filterBlockDocuments(ctx, { blockDocuments: filter }, "NAME_ASC", { limit: ids.length, offset: 0 }, false);
  const data = new Map(documents.map((document) => [document.row.id, document.data]));
  return new Map(named.flatMap(([name, id]) => (id !== undefined && data.has(id) ? [[name, data.get(id) ?? {}] as const] : [])));
}
