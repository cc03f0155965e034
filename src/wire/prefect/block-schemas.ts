import { z } from "@hono/zod-openapi";
import type { BlockSchemaRow } from "../../store/blocks/schemas.ts";
import type { BlockTypeRow } from "../../store/blocks/types.ts";
import { BlockType, blockTypeToWire } from "./block-types.ts";
import { BlockSchemaFilter } from "./filters.ts";
import { dict, list, model, optional, text, uuid, withDefault } from "./model.ts";
import { freeObject, id, ormFields, ormToWire } from "./objects.ts";
import { limitKey, offsetKey } from "./paging.ts";

export const BlockSchemaCreate = model("BlockSchemaCreate", {
  fields: withDefault(dict(), {}),
  block_type_id: uuid().nullable(),
  capabilities: withDefault(list(text()), []),
  version: withDefault(text(), "non-versioned"),
});

export const BlockSchemasFilterBody = z.object({ ...limitKey, block_schemas: optional(BlockSchemaFilter), ...offsetKey });

export const BlockSchema = z
  .object({
    ...ormFields,
    checksum: z.string(),
    fields: freeObject(),
    block_type_id: id(),
    block_type: BlockType,
    capabilities: z.array(z.string()),
    version: z.string(),
  })
  .openapi("BlockSchema");

/** A block schema, its fields in full, as the dialect shows it. */
export const blockSchemaToWire = (schema: BlockSchemaRow & { blockType: BlockTypeRow }): z.input<typeof BlockSchema> => ({
  ...ormToWire(schema),
  checksum: schema.checksum,
  fields: schema.fields,
  block_type_id: schema.blockTypeId,
  block_type: blockTypeToWire(schema.blockType),
  capabilities: schema.capabilities,
  version: schema.version,
});
