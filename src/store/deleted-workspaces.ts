import { and, asc, eq, getTableColumns, lte, sql } from "drizzle-orm";
import { getTableConfig, type SQLiteColumn } from "drizzle-orm/sqlite-core";
import type { TenantId } from "../domain/ids.ts";
import type { Micros } from "../domain/time.ts";
import type { Database, Statement } from "./database.ts";
import * as tables from "./tables.ts";

const { accounts, deletedWorkspaces, workspaces } = tables;

/** The end of workspaces: at once out of the directory, with their keys and sessions; then out of their shard, by and by. */

/** Takes a workspace out of the directory, and its account when it has no other. To be run as one batch on `DB_0`. */
export const deleteWorkspace = (db: Database, accountId: string, workspaceId: string, at: Micros): Statement[] => [
  db.query.insert(deletedWorkspaces).select(
    db.query
      .select({
        id: workspaces.id,
        shard: workspaces.shard,
        deletedAt: sql<number>`${at}`.as("deleted_at"),
        removeAt: sql<number>`${at}`.as("remove_at"),
      })
      .from(workspaces)
      .where(eq(workspaces.id, workspaceId)),
  ),
  db.query.delete(workspaces).where(eq(workspaces.id, workspaceId)),
  db.query
    .delete(accounts)
    .where(and(eq(accounts.id, accountId), sql`NOT EXISTS (SELECT 1 FROM ${workspaces} WHERE ${workspaces.accountId} = ${accountId})`)),
];

/** Workspaces of a shard that are to be removed, the longest due first. */
export const selectWorkspacesToRemove = (db: Database, shard: number, at: Micros, limit: number) =>
  db.query
    .select()
    .from(deletedWorkspaces)
    .where(and(eq(deletedWorkspaces.shard, shard), lte(deletedWorkspaces.removeAt, at)))
    .orderBy(asc(deletedWorkspaces.removeAt))
    .limit(limit);

export const removeWorkspaceAgain = (db: Database, id: string, removeAt: Micros) =>
  db.query.update(deletedWorkspaces).set({ removeAt }).where(eq(deletedWorkspaces.id, id));

export const forgetDeletedWorkspace = (db: Database, id: string) => db.query.delete(deletedWorkspaces).where(eq(deletedWorkspaces.id, id));

/** Tables whose rows others point to: emptied after those, the last to be pointed to first. */
const POINTED_TO = [
  tables.taskRuns,
  tables.flowRuns,
  tables.deployments,
  tables.flowRunNotificationPolicies,
  tables.automations,
  tables.storageUploads,
  tables.flows,
  tables.blockDocuments,
  tables.blockSchemas,
  tables.blockTypes,
  tables.workQueues,
  tables.workPools,
];

type Table = (typeof tables)[keyof typeof tables];

const isTenants = (table: Table) => "tenantId" in getTableColumns(table);
const others = Object.values(tables).filter((table) => isTenants(table) && !POINTED_TO.some((pointedTo) => pointedTo === table));

/**
 * Deletes some rows of a tenant in each of its tables, one statement a table, in an order in which no row takes others with it.
 * Each gives the last part of the rows' keys: the ids of the queues, where `isOfQueues`.
 */
export const deleteTenantRows = (db: Database, tenantId: TenantId, limit: number) =>
  [...others, ...POINTED_TO].map((table) => {
    const { columns, primaryKeys } = getTableConfig(table);
    const key = primaryKeys[0]?.columns ?? columns.filter(({ primary }) => primary);
    const names = sql.join(
      key.map(({ name }) => sql.identifier(name)),
      sql`, `,
    );
    const tenant = columns.find(({ name }) => name === "tenant_id") as SQLiteColumn;
    const statement = db.query
      .delete(table)
      .where(
        and(
          eq(tenant, tenantId),
          sql`(${names}) IN (SELECT ${names} FROM ${table} WHERE ${sql.identifier("tenant_id")} = ${tenantId} LIMIT ${limit})`,
        ),
      )
      .returning({ key: key.at(-1) as SQLiteColumn });
    return { isOfQueues: table === tables.workQueues, statement };
  });
