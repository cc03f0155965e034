import { and, asc, count, desc, eq, type SQL, type SQLWrapper, sql } from "drizzle-orm";
import type { Page, RunFilters } from "../domain/filters.ts";
import type { TenantId } from "../domain/ids.ts";
import type { Micros } from "../domain/time.ts";
import type { Database } from "./database.ts";
import { listCondition } from "./filters/runs.ts";
import { flows } from "./tables.ts";

export type FlowRow = typeof flows.$inferSelect;

export type NameSort = "NAME_ASC" | "NAME_DESC" | "CREATED_DESC" | "UPDATED_DESC";

/** Order of flows and deployments; the id breaks ties, which the real server leaves open. */
export function nameOrder(
  table: { name: SQLWrapper; createdAt: SQLWrapper; updatedAt: SQLWrapper; id: SQLWrapper },
  sort: NameSort,
): SQL[] {
  switch (sort) {
    case "NAME_ASC":
      return [asc(table.name), asc(table.id)];
    case "NAME_DESC":
      return [desc(table.name), desc(table.id)];
    case "CREATED_DESC":
      return [desc(table.createdAt), desc(table.id)];
    case "UPDATED_DESC":
      return [desc(table.updatedAt), desc(table.id)];
  }
}

/** Inserts a flow unless its name is taken. */
export const insertFlow = (db: Database, flow: FlowRow) => db.query.insert(flows).values(flow).onConflictDoNothing();

export const selectFlow = (db: Database, tenantId: TenantId, id: string) =>
  db.query
    .select()
    .from(flows)
    .where(and(eq(flows.tenantId, tenantId), eq(flows.id, id)));

export const selectFlowByName = (db: Database, tenantId: TenantId, name: string) =>
  db.query
    .select()
    .from(flows)
    .where(and(eq(flows.tenantId, tenantId), eq(flows.name, name)));

export const selectFlows = (db: Database, tenantId: TenantId, filters: RunFilters, sort: NameSort, page: Page) =>
  db.query
    .select()
    .from(flows)
    .where(listCondition("flows", tenantId, filters))
    .orderBy(...nameOrder(flows, sort))
    .limit(page.limit)
    .offset(page.offset);

export const countFlows = (db: Database, tenantId: TenantId, filters: RunFilters) =>
  db.query
    .select({ count: count() })
    .from(flows)
    .where(listCondition("flows", tenantId, filters));

/** Changes the given columns; gives a row when the flow exists. */
export const updateFlow = (db: Database, tenantId: TenantId, id: string, changes: { tags?: string[]; updatedAt: Micros }) =>
  db.query
    .update(flows)
    .set(changes)
    .where(and(eq(flows.tenantId, tenantId), eq(flows.id, id)))
    .returning({ id: sql<string>`id` });

/** Deletes a flow; its deployments and runs go with it by their foreign keys. Gives a row when there was one. */
export const deleteFlow = (db: Database, tenantId: TenantId, id: string) =>
  db.query
    .delete(flows)
    .where(and(eq(flows.tenantId, tenantId), eq(flows.id, id)))
    .returning({ id: sql<string>`id` });
