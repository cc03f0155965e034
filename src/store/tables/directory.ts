import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const accounts = sqliteTable("accounts", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  email: text("email").notNull(),
  passwordHash: text("password_hash").notNull(),
  createdAt: integer("created_at").notNull(),
});

export const workspaces = sqliteTable("workspaces", {
  id: text("id").primaryKey(),
  accountId: text("account_id").notNull(),
  name: text("name").notNull(),
  shard: integer("shard").notNull(),
  createdAt: integer("created_at").notNull(),
});

export const apiKeys = sqliteTable("api_keys", {
  hash: text("hash").primaryKey(),
  id: text("id").notNull(),
  workspaceId: text("workspace_id").notNull(),
  name: text("name").notNull(),
  createdAt: integer("created_at").notNull(),
  revokedAt: integer("revoked_at"),
});

export const deletedWorkspaces = sqliteTable("deleted_workspaces", {
  id: text("id").primaryKey(),
  shard: integer("shard").notNull(),
  deletedAt: integer("deleted_at").notNull(),
  removeAt: integer("remove_at").notNull(),
});
