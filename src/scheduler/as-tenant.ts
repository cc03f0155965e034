import type { TenantId } from "../domain/ids.ts";
import { Meter } from "../observe/meter.ts";
import { SERVICE_CALLER, type TenantContext, tenantContext } from "../tenancy/context.ts";
import type { Shard } from "./shard.ts";

/** Does work for one tenant of a shard, and waits for what goes on after it. */
export async function asTenant(shard: Shard, tenantId: TenantId, work: (ctx: TenantContext) => Promise<void>): Promise<void> {
  const after: Promise<unknown>[] = [];
  await work(tenantContext(shard.env, { tenantId, shard: shard.number }, SERVICE_CALLER, new Meter(), (more) => after.push(more)));
  while (after.length > 0) await after.shift();
}
