import type { TenantId } from "../domain/ids.ts";

/** The name of a work queue's object. Every object's name starts with its tenant, so no tenant can reach another's. */
export const workQueueObject = (tenantId: TenantId, queueId: string): string => `${tenantId}/queue/${queueId}`;

/** The name of a pool's coordinator: by the pool's name, which never changes and is what pollers send. */
export const workPoolObject = (tenantId: TenantId, poolName: string): string => `${tenantId}/pool/${poolName}`;

/** The name of the object that sends a tenant's live events. */
export const eventStreamObject = (tenantId: TenantId): string => `${tenantId}/events`;
