import type { TenantContext } from "../../tenancy/context.ts";

/** Has work done once the answer is on its way, unless nothing is to happen by itself (BACKGROUND_WORK): then the cron's rows wait. */
export function afterAnswer(ctx: TenantContext, work: () => Promise<void>): void {
  // A turn of the event loop: what is left of answering needs no more than that.
  if (ctx.config.backgroundWork) ctx.afterwards(new Promise((resolve) => setTimeout(resolve, 0)).then(work));
}
