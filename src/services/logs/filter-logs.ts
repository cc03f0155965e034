import type { LogFilter, Page } from "../../domain/filters.ts";
import { type LogRow, type LogSort, selectLogs } from "../../store/logs.ts";
import type { TenantContext } from "../../tenancy/context.ts";

/** A page of the logs that match. */
export async function filterLogs(ctx: TenantContext, filter: LogFilter | null | undefined, sort: LogSort, page: Page): Promise<LogRow[]> {
  const [rows] = await ctx.db.run(selectLogs(ctx.db, ctx.tenantId, filter, sort, page));
  return rows;
}
