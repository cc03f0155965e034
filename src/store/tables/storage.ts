import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { StorageScope } from "../../domain/storage-scope.ts";

export const storageKeys = sqliteTable("storage_keys", {
  accessKeyId: text("access_key_id").primaryKey(),
  workspaceId: text("workspace_id").notNull(),
  name: text("name").notNull(),
  scope: text("scope").$type<StorageScope>().notNull(),
  prefix: text("prefix").notNull(),
  version: integer("version").notNull(),
  createdAt: integer("created_at").notNull(),
  revokedAt: integer("revoked_at"),
});

export const storageUploads = sqliteTable(
  "storage_uploads",
  {
    tenantId: text("tenant_id").notNull(),
    uploadId: text("upload_id").notNull(),
    objectKey: text("object_key").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.uploadId] })],
);

export const storageParts = sqliteTable(
  "storage_parts",
  {
    tenantId: text("tenant_id").notNull(),
    uploadId: text("upload_id").notNull(),
    partNumber: integer("part_number").notNull(),
    etag: text("etag").notNull(),
    size: integer("size").notNull(),
    uploadedAt: integer("uploaded_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.tenantId, table.uploadId, table.partNumber] })],
);

export const storageUsage = sqliteTable("storage_usage", {
  tenantId: text("tenant_id").primaryKey(),
  bytes: integer("bytes").notNull(),
  objects: integer("objects").notNull(),
  countAt: integer("count_at").notNull(),
  countedTo: text("counted_to"),
  countedBytes: integer("counted_bytes").notNull(),
  countedObjects: integer("counted_objects").notNull(),
  reservedBytes: integer("reserved_bytes").notNull(),
  reservedObjects: integer("reserved_objects").notNull(),
});
