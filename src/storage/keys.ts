import type { TenantId } from "../domain/ids.ts";

/** The prefix of all that a tenant has in R2. */
export const tenantPrefix = (tenantId: TenantId) => `tenants/${tenantId}/`;

/** The R2 key of a tenant's spilled body. Every key a tenant can cause lies under its own prefix. */
export function bodyKey(tenantId: TenantId, id: string): string {
  return `${tenantPrefix(tenantId)}bodies/${id}`;
}
