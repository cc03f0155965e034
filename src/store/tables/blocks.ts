import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { TenantId } from "../../domain/ids.ts";
import type { Json, JsonObject } from "../../domain/json.ts";
import { json } from "../columns.ts";

export const blockTypes = sqliteTable(
  "block_types",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    id: text("id").notNull(),
    name: text("name").notNull(),
    slug: text("slug").notNull(),
    logoUrl: text("logo_url"),
    documentationUrl: text("documentation_url"),
    description: text("description"),
    codeExample: text("code_example"),
    isProtected: integer("is_protected", { mode: "boolean" }).notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
);

export const blockSchemas = sqliteTable(
  "block_schemas",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    id: text("id").notNull(),
    blockTypeId: text("block_type_id").notNull(),
    checksum: text("checksum").notNull(),
    fields: json("fields").$type<JsonObject>().notNull(),
    capabilities: json("capabilities").$type<string[]>().notNull(),
    version: text("version").notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
);

export const blockSchemaReferences = sqliteTable(
  "block_schema_references",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    parentId: text("parent_id").notNull(),
    name: text("name").notNull(),
    referenceId: text("reference_id").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.parentId, t.name, t.referenceId] })],
);

export const blockDocuments = sqliteTable(
  "block_documents",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    id: text("id").notNull(),
    blockTypeId: text("block_type_id").notNull(),
    blockSchemaId: text("block_schema_id").notNull(),
    name: text("name").notNull(),
    isAnonymous: integer("is_anonymous", { mode: "boolean" }).notNull(),
    /** What `storage/secrets.ts` gives: a ciphertext, or where a long one went. */
    data: json("data").$type<Json>().notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
);

export const blockDocumentReferences = sqliteTable(
  "block_document_references",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    parentId: text("parent_id").notNull(),
    name: text("name").notNull(),
    referenceId: text("reference_id").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.parentId, t.name] })],
);

export const hiddenStandardBlocks = sqliteTable(
  "hidden_standard_blocks",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    id: text("id").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
);
