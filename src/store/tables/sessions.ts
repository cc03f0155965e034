import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const sessions = sqliteTable("sessions", {
  hash: text("hash").primaryKey(),
  id: text("id").notNull(),
  accountId: text("account_id").notNull(),
  workspaceId: text("workspace_id").notNull(),
  createdAt: integer("created_at").notNull(),
  expiresAt: integer("expires_at").notNull(),
});

export const signInAttempts = sqliteTable("sign_in_attempts", {
  subject: text("subject").primaryKey(),
  attempts: integer("attempts").notNull(),
  endsAt: integer("ends_at").notNull(),
});
