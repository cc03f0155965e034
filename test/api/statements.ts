import { env } from "cloudflare:test";
import { getTableConfig, type SQLiteTable } from "drizzle-orm/sqlite-core";
import { Database, type Statement } from "../../src/store/database.ts";
import * as tables from "../../src/store/tables.ts";

/**
 * Every statement that the tests of a file made the service issue, with the values it was first issued with: requests, Durable
 * Objects and the cron all run theirs through `Database.run`, in this isolate.
 */
const issued = new Map<string, unknown[]>();

/** Those of the work that is being watched. */
let watchedNow = new Map<string, unknown[]>();

const { run } = Database.prototype;

Database.prototype.run = function watched<T extends readonly [Statement, ...Statement[]]>(this: Database, ...statements: T) {
  for (const statement of statements) {
    const { sql, params } = (statement as unknown as { toSQL(): { sql: string; params: unknown[] } }).toSQL();
    if (!issued.has(sql)) issued.set(sql, params);
    watchedNow.set(sql, params);
  }
  return run.apply(this, statements as unknown as [Statement]) as ReturnType<typeof run<T>>;
};

/** The environment in which requests of the tests are answered. Its database is an object of its own, which a test can make fail. */
export const watchedEnv = {
  ...env,
  DB_0: {
    prepare: (text: string) => env.DB_0.prepare(text),
    batch: (statements: D1PreparedStatement[]) => env.DB_0.batch(statements),
  } as unknown as D1Database,
};

const TABLES = Object.values(tables).map((table) => getTableConfig(table as SQLiteTable).name);

/** True for a plan's step that reads a whole table, under its own name or an alias. Subqueries and lists sent as JSON are none. */
export function readsAll(step: string, text: string): boolean {
  const scanned = /^SCAN (\w+)(?!.*VIRTUAL TABLE)/.exec(step)?.[1];
  if (scanned === undefined) return false;
  return TABLES.includes(scanned) || new RegExp(`\\b(${TABLES.join("|")})"? (as )?"?${scanned}\\b`, "i").test(text);
}

/** The texts of the statements issued so far. */
export const issuedTexts = (): string[] => [...issued.keys()];

/** A step of how SQLite carries out a statement, and the statement's text. */
export interface Step {
  step: string;
  text: string;
}

async function plansOf(statements: ReadonlyMap<string, unknown[]>): Promise<Step[]> {
  const steps: Step[] = [];
  for (const [text, values] of statements) {
    const { results } = await env.DB_0.prepare(`EXPLAIN QUERY PLAN ${text}`)
      .bind(...values)
      .all<{ detail: string }>();
    steps.push(...results.map(({ detail }) => ({ step: detail, text })));
  }
  return steps;
}

/** How SQLite carries out the statements that some work issues. */
export async function planOf(work: () => Promise<unknown>): Promise<Step[]> {
  watchedNow = new Map();
  await work();
  return plansOf(watchedNow);
}

/** The statements whose plan reads a whole table: `step <- text`. */
export async function scans(): Promise<string[]> {
  const reading = (await plansOf(issued)).filter(({ step, text }) => readsAll(step, text));
  return reading.map(({ step, text }) => `${step} <- ${text.slice(0, 2000)}`);
}
