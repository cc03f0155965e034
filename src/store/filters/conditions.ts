import { type SQL, sql } from "drizzle-orm";
import type { Equal, Operator, Span, StateFilter, TagsFilter } from "../../domain/filters.ts";
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

export type Maybe<T> = T | null | undefined;

/** `any_`: IN. An empty list matches nothing. */
export const isAnyOf = (column: Operand, values: Maybe<readonly (string | number)[]>): Condition =>
  values ? inList(column, values) : undefined;

/** `not_any_`: NOT IN, which null columns do not match; an empty list matches everything. */
const isNoneOf = (column: Operand, values: Maybe<readonly string[]>): Condition =>
  values ? (values.length === 0 ? sql`1` : sql`${column} NOT IN (SELECT value FROM json_each(${JSON.stringify(values)}))`) : undefined;

/** `is_null_`: true asks for null, false for the opposite. */
const nullness = (column: Operand, isNull: Maybe<boolean>): Condition =>
  isNull === null || isNull === undefined ? undefined : isNull ? sql`${column} IS NULL` : sql`${column} IS NOT NULL`;

/** D1 refuses a LIKE pattern over 50 bytes. */
const MAX_LIKE_BYTES = 50;

/**
 * `like_`: case-insensitive `%text%` in which `%` and `_` of the text stay wildcards. Texts without wildcards, and those
 * too long for LIKE, are looked for piece by piece with instr (there `_` stands for itself).
 */
export function like(column: Operand, text: Maybe<string>): Condition {
  if (text === null || text === undefined) return undefined;
  const pattern = `%${text}%`;
  if (isPattern(pattern, text)) return sql`${column} LIKE ${pattern}`;
  let rest: SQL = sql`lower(${column})`;
  const found: SQL[] = [];
  for (const piece of text.split("%").filter((part) => part !== "")) {
    found.push(sql`instr(${rest}, lower(${piece})) > 0`);
    rest = sql`substr(${rest}, instr(${rest}, lower(${piece})) + length(${piece}))`;
  }
  return found.length === 0 ? sql`${column} IS NOT NULL` : all(...found);
}

/** `startswith_`: any of the prefixes, case-insensitive, with `%` and `_` as wildcards where LIKE takes them. An empty list asks for nothing. */
export function startsWith(column: Operand, prefixes: Maybe<readonly string[]>): Condition {
  const { wild = [], plain = [] } = Object.groupBy(prefixes ?? [], (prefix) => (isPattern(`${prefix}%`, prefix) ? "wild" : "plain"));
  return combine("or_", [
    plain.length > 0
      ? sql`EXISTS (SELECT 1 FROM json_each(${JSON.stringify(plain)}) AS prefix WHERE lower(substr(${column}, 1, length(prefix.value))) = lower(prefix.value))`
      : undefined,
    ...wild.map((prefix) => sql`${column} LIKE ${`${prefix}%`}`),
  ]);
}

/** Whether a text has wildcards, and its pattern is one that LIKE takes. */
const isPattern = (pattern: string, text: string) => /[%_]/.test(text) && new TextEncoder().encode(pattern).length <= MAX_LIKE_BYTES;

/** What one criterion may ask of a column; see `Operator` for how they are joined. */
interface Criterion extends Span {
  operator?: Operator;
  any?: Maybe<readonly (string | number)[]>;
  notAny?: Maybe<readonly string[]>;
  like?: Maybe<string>;
  startswith?: Maybe<readonly string[]>;
  isNull?: Maybe<boolean>;
}

/**
 * A criterion of a filter. Absent or null it is none; without anything in it, it is one that every row meets, which matters
 * where criteria are joined by `or_`; with an empty `startswith_` alone it is none either. `before_` and `after_` are both inclusive.
 */
export function criterion(column: Operand, asked: Maybe<Criterion>): Condition {
  if (!asked) return undefined;
  const { any, notAny, like: part, startswith, before, after, isNull } = asked;
  const condition = combine(asked.operator, [
    isAnyOf(column, any),
    isNoneOf(column, notAny),
    like(column, part),
    startsWith(column, startswith),
    before === null || before === undefined ? undefined : sql`${column} <= ${before}`,
    after === null || after === undefined ? undefined : sql`${column} >= ${after}`,
    nullness(column, isNull),
  ]);
  return startswith ? condition : met(condition);
}

/** A condition that is given: true when there is nothing to meet. */
export const met = (condition: Condition): SQL => condition ?? sql`1`;

/** `eq_` of a truth value. */
export const equals = (column: Operand, asked: Maybe<Equal>): Condition =>
  asked ? (typeof asked.eq === "boolean" ? sql`${column} = ${asked.eq ? 1 : 0}` : sql`1`) : undefined;

/** `all_` and `is_null_` over a JSON list of tags; `is_null_` true means no tags. */
export function tagged(column: Operand, tags: Maybe<TagsFilter>): Condition {
  if (!tags) return undefined;
  return met(
    combine(tags.operator, [
      tags.all ? holdsAll(column, tags.all) : undefined,
      tags.isNull === null || tags.isNull === undefined ? undefined : tags.isNull ? sql`${column} = '[]'` : sql`${column} <> '[]'`,
    ]),
  );
}

/** True when the JSON list of the column has every one of the values. */
export const holdsAll = (column: Operand, values: readonly string[]): SQL =>
  values.length === 0
    ? sql`1`
    : sql`NOT EXISTS (SELECT 1 FROM json_each(${JSON.stringify(values)}) AS wanted WHERE wanted.value NOT IN (SELECT value FROM json_each(${column})))`;

/** State types and names. */
export const inState = (type: Operand, name: Operand, state: Maybe<StateFilter>): Condition =>
  state ? met(combine(state.operator, [isAnyOf(type, state.type?.any), isAnyOf(name, state.name?.any)])) : undefined;
