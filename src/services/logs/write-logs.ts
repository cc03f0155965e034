import { numberedIds } from "../../domain/numbered-ids.ts";
import type { Micros } from "../../domain/time.ts";
import { insertLogs, type LogRow, NO_FLOW_RUN } from "../../store/logs.ts";
import type { TenantContext } from "../../tenancy/context.ts";

export interface NewLog {
  name: string;
  level: number;
  message: string;
  at: Micros;
  flowRunId: string | null;
  taskRunId: string | null;
}

/** Writes logs, however many in one round trip. Their runs need not exist. */
export async function writeLogs(ctx: TenantContext, written: readonly NewLog[]): Promise<void> {
  const ids = numberedIds(ctx.newId(), written.length);
  const createdAt = ctx.now();
  const rows = written.map(
    (log, index): LogRow => ({
      ...log,
      tenantId: ctx.tenantId,
      id: ids[index] ?? ctx.newId(),
      flowRunId: log.flowRunId ?? NO_FLOW_RUN,
      createdAt,
    }),
  );
  await ctx.db.runAll(insertLogs(ctx.db, rows));
}
