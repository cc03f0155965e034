import { getTableColumns, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import type { Database } from "./database.ts";

/** D1 takes texts of at most 2 MB, and a statement's rows are one text. */
const MAX_CHARACTERS = 500_000;

/** The value of a column in the row that is about to be inserted, by the name drizzle knows it by. */
export type NewValue<T extends SQLiteTable> = (column: keyof T["$inferInsert"] & string) => SQL;

/**
 * An `INSERT … SELECT` of any number of rows, by one bound parameter. A row for which `when` does not hold is left out: so rows
 * that belong to another one are written only if that one was, in the same batch. Conflict clauses can be added to it.
 */
export function insertRows<T extends SQLiteTable>(
  db: Database,
  table: T,
  rows: readonly T["$inferInsert"][],
  when: (value: NewValue<T>) => SQL = () => sql`1`,
) {
  const columns = Object.entries(getTableColumns(table));
  const positions = new Map(columns.map(([name], index) => [name, sql.raw(`json_extract(value, '$[${index}]')`)]));
  const value: NewValue<T> = (column) => positions.get(column) ?? sql`NULL`;
  const encoded = rows.map((row) =>
    columns.map(([name, column]) => {
      const plain = (row as Record<string, unknown>)[name] ?? null;
      return plain === null ? null : column.mapToDriverValue(plain);
    }),
  );
  return db.query
    .insert(table)
    .select(sql`SELECT ${sql.join([...positions.values()], sql`, `)} FROM json_each(${JSON.stringify(encoded)}) WHERE ${when(value)}`);
}

/** The rows in groups that each fit one `insertRows`. */
export function insertable<T>(rows: readonly T[]): T[][] {
  const groups: T[][] = [];
  let room = 0;
  for (const row of rows) {
    const size = JSON.stringify(row).length;
    if (size > room || groups.length === 0) {
      groups.push([]);
      room = MAX_CHARACTERS;
    }
    groups.at(-1)?.push(row);
    room -= size;
  }
  return groups;
}
