import { type SQL, sql } from "drizzle-orm";
import type { Operator, Span, StateFilter, TagsFilter } from "../../domain/filters.ts";
import { inList } from "../database.ts";

/** A column of a table or an expression over it. */
export type Operand = SQL | { getSQL(): SQL };
export type Condition = SQL | undefined;

/** The criteria of one filter object joined by its operator; undefined (true) when there are none. */
export function combine(operator: Operator | undefined, criteria: readonly Condition[]): Condition {
  const given = criteria.filter((condition): condition is SQL => condition !== undefined);
  if (given.length === 0) return undefined;
  const joined = sql.join(given, operator === "or_" ? sql` OR ` : sql` AND `);
  return sql`(${joined})`;
}

export const all = (...conditions: Condition[]): SQL => combine("and_", conditions) ?? sql`1`;

type Maybe<T> = T | null | undefined;

/** `any_`: IN. An empty list matches nothing. */
export const isAnyOf = (column: Operand, values: Maybe<readonly (string | number)[]>): Condition =>
  values ? inList(column, values) : undefined;

/** `not_any_`: NOT IN, which null columns do not match; an empty list matches everything. */
export const isNoneOf = (column: Operand, values: Maybe<readonly string[]>): Condition =>
  values ? (values.length === 0 ? sql`1` : sql`${column} NOT IN (SELECT value FROM json_each(${JSON.stringify(values)}))`) : undefined;

/** `is_null_`: true asks for null, false for the opposite. */
export const nullness = (column: Operand, isNull: Maybe<boolean>): Condition =>
  isNull === null || isNull === undefined ? undefined : isNull ? sql`${column} IS NULL` : sql`${column} IS NOT NULL`;

export const equals = (column: Operand, value: Maybe<boolean>): Condition =>
  value === null || value === undefined ? undefined : sql`${column} = ${value ? 1 : 0}`;

/** D1 refuses a LIKE pattern over 50 bytes. */
const MAX_LIKE_BYTES = 50;

/**
 * `like_`: case-insensitive `%text%` in which `%` and `_` of the text stay wildcards. Texts without wildcards, and those
 * too long for LIKE, are looked for piece by piece with instr (there `_` stands for itself).
 */
export function like(column: Operand, text: Maybe<string>): Condition {
  if (text === null || text === undefined) return undefined;
  const pattern = `%${text}%`;
  const wild = /[%_]/.test(text);
  if (wild && new TextEncoder().encode(pattern).length <= MAX_LIKE_BYTES) return sql`${column} LIKE ${pattern}`;
  let rest: SQL = sql`lower(${column})`;
  const found: SQL[] = [];
  for (const piece of text.split("%").filter((part) => part !== "")) {
    found.push(sql`instr(${rest}, lower(${piece})) > 0`);
    rest = sql`substr(${rest}, instr(${rest}, lower(${piece})) + length(${piece}))`;
  }
  return found.length === 0 ? sql`${column} IS NOT NULL` : all(...found);
}

/** `startswith_`: any of the prefixes, case-insensitive. */
export const startsWith = (column: Operand, prefixes: Maybe<readonly string[]>): Condition =>
  prefixes
    ? sql`EXISTS (SELECT 1 FROM json_each(${JSON.stringify(prefixes)}) AS prefix WHERE lower(substr(${column}, 1, length(prefix.value))) = lower(prefix.value))`
    : undefined;

/** `before_` and `after_`, both inclusive. */
export const within = (column: Operand, span: Maybe<Span>): Condition =>
  span
    ? combine("and_", [
        span.before === null || span.before === undefined ? undefined : sql`${column} <= ${span.before}`,
        span.after === null || span.after === undefined ? undefined : sql`${column} >= ${span.after}`,
      ])
    : undefined;

/** `all_` and `is_null_` over a JSON list of tags; `is_null_` true means no tags. */
export function tagged(column: Operand, tags: Maybe<TagsFilter>): Condition {
  if (!tags) return undefined;
  return combine(tags.operator, [
    tags.all ? holdsAll(column, tags.all) : undefined,
    tags.isNull === null || tags.isNull === undefined ? undefined : tags.isNull ? sql`${column} = '[]'` : sql`${column} <> '[]'`,
  ]);
}

/** True when the JSON list of the column has every one of the values. */
export const holdsAll = (column: Operand, values: readonly string[]): SQL =>
  values.length === 0
    ? sql`1`
    : sql`NOT EXISTS (SELECT 1 FROM json_each(${JSON.stringify(values)}) AS wanted WHERE wanted.value NOT IN (SELECT value FROM json_each(${column})))`;

/** State types and names. */
export const inState = (type: Operand, name: Operand, state: Maybe<StateFilter>): Condition =>
  state ? combine(state.operator, [isAnyOf(type, state.type?.any), isAnyOf(name, state.name?.any)]) : undefined;
