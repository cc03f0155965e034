import { z } from "@hono/zod-openapi";
import { createBlockSchema } from "../services/block-schemas/create-block-schema.ts";
import { deleteBlockSchema } from "../services/block-schemas/delete-block-schema.ts";
import {
  filterBlockSchemas,
  readBlockSchema,
  readBlockSchemaByChecksum,
  readCapabilities,
} from "../services/block-schemas/read-block-schemas.ts";
import { BlockSchema, BlockSchemaCreate, BlockSchemasFilterBody, blockSchemaToWire } from "../wire/prefect/block-schemas.ts";
import { neutral, paramsById } from "../wire/prefect/filters.ts";
import { optional, text } from "../wire/prefect/model.ts";
import { pageOf } from "../wire/prefect/paging.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const tags: [string] = ["Block schemas"];

export const blockSchemaEndpoints: Endpoint[] = [
  endpoint(
    {
      method: "post",
      path: "/block_schemas/",
      summary: "Register a block schema, or read the one of that checksum and version",
      tags,
      body: { model: BlockSchemaCreate },
      responses: { 200: BlockSchema, 201: BlockSchema },
    },
    async (tenant, { body }) => {
      const { fields, block_type_id: blockTypeId, capabilities, version } = body;
      const { schema, created } = await createBlockSchema(tenant, { fields, blockTypeId, capabilities, version });
      return { status: created ? 201 : 200, body: blockSchemaToWire(schema) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/block_schemas/filter",
      summary: "List block schemas",
      tags,
      body: { keys: BlockSchemasFilterBody },
      responses: { 200: z.array(BlockSchema) },
    },
    async (tenant, { body }) => {
      const schemas = await filterBlockSchemas(tenant, neutral(body.block_schemas), pageOf(body));
      return { status: 200, body: schemas.map(blockSchemaToWire) };
    },
  ),
  endpoint(
    {
      method: "get",
      path: "/block_schemas/{id}",
      summary: "Read a block schema",
      tags,
      params: paramsById,
      responses: { 200: BlockSchema },
    },
    async (tenant, { params }) => ({ status: 200, body: blockSchemaToWire(await readBlockSchema(tenant, params.id)) }),
  ),
  endpoint(
    {
      method: "get",
      path: "/block_schemas/checksum/{checksum}",
      summary: "Read the newest block schema of a checksum",
      tags,
      params: z.object({ checksum: text() }),
      query: z.object({ version: optional(text()) }),
      responses: { 200: BlockSchema },
    },
    async (tenant, { params, query }) => {
      const schema = await readBlockSchemaByChecksum(tenant, params.checksum, query.version ?? null);
      return { status: 200, body: blockSchemaToWire(schema) };
    },
  ),
  endpoint(
    {
      method: "delete",
      path: "/block_schemas/{id}",
      summary: "Delete a block schema and its documents",
      tags,
      params: paramsById,
      responses: { 204: null },
    },
    async (tenant, { params }) => {
      await deleteBlockSchema(tenant, params.id);
      return { status: 204 };
    },
  ),
  endpoint(
    {
      method: "get",
      path: "/block_capabilities/",
      summary: "List the capabilities of all block schemas",
      tags: ["Block capabilities"],
      responses: { 200: z.array(z.string()) },
    },
    async (tenant) => ({ status: 200, body: await readCapabilities(tenant) }),
  ),
];
