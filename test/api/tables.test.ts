import { env } from "cloudflare:test";
import { getTableConfig, type SQLiteTable } from "drizzle-orm/sqlite-core";
import { describe, expect, it } from "vitest";
import * as tables from "../../src/store/tables.ts";

interface ColumnInfo {
  name: string;
  type: string;
  notnull: number;
  pk: number;
}

const listed = Object.values(tables).map((table) => getTableConfig(table as SQLiteTable));

describe("the drizzle tables and the migrated database", () => {
  it("name the same tables", async () => {
    const { results } = await env.DB_0.prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name <> 'd1_migrations'",
    ).all<{ name: string }>();
    expect(listed.map(({ name }) => name).sort()).toEqual(results.map(({ name }) => name).sort());
  });

  it.each(listed.map((config) => [config.name, config] as const))("agree on %s", async (name, config) => {
    const { results } = await env.DB_0.prepare(`SELECT name, type, "notnull", pk FROM pragma_table_info('${name}')`).all<ColumnInfo>();
    const primary = new Set(config.primaryKeys.flatMap(({ columns }) => columns.map((column) => column.name)));
    const drizzled = config.columns.map((column) => ({
      name: column.name,
      type: column.getSQLType().toUpperCase(),
      // A key column of a WITHOUT ROWID table is never null, whatever is written.
      required: column.notNull || column.primary || primary.has(column.name),
      key: column.primary || primary.has(column.name),
    }));
    const migrated = results.map((column) => ({
      name: column.name,
      type: column.type,
      required: column.notnull === 1 || column.pk > 0,
      key: column.pk > 0,
    }));
    expect(drizzled).toEqual(migrated);
  });
});
