import { ping } from "../../store/health.ts";
import type { TenantContext } from "../../tenancy/context.ts";

/** Asks the tenant's database for an answer. Refuses 503 when there is none. */
export async function checkDatabase(ctx: TenantContext): Promise<void> {
  await ctx.db.run(ping(ctx.db));
}
