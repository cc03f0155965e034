import { sql } from "drizzle-orm";
import type { Database } from "./database.ts";

/** Reads nothing, to see whether the database answers. */
export const ping = (db: Database) => db.query.select({ ok: sql<number>`1` }).from(sql`(SELECT 1)`);
