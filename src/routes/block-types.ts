import { z } from "@hono/zod-openapi";
import { present } from "../domain/json.ts";
import { readNamedBlockDocument } from "../services/block-documents/default-storage.ts";
import { readDocumentsOfType } from "../services/block-documents/read-block-documents.ts";
import { deleteBlockType, updateBlockType } from "../services/block-types/change-block-type.ts";
import { createBlockType } from "../services/block-types/create-block-type.ts";
import { filterBlockTypes, readBlockType, readBlockTypeBySlug } from "../services/block-types/read-block-types.ts";
import { BlockDocument, blockDocumentToWire, IncludeSecrets } from "../wire/prefect/block-documents.ts";
import { BlockType, BlockTypeCreate, BlockTypesFilterBody, BlockTypeUpdate, blockTypeToWire } from "../wire/prefect/block-types.ts";
import { neutral, paramsById } from "../wire/prefect/filters.ts";
import { text } from "../wire/prefect/model.ts";
import { pageOf } from "../wire/prefect/paging.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const tags: [string] = ["Block types"];
const bySlug = z.object({ slug: text() });

export const blockTypeEndpoints: Endpoint[] = [
  endpoint(
    {
      method: "post",
      path: "/block_types/",
      summary: "Register a block type",
      tags,
      body: { model: BlockTypeCreate },
      responses: { 201: BlockType },
    },
    async (tenant, { body }) => {
      const { logoUrl = null, documentationUrl = null, description = null, codeExample = null, name, slug } = neutral(body);
      const type = await createBlockType(tenant, { name, slug, logoUrl, documentationUrl, description, codeExample });
      return { status: 201, body: blockTypeToWire(type) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/block_types/filter",
      summary: "List block types",
      tags,
      body: { keys: BlockTypesFilterBody },
      responses: { 200: z.array(BlockType) },
    },
    async (tenant, { body }) => ({ status: 200, body: (await filterBlockTypes(tenant, neutral(body), pageOf(body))).map(blockTypeToWire) }),
  ),
  endpoint(
    {
      method: "post",
      path: "/block_types/install_system_block_types",
      summary: "Do nothing: the protected block types are always there",
      tags,
      responses: { 200: z.null() },
    },
    async () => ({ status: 200, body: null }),
  ),
  endpoint(
    { method: "get", path: "/block_types/{id}", summary: "Read a block type", tags, params: paramsById, responses: { 200: BlockType } },
    async (tenant, { params }) => ({ status: 200, body: blockTypeToWire(await readBlockType(tenant, params.id)) }),
  ),
  endpoint(
    {
      method: "get",
      path: "/block_types/slug/{slug}",
      summary: "Read a block type by slug",
      tags,
      params: bySlug,
      responses: { 200: BlockType },
    },
    async (tenant, { params }) => ({ status: 200, body: blockTypeToWire(await readBlockTypeBySlug(tenant, params.slug)) }),
  ),
  endpoint(
    {
      method: "patch",
      path: "/block_types/{id}",
      summary: "Change a block type",
      tags,
      params: paramsById,
      body: { model: BlockTypeUpdate },
      responses: { 204: null },
    },
    async (tenant, { params, body }) => {
      await updateBlockType(tenant, params.id, present(neutral(body)));
      return { status: 204 };
    },
  ),
  endpoint(
    {
      method: "delete",
      path: "/block_types/{id}",
      summary: "Delete a block type, its schemas and documents",
      tags,
      params: paramsById,
      responses: { 204: null },
    },
    async (tenant, { params }) => {
      await deleteBlockType(tenant, params.id);
      return { status: 204 };
    },
  ),
  endpoint(
    {
      method: "get",
      path: "/block_types/slug/{slug}/block_documents",
      summary: "List the named documents of a block type",
      tags,
      params: bySlug,
      query: IncludeSecrets,
      responses: { 200: z.array(BlockDocument) },
    },
    async (tenant, { params, query }) => {
      const documents = await readDocumentsOfType(tenant, params.slug, query.include_secrets);
      return { status: 200, body: documents.map(blockDocumentToWire) };
    },
  ),
  endpoint(
    {
      method: "get",
      path: "/block_types/slug/{slug}/block_documents/name/{block_document_name}",
      summary: "Read a block document by name",
      tags,
      params: z.object({ slug: text(), block_document_name: text() }),
      query: IncludeSecrets,
      responses: { 200: BlockDocument },
    },
    async (tenant, { params, query, request }) => {
      const { slug, block_document_name: name } = params;
      const document = await readNamedBlockDocument(tenant, slug, name, query.include_secrets, new URL(request.url).origin);
      return { status: 200, body: blockDocumentToWire(document) };
    },
  ),
];
