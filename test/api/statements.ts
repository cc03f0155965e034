import { env } from "cloudflare:test";
import { getTableConfig, type SQLiteTable } from "drizzle-orm/sqlite-core";
import * as tables from "../../src/store/tables.ts";

/** Every statement that the tests of a file made the Worker issue, with the values it was first issued with. */
const issued = new Map<string, unknown[]>();

const real = env.DB_0;

/** The environment of a Worker whose statements are remembered. */
export const watchedEnv = {
  ...env,
  DB_0: {
    prepare(text: string): D1PreparedStatement {
      const statement = real.prepare(text);
      if (!issued.has(text)) issued.set(text, []);
      const bind = statement.bind.bind(statement);
      statement.bind = (...values) => {
        if (issued.get(text)?.length === 0) issued.set(text, values);
        return bind(...values);
      };
      return statement;
    },
    batch: (statements: D1PreparedStatement[]) => real.batch(statements),
  } as unknown as D1Database,
};

const TABLES = Object.values(tables).map((table) => getTableConfig(table as SQLiteTable).name);

/** True for a plan's step that reads a whole table, under its own name or an alias. Subqueries and lists sent as JSON are none. */
export function readsAll(step: string, text: string): boolean {
  const scanned = /^SCAN (\w+)(?!.*VIRTUAL TABLE)/.exec(step)?.[1];
  if (scanned === undefined) return false;
  return TABLES.includes(scanned) || new RegExp(`\\b(${TABLES.join("|")})"? (as )?"?${scanned}\\b`, "i").test(text);
}

/** The statements whose plan reads a whole table: `text: step`. */
export async function scans(): Promise<string[]> {
  const found: string[] = [];
  for (const [text, values] of issued) {
    if (!/^\s*(select|insert|update|delete|with)\b/i.test(text)) continue;
    const { results } = await real
      .prepare(`EXPLAIN QUERY PLAN ${text}`)
      .bind(...values)
      .all<{ detail: string }>();
    for (const { detail } of results) if (readsAll(detail, text)) found.push(`${detail} <- ${text.slice(0, 2000)}`);
  }
  return found;
}
