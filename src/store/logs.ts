import { asc, desc, type SQL, sql } from "drizzle-orm";
import type { LogFilter, Page } from "../domain/filters.ts";
import type { TenantId } from "../domain/ids.ts";
import { type Database, inList, type Statement } from "./database.ts";
import { all, type Condition, combine, criterion, met } from "./filters/conditions.ts";
import { insertable, insertRows } from "./insert-rows.ts";
import { logs } from "./tables.ts";

export type LogRow = typeof logs.$inferSelect;
export type LogSort = "TIMESTAMP_ASC" | "TIMESTAMP_DESC";

/** What `flow_run_id` holds for a log of no flow run. */
export const NO_FLOW_RUN = "";

/** Writes logs: one statement for some half a megabyte of them. */
export const insertLogs = (db: Database, rows: readonly LogRow[]): Statement[] =>
  insertable(rows).map((group) => insertRows(db, logs, group));

/** A page of the logs that match, by time; logs of one instant in the order they were written. */
export const selectLogs = (db: Database, tenantId: TenantId, filter: LogFilter | null | undefined, sort: LogSort, page: Page) =>
  db.query
    .select()
    .from(logs)
    .where(all(sql`${logs.tenantId} = ${tenantId}`, filter ? logMatches(filter) : undefined))
    .orderBy(...(sort === "TIMESTAMP_ASC" ? [asc(logs.at), asc(logs.id)] : [desc(logs.at), desc(logs.id)]))
    .limit(page.limit)
    .offset(page.offset);

const logMatches = (filter: LogFilter): Condition =>
  combine(filter.operator, [
    filter.level ? all(atLeast(filter.level.ge), atMost(filter.level.le)) : undefined,
    criterion(logs.at, filter.timestamp),
    filter.flowRunId ? met(ofRuns(logs.flowRunId, filter.flowRunId.any)) : undefined,
    filter.taskRunId ? met(ofRuns(logs.taskRunId, filter.taskRunId.any)) : undefined,
  ]);

const atLeast = (level: number | null | undefined): Condition => (typeof level === "number" ? sql`${logs.level} >= ${level}` : undefined);
const atMost = (level: number | null | undefined): Condition => (typeof level === "number" ? sql`${logs.level} <= ${level}` : undefined);

/** Of one run the key gives its logs in order, so that a page reads no more rows than it shows; a list would be sorted. */
function ofRuns(column: typeof logs.flowRunId | typeof logs.taskRunId, ids: readonly string[] | null | undefined): Condition {
  if (!ids) return undefined;
  const [only, ...others] = ids;
  const one: SQL | undefined = only !== undefined && others.length === 0 ? sql`${column} = ${only}` : undefined;
  return one ?? inList(column, ids);
}
