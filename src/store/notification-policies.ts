import { and, asc, eq, sql } from "drizzle-orm";
import type { NotificationPolicyFilter, Page } from "../domain/filters.ts";
import type { TenantId } from "../domain/ids.ts";
import type { Micros } from "../domain/time.ts";
import type { Database } from "./database.ts";
import { all, equals } from "./filters/conditions.ts";
import { flowRunNotificationPolicies as policies } from "./tables.ts";

export type NotificationPolicyRow = typeof policies.$inferSelect;

const isPolicy = (tenantId: TenantId, id: string) => and(eq(policies.tenantId, tenantId), eq(policies.id, id));

export const insertPolicy = (db: Database, policy: NotificationPolicyRow) => db.query.insert(policies).values(policy);

export const selectPolicy = (db: Database, tenantId: TenantId, id: string) =>
  db.query.select().from(policies).where(isPolicy(tenantId, id));

export const selectPolicies = (db: Database, tenantId: TenantId, filter: NotificationPolicyFilter | null | undefined, page: Page) =>
  db.query
    .select()
    .from(policies)
    .where(all(sql`${policies.tenantId} = ${tenantId}`, equals(policies.isActive, filter?.isActive)))
    .orderBy(asc(policies.id))
    .limit(page.limit)
    .offset(page.offset);

/** What may be changed. A null that the table refuses is refused, which is the dialect's answer to it. */
export type PolicyChanges = {
  [K in "isActive" | "stateNames" | "tags" | "blockDocumentId" | "messageTemplate"]?: NotificationPolicyRow[K] | null;
};

/** Changes a policy; gives a row when there is one. */
export const updatePolicy = (db: Database, tenantId: TenantId, id: string, changes: PolicyChanges & { updatedAt: Micros }) =>
  db.query
    .update(policies)
    .set(changes as Partial<NotificationPolicyRow>)
    .where(isPolicy(tenantId, id))
    .returning({ id: sql<string>`id` });

/** Deletes a policy; gives a row when there was one. */
export const deletePolicy = (db: Database, tenantId: TenantId, id: string) =>
  db.query.delete(policies).where(isPolicy(tenantId, id)).returning({ id: sql<string>`id` });
