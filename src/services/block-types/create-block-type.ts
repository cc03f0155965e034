import { escapeHtml } from "../../domain/blocks/html-text.ts";
import { ConstraintFailed, Refusal } from "../../domain/errors.ts";
import { selectHidden } from "../../store/blocks/standard.ts";
import { type BlockTypeRow, insertBlockType, selectBlockTypesByName } from "../../store/blocks/types.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { shown } from "./read-block-types.ts";
import { StandardBlocks } from "./standard-blocks.ts";

export interface NewBlockType {
  name: string;
  slug: string;
  logoUrl: string | null;
  documentationUrl: string | null;
  description: string | null;
  codeExample: string | null;
}

/**
 * Registers a block type; its texts are escaped. Refuses a reserved name (403) and a slug that is taken (409). When there is an
 * older type of the name, that one is the answer, as on the real server.
 */
export async function createBlockType(ctx: TenantContext, input: NewBlockType): Promise<BlockTypeRow> {
  if (input.name.toLowerCase().startsWith("prefect")) {
    throw new Refusal("forbidden", "Block type names beginning with 'Prefect' are reserved.");
  }
  const taken = new Refusal("conflict", `Block type with name "${input.name}" already exists`);
  const standard = new StandardBlocks(ctx.tenantId).typeOfSlug(input.slug);
  if (standard) {
    const [hidden] = await ctx.db.run(selectHidden(ctx.db, ctx.tenantId));
    if (shown(standard, hidden)) throw taken;
  }
  const at = ctx.now();
  const row: BlockTypeRow = {
    tenantId: ctx.tenantId,
    id: ctx.newId(),
    ...input,
    description: input.description === null ? null : escapeHtml(input.description),
    codeExample: input.codeExample === null ? null : escapeHtml(input.codeExample),
    isProtected: false,
    createdAt: at,
    updatedAt: at,
  };
  try {
    const [, [oldest]] = await ctx.db.run(insertBlockType(ctx.db, row), selectBlockTypesByName(ctx.db, ctx.tenantId, row.name));
    return oldest ?? row;
  } catch (error) {
    if (error instanceof ConstraintFailed) throw taken;
    throw error;
  }
}
