import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { TenantId } from "../../domain/ids.ts";

/** What is still to be done because a flow run moved. */

export const notificationQueue = sqliteTable(
  "notification_queue",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    policyId: text("policy_id").notNull(),
    stateId: text("state_id").notNull(),
    tries: integer("tries").notNull(),
    nextTryAt: integer("next_try_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.policyId, t.stateId] })],
);

export const cancelledFlowRuns = sqliteTable(
  "cancelled_flow_runs",
  {
    tenantId: text("tenant_id").$type<TenantId>().notNull(),
    flowRunId: text("flow_run_id").notNull(),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.flowRunId] })],
);
