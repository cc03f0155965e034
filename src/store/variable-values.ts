import { eq } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
import type { Database } from "./database.ts";
import { variables } from "./tables.ts";

/** All of a workspace's variables, as values that name them are given. */
export const selectVariableValues = (db: Database, tenantId: TenantId) =>
  db.query.select({ name: variables.name, value: variables.value }).from(variables).where(eq(variables.tenantId, tenantId));
