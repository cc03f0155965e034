import { z } from "@hono/zod-openapi";
import { deleteBlockDocument, updateBlockDocument } from "../services/block-documents/change-block-document.ts";
import { createBlockDocument } from "../services/block-documents/create-block-document.ts";
import { countBlockDocuments, filterBlockDocuments, readBlockDocument } from "../services/block-documents/read-block-documents.ts";
import {
  BlockDocument,
  BlockDocumentCreate,
  BlockDocumentsCountBody,
  BlockDocumentsFilterBody,
  BlockDocumentUpdate,
  blockDocumentToWire,
  IncludeSecrets,
} from "../wire/prefect/block-documents.ts";
import { neutral, paramsById } from "../wire/prefect/filters.ts";
import { pageOf } from "../wire/prefect/paging.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const tags: [string] = ["Block documents"];

export const blockDocumentEndpoints: Endpoint[] = [
  endpoint(
    {
      method: "post",
      path: "/block_documents/",
      summary: "Save a block document",
      tags,
      body: { model: BlockDocumentCreate },
      responses: { 201: BlockDocument },
    },
    async (tenant, { body }) => {
      const { name = null, data, block_schema_id: blockSchemaId, block_type_id: blockTypeId, is_anonymous: isAnonymous } = body;
      const document = await createBlockDocument(tenant, { name, data, blockSchemaId, blockTypeId, isAnonymous });
      return { status: 201, body: blockDocumentToWire(document) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/block_documents/filter",
      summary: "List block documents",
      tags,
      body: { keys: BlockDocumentsFilterBody },
      responses: { 200: z.array(BlockDocument) },
    },
    async (tenant, { body }) => {
      const documents = await filterBlockDocuments(tenant, neutral(body), body.sort ?? "NAME_ASC", pageOf(body), body.include_secrets);
      return { status: 200, body: documents.map(blockDocumentToWire) };
    },
  ),
  endpoint(
    {
      method: "post",
      path: "/block_documents/count",
      summary: "Count block documents",
      tags,
      body: { keys: BlockDocumentsCountBody },
      responses: { 200: z.int() },
    },
    async (tenant, { body }) => ({ status: 200, body: await countBlockDocuments(tenant, neutral(body)) }),
  ),
  endpoint(
    {
      method: "get",
      path: "/block_documents/{id:uuid}",
      summary: "Read a block document",
      tags,
      params: paramsById,
      query: IncludeSecrets,
      responses: { 200: BlockDocument },
    },
    async (tenant, { params, query }) => ({
      status: 200,
      body: blockDocumentToWire(await readBlockDocument(tenant, params.id, query.include_secrets)),
    }),
  ),
  endpoint(
    {
      method: "patch",
      path: "/block_documents/{id:uuid}",
      summary: "Change a block document's data",
      tags,
      params: paramsById,
      body: { model: BlockDocumentUpdate },
      responses: { 204: null },
    },
    async (tenant, { params, body }) => {
      const { data, block_schema_id: blockSchemaId, merge_existing_data: mergeExistingData } = body;
      await updateBlockDocument(tenant, params.id, { data, blockSchemaId, mergeExistingData });
      return { status: 204 };
    },
  ),
  endpoint(
    {
      method: "delete",
      path: "/block_documents/{id:uuid}",
      summary: "Delete a block document",
      tags,
      params: paramsById,
      responses: { 204: null },
    },
    async (tenant, { params }) => {
      await deleteBlockDocument(tenant, params.id);
      return { status: 204 };
    },
  ),
];
