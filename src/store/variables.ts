import { and, count, eq, type SQL, sql } from "drizzle-orm";
import type { Page, VariableFilter } from "../domain/filters.ts";
import type { TenantId } from "../domain/ids.ts";
import type { Micros } from "../domain/time.ts";
import type { Database } from "./database.ts";
import { all, combine, criterion, tagged } from "./filters/conditions.ts";
import { type NameSort, nameOrder } from "./flows.ts";
import { variables } from "./tables.ts";

export type VariableRow = typeof variables.$inferSelect;

/** One variable, by its id or its name. */
export type WhichVariable = { id: string } | { name: string };

const isVariable = (tenantId: TenantId, which: WhichVariable): SQL | undefined =>
  and(eq(variables.tenantId, tenantId), "id" in which ? eq(variables.id, which.id) : eq(variables.name, which.name));

const matches = (tenantId: TenantId, filter: VariableFilter | null | undefined): SQL =>
  all(
    sql`${variables.tenantId} = ${tenantId}`,
    filter
      ? combine(filter.operator, [
          criterion(variables.id, filter.id),
          criterion(variables.name, filter.name),
          criterion(variables.value, filter.value),
          tagged(variables.tags, filter.tags),
        ])
      : undefined,
  );

export const insertVariable = (db: Database, variable: VariableRow) => db.query.insert(variables).values(variable);

export const selectVariable = (db: Database, tenantId: TenantId, which: WhichVariable) =>
  db.query.select().from(variables).where(isVariable(tenantId, which));

/** The names and values of all variables, as parameters are hydrated with them. */
export const selectVariableValues = (db: Database, tenantId: TenantId) =>
  db.query.select({ name: variables.name, value: variables.value }).from(variables).where(eq(variables.tenantId, tenantId));

export const selectVariables = (db: Database, tenantId: TenantId, filter: VariableFilter | null | undefined, sort: NameSort, page: Page) =>
  db.query
    .select()
    .from(variables)
    .where(matches(tenantId, filter))
    .orderBy(...nameOrder(variables, sort))
    .limit(page.limit)
    .offset(page.offset);

export const countVariables = (db: Database, tenantId: TenantId, filter: VariableFilter | null | undefined) =>
  db.query.select({ count: count() }).from(variables).where(matches(tenantId, filter));

/** What may be changed. A null is refused by the table, which is the dialect's answer to it. */
export type VariableChanges = { name?: string; value?: string | null; tags?: string[] | null };

/** Changes a variable; gives a row when there is one. */
export const updateVariable = (db: Database, tenantId: TenantId, which: WhichVariable, changes: VariableChanges & { updatedAt: Micros }) =>
  db.query
    .update(variables)
    .set(changes as Partial<VariableRow>)
    .where(isVariable(tenantId, which))
    .returning({ id: sql<string>`id` });

/** Deletes a variable; gives a row when there was one. */
export const deleteVariable = (db: Database, tenantId: TenantId, which: WhichVariable) =>
  db.query.delete(variables).where(isVariable(tenantId, which)).returning({ id: sql<string>`id` });
