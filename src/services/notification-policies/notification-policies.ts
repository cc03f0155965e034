import { found } from "../../domain/errors.ts";
import type { NotificationPolicyFilter, Page } from "../../domain/filters.ts";
import {
  deletePolicy as deleteStatement,
  insertPolicy,
  type NotificationPolicyRow,
  type PolicyChanges,
  selectPolicies,
  selectPolicy,
  updatePolicy as updateStatement,
} from "../../store/notification-policies.ts";
import type { TenantContext } from "../../tenancy/context.ts";

const NO_SUCH_POLICY = "flow run notification policy not found";

export type NewPolicy = Pick<NotificationPolicyRow, "isActive" | "stateNames" | "tags" | "blockDocumentId" | "messageTemplate">;

/** Makes a policy. Refuses 409 for a block document that does not exist. */
export async function createPolicy(ctx: TenantContext, input: NewPolicy): Promise<NotificationPolicyRow> {
  const at = ctx.now();
  const policy: NotificationPolicyRow = { ...input, tenantId: ctx.tenantId, id: ctx.newId(), createdAt: at, updatedAt: at };
  await ctx.db.run(insertPolicy(ctx.db, policy));
  return policy;
}

/** A policy by id. Refuses 404. */
export async function readPolicy(ctx: TenantContext, id: string): Promise<NotificationPolicyRow> {
  const [[policy]] = await ctx.db.run(selectPolicy(ctx.db, ctx.tenantId, id));
  return found(policy, NO_SUCH_POLICY);
}

/** A page of the policies that match, by id. */
export async function filterPolicies(
  ctx: TenantContext,
  filter: NotificationPolicyFilter | null | undefined,
  page: Page,
): Promise<NotificationPolicyRow[]> {
  const [rows] = await ctx.db.run(selectPolicies(ctx.db, ctx.tenantId, filter, page));
  return rows;
}

/** Changes a policy. Refuses 404, and 409 for a null or a block document that does not exist. */
export async function updatePolicy(ctx: TenantContext, id: string, changes: PolicyChanges): Promise<void> {
  const [[row]] = await ctx.db.run(updateStatement(ctx.db, ctx.tenantId, id, { ...changes, updatedAt: ctx.now() }));
  // The real server's text names a function of Python's by mistake; clients may compare it.
  found(row, "Flow run notification policy <built-in function id> not found");
}

/** Deletes a policy. Refuses 404. */
export async function deletePolicy(ctx: TenantContext, id: string): Promise<void> {
  const [[row]] = await ctx.db.run(deleteStatement(ctx.db, ctx.tenantId, id));
  found(row, NO_SUCH_POLICY);
}
