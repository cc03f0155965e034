import { unescapeHtml } from "../../domain/blocks/html-text.ts";
import { found, Refusal } from "../../domain/errors.ts";
import { selectQueuesOfDocuments } from "../../store/blocks/documents.ts";
import { insertHidden, insertStandard, selectHidden } from "../../store/blocks/standard.ts";
import {
  type BlockTypeChanges,
  type BlockTypeRow,
  deleteBlockType as deleteStatement,
  selectBlockType,
  updateBlockType as updateStatement,
} from "../../store/blocks/types.ts";
import type { Statement } from "../../store/database.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { readBlockType, shown } from "./read-block-types.ts";
import { StandardBlocks } from "./standard-blocks.ts";

const CHANGEABLE = ["logoUrl", "documentationUrl", "description", "codeExample"] as const;

/**
 * Changes a block type's texts and addresses, as they come. Nothing is written when all four are sent and say the same, escapes
 * apart: every client sends them again at each registration. Refuses 404.
 */
export async function updateBlockType(ctx: TenantContext, id: string, changes: Omit<BlockTypeChanges, "updatedAt">): Promise<void> {
  const row = await readBlockType(ctx, id);
  if (CHANGEABLE.every((key) => changes[key] !== undefined && plain(changes[key]) === plain(row[key]))) return;
  const standard = new StandardBlocks(ctx.tenantId).needed([id], []);
  await ctx.db.run(
    ...insertStandard(ctx.db, ctx.tenantId, standard),
    updateStatement(ctx.db, ctx.tenantId, id, { ...changes, updatedAt: ctx.now() }),
  );
}

const plain = (text: string | null) => (text === null ? null : unescapeHtml(text));

/** Deletes a block type with its schemas and documents and what is built on these. Refuses 404, and 403 for a protected one. */
export async function deleteBlockType(ctx: TenantContext, id: string): Promise<void> {
  const standard = new StandardBlocks(ctx.tenantId).type(id);
  if (standard?.isProtected) throw new Refusal("forbidden", "protected block types cannot be deleted.");
  const hide: Statement[] = standard ? [insertHidden(ctx.db, ctx.tenantId, id)] : [];
  const [[row], hidden, queues] = await ctx.db.run(
    selectBlockType(ctx.db, ctx.tenantId, id),
    selectHidden(ctx.db, ctx.tenantId),
    selectQueuesOfDocuments(ctx.db, ctx.tenantId, { typeId: id }),
    deleteStatement(ctx.db, ctx.tenantId, id),
    ...hide,
  );
  found<BlockTypeRow>(row ?? shown(standard, hidden), "Block type not found");
  await ctx.queues.refill(queues.flatMap(({ id: queueId }) => queueId ?? []));
}
