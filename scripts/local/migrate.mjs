import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { ServiceError } from "./service-error.mjs";

/**
 * Applies the folder's migrations that a D1 database lacks, in the order of their names, and gives the names applied.
 * The record is the one of `wrangler d1 migrations apply`. A file and its record are one batch: all of it or nothing is there.
 * `split` cuts SQL text into statements, triggers in one piece.
 */
export async function migrate(database, folder, split) {
  await database
    .prepare(
      "CREATE TABLE IF NOT EXISTS d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)",
    )
    .run();
  const { results } = await database.prepare("SELECT name FROM d1_migrations").all();
  const done = new Set(results.map((row) => row.name));
  const missing = readdirSync(folder)
    .filter((name) => name.endsWith(".sql") && !done.has(name))
    .sort();
  for (const name of missing) {
    const statements = split(readFileSync(path.join(folder, name), "utf8")).map((statement) => database.prepare(statement));
    const record = database.prepare("INSERT INTO d1_migrations (name) VALUES (?1)").bind(name);
    await database.batch([...statements, record]).catch((error) => {
      throw new ServiceError(`the migration ${name} failed: ${error.message}`);
    });
  }
  return missing;
}
