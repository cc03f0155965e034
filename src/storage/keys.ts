import type { TenantId } from "../domain/ids.ts";

/** The R2 key of a tenant's spilled body. Every key a tenant can cause lies under its own prefix. */
export function bodyKey(tenantId: TenantId, id: string): string {
  return `tenants/${tenantId}/bodies/${id}`;
}
