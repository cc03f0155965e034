import { eq, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { workspaces } from "./tables.ts";

/** Looks for a row that is not in the first table there is, to see whether the database answers and was migrated. */
export const pingMigrated = (db: Database) => db.query.select({ id: workspaces.id }).from(workspaces).where(eq(workspaces.id, ""));

/** Reads nothing, to see whether the database answers. */
export const ping = (db: Database) => db.query.select({ ok: sql<number>`1` }).from(sql`(SELECT 1)`);
