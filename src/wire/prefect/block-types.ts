import { z } from "@hono/zod-openapi";
import type { BlockTypeRow } from "../../store/blocks/types.ts";
import { BlockSchemaFilter, BlockTypeFilter } from "./filters.ts";
import { httpUrl } from "./http-url.ts";
import { model, name, optional, slug, text } from "./model.ts";
import { ormFields, ormToWire } from "./objects.ts";
import { limitKey, offsetKey } from "./paging.ts";

const updatable = {
  logo_url: optional(httpUrl()),
  documentation_url: optional(httpUrl()),
  description: optional(text()),
  code_example: optional(text()),
};

export const BlockTypeCreate = model("BlockTypeCreate", { name: name(), slug: slug("-", "Block type slug"), ...updatable });

export const BlockTypeUpdate = model("BlockTypeUpdate", updatable);

export const BlockTypesFilterBody = z.object({
  ...limitKey,
  block_types: optional(BlockTypeFilter),
  block_schemas: optional(BlockSchemaFilter),
  ...offsetKey,
});

export const BlockType = z
  .object({
    ...ormFields,
    name: z.string(),
    slug: z.string(),
    logo_url: z.string().nullable(),
    documentation_url: z.string().nullable(),
    description: z.string().nullable(),
    code_example: z.string().nullable(),
    is_protected: z.boolean(),
  })
  .openapi("BlockType");

/** A block type as the dialect shows it. */
export const blockTypeToWire = (row: BlockTypeRow): z.input<typeof BlockType> => ({
  ...ormToWire(row),
  name: row.name,
  slug: row.slug,
  logo_url: row.logoUrl,
  documentation_url: row.documentationUrl,
  description: row.description,
  code_example: row.codeExample,
  is_protected: row.isProtected,
});
