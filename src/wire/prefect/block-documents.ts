import { z } from "@hono/zod-openapi";
import { isJsonObject, type JsonObject } from "../../domain/json.ts";
import type { BlockSchemaRow } from "../../store/blocks/schemas.ts";
import type { BlockTypeRow } from "../../store/blocks/types.ts";
import { BlockSchema, blockSchemaToWire } from "./block-schemas.ts";
import { BlockType, blockTypeToWire } from "./block-types.ts";
import { BlockDocumentFilter, BlockSchemaFilter, BlockTypeFilter } from "./filters.ts";
import { boolean, dict, model, oneOf, optional, slug, uuid, withDefault } from "./model.ts";
import { freeObject, id, ormFields, ormToWire } from "./objects.ts";
import { limitKey, offsetKey } from "./paging.ts";

export const BlockDocumentCreate = model("BlockDocumentCreate", {
  name: optional(slug("-", "Block document name")),
  data: withDefault(dict(), {}),
  block_schema_id: uuid(),
  block_type_id: uuid(),
  is_anonymous: withDefault(boolean(), false),
}).refine((body) => body?.is_anonymous === true || (typeof body?.name === "string" && body.name !== ""), {
  // Also when other values are invalid: pydantic then looks at the valid ones.
  when: ({ value }) => isJsonObject(value),
  path: ["__root__"],
  message: "Names must be provided for block documents.",
  params: { type: "value_error" },
});

export const BlockDocumentUpdate = model("BlockDocumentUpdate", {
  block_schema_id: optional(uuid()),
  data: dict().optional(),
  merge_existing_data: withDefault(boolean(), true),
});

const filterKeys = {
  block_documents: optional(BlockDocumentFilter),
  block_types: optional(BlockTypeFilter),
  block_schemas: optional(BlockSchemaFilter),
};

export const BlockDocumentsFilterBody = z.object({
  ...limitKey,
  ...filterKeys,
  include_secrets: withDefault(boolean(), false),
  sort: oneOf("NAME_DESC", "NAME_ASC", "BLOCK_TYPE_AND_NAME_ASC").nullable().default("NAME_ASC"),
  ...offsetKey,
});

export const BlockDocumentsCountBody = z.object(filterKeys);

export const IncludeSecrets = z.object({ include_secrets: withDefault(boolean(), false) });

export const BlockDocument = z
  .object({
    ...ormFields,
    name: z.string(),
    data: freeObject(),
    block_schema_id: id(),
    block_schema: BlockSchema,
    block_type_id: id(),
    block_type_name: z.string(),
    block_type: BlockType,
    block_document_references: freeObject(),
    is_anonymous: z.boolean(),
  })
  .openapi("BlockDocument");

/** What is shown of a document wherever it is nested. */
interface Nested {
  row: { id: string; name: string; isAnonymous: boolean; blockType: BlockTypeRow };
  references: Map<string, Nested>;
}

interface Shown extends Nested {
  row: Nested["row"] & { blockSchemaId: string; blockTypeId: string; createdAt: number; updatedAt: number };
  data: JsonObject;
  blockSchema: BlockSchemaRow & { blockType: BlockTypeRow };
}

/** A block document as the dialect shows it. */
export const blockDocumentToWire = ({ row, data, blockSchema, references }: Shown): z.input<typeof BlockDocument> => ({
  ...ormToWire(row),
  name: row.name,
  data,
  block_schema_id: row.blockSchemaId,
  block_schema: blockSchemaToWire(blockSchema),
  block_type_id: row.blockTypeId,
  block_type_name: row.blockType.name,
  block_type: blockTypeToWire(row.blockType),
  block_document_references: referencesToWire(references),
  is_anonymous: row.isAnonymous,
});

const referencesToWire = (references: Map<string, Nested>): JsonObject =>
  Object.fromEntries(
    [...references].map(([name, { row, references: nested }]) => [
      name,
      {
        block_document: {
          id: row.id,
          name: row.name,
          block_type: blockTypeToWire(row.blockType),
          is_anonymous: row.isAnonymous,
          block_document_references: referencesToWire(nested),
        },
      },
    ]),
  );
