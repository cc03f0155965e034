import { type Column, type SQL, sql } from "drizzle-orm";
import type { BatchItem } from "drizzle-orm/batch";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { ConstraintFailed, GuardFailed, Refusal } from "../domain/errors.ts";
import type { Meter } from "../observe/meter.ts";

export { ConstraintFailed, GuardFailed };

/** A statement built with `Database.query`, to be run alone or in a batch. */
export type Statement = BatchItem<"sqlite">;

type Results<T extends readonly Statement[]> = { [K in keyof T]: T[K]["_"]["result"] };

const GUARD_TEXT = "malformed JSON";

/**
 * One D1 database, metered. Statements are built with `query` (drizzle) and run by `run`: every call is one round trip
 * and atomic. A select that joins must give equally named columns names of their own (`named`), since D1
 * answers a batch with rows keyed by column name.
 */
export class Database {
  readonly query: DrizzleD1Database;

  constructor(binding: D1Database, meter: Meter) {
    const metered = {
      prepare: (text: string) => binding.prepare(text),
      batch: async (statements: D1PreparedStatement[]) => {
        meter.d1RoundTrips += 1;
        meter.d1Queries += statements.length;
        const results = await binding.batch(statements);
        for (const { meta } of results) {
          meter.rowsRead += meta.rows_read;
          meter.rowsWritten += meta.rows_written;
        }
        return results;
      },
    };
    this.query = drizzle(metered as unknown as D1Database);
  }

  /** Runs the statements in order as one atomic batch; gives the result of each. Throws GuardFailed, ConstraintFailed or a Refusal (503). */
  async run<T extends readonly [Statement, ...Statement[]]>(...statements: T): Promise<Results<T>> {
    try {
      return (await this.query.batch(statements as unknown as [Statement])) as unknown as Results<T>;
    } catch (error) {
      throw translate(error);
    }
  }

  /** `run` for a list whose length is not known when compiling; an empty list costs nothing. */
  async runAll(statements: Statement[]): Promise<unknown[]> {
    const [first, ...rest] = statements;
    return first === undefined ? [] : this.run(first, ...rest);
  }

  /** Aborts the batch it stands in when the statement before it changed no row. Costs no write. */
  guardChanged(): Statement {
    return this.query.select({ ok: sql`iif(changes() = 0, json_extract('guard', '$'), 1)` }).from(sql`(SELECT 1)`);
  }

  /** Aborts the batch it stands in unless the condition holds at that point of the batch. Costs no write. */
  guard(condition: SQL): Statement {
    return this.query.select({ ok: sql`iif(${condition}, 1, json_extract('guard', '$'))` }).from(sql`(SELECT 1)`);
  }
}

/** A column under a name of its own, for joins: D1 answers with rows keyed by column name, so equal names would hide each other. */
export function named<C extends Column>(
  column: C,
  name: string,
): SQL.Aliased<C["_"]["notNull"] extends true ? C["_"]["data"] : C["_"]["data"] | null> {
  return sql`${column}`.mapWith(column).as(name) as never;
}

/** A list as one bound parameter: D1 takes at most 100 of them a statement. */
export function inList(column: SQL | { getSQL(): SQL }, values: readonly (string | number)[]): SQL<boolean> {
  return sql<boolean>`${column} IN (SELECT value FROM json_each(${JSON.stringify(values)}))`;
}

function translate(error: unknown): unknown {
  const text = messages(error);
  if (text.includes(GUARD_TEXT)) return new GuardFailed(text);
  if (text.includes("UNIQUE constraint failed")) return new ConstraintFailed("unique", text);
  if (text.includes("FOREIGN KEY constraint failed")) return new ConstraintFailed("foreignKey", text);
  if (text.includes("constraint failed")) return new ConstraintFailed("other", text);
  if (text.includes("SQLITE_TOOBIG")) return new Refusal("tooLarge", "A value is too large to be kept: at most 2 MB are.");
  // Overload and lost connections: the dialect's clients try a 503 again after Retry-After; a 4xx would end a worker.
  if (/overloaded|Network connection lost|timed out|storage operation exceeded|reset because|busy|database is locked/i.test(text)) {
    return new Refusal("unavailable", "Service Unavailable", { envelope: "exception", retryAfterSeconds: 1 });
  }
  return error;
}

/** An error's message and those of its causes: drizzle wraps what D1 said. */
function messages(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}\n${messages(error.cause)}`;
}
