import { found, Refusal } from "../../domain/errors.ts";
import { selectQueuesOfDocuments } from "../../store/blocks/documents.ts";
import { deleteBlockSchema as deleteStatement, selectTypeOfSchema } from "../../store/blocks/schemas.ts";
import { insertHidden, selectHidden } from "../../store/blocks/standard.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { StandardBlocks } from "../block-types/standard-blocks.ts";
import { visible } from "./read-block-schemas.ts";

/** Deletes a block schema with its documents and what is built on these. Refuses 404, and 403 for one of a protected type. */
export async function deleteBlockSchema(ctx: TenantContext, id: string): Promise<void> {
  const blocks = new StandardBlocks(ctx.tenantId);
  const protectedTypes = blocks.types().flatMap((type) => (type.isProtected ? type.id : []));
  const standard = blocks.schema(id);
  const isHideable = standard !== undefined && !protectedTypes.includes(standard.blockTypeId);
  const [[row], hidden, queues] = await ctx.db.run(
    selectTypeOfSchema(ctx.db, ctx.tenantId, id),
    selectHidden(ctx.db, ctx.tenantId),
    selectQueuesOfDocuments(ctx.db, ctx.tenantId, { schemaId: id }),
    deleteStatement(ctx.db, ctx.tenantId, id, protectedTypes),
    ...(isHideable ? [insertHidden(ctx.db, ctx.tenantId, id)] : []),
  );
  const { blockTypeId } = found(row ?? visible(standard ? [standard] : [], hidden)[0], "Block schema not found");
  if (protectedTypes.includes(blockTypeId)) throw new Refusal("forbidden", "Block schemas for protected block types cannot be deleted.");
  await ctx.queues.refill(queues.flatMap(({ id: queueId }) => queueId ?? []));
}
