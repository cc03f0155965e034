import { and, asc, eq, type SQL, sql } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
import type { Database } from "./database.ts";
import { startsWith } from "./filters/conditions.ts";
import { flowRunInputs } from "./tables.ts";

export type FlowRunInputRow = typeof flowRunInputs.$inferSelect;

const ofRun = (tenantId: TenantId, flowRunId: string, ...more: (SQL | undefined)[]) =>
  and(eq(flowRunInputs.tenantId, tenantId), eq(flowRunInputs.flowRunId, flowRunId), ...more);

export const insertFlowRunInput = (db: Database, input: FlowRunInputRow) => db.query.insert(flowRunInputs).values(input);

export const selectFlowRunInput = (db: Database, tenantId: TenantId, flowRunId: string, key: string | SQL) =>
  db.query
    .select()
    .from(flowRunInputs)
    .where(ofRun(tenantId, flowRunId, eq(flowRunInputs.key, key)));

/** The input that a paused run's state names as the schema of the input it waits for. */
export const selectWaitedInputSchema = (db: Database, tenantId: TenantId, flowRunId: string) =>
  selectFlowRunInput(
    db,
    tenantId,
    flowRunId,
    sql`(SELECT json_extract(state_details, '$.runInputKeyset.schema') FROM flow_runs WHERE tenant_id = ${tenantId} AND id = ${flowRunId})`,
  );

/** A run's inputs, oldest first, whose key begins with `prefix` and is none of `excludeKeys`. */
export const selectFlowRunInputs = (
  db: Database,
  tenantId: TenantId,
  flowRunId: string,
  { prefix, excludeKeys, limit }: { prefix: string; excludeKeys: readonly string[]; limit: number },
) =>
  db.query
    .select()
    .from(flowRunInputs)
    .where(
      ofRun(
        tenantId,
        flowRunId,
        startsWith(flowRunInputs.key, [prefix]),
        sql`${flowRunInputs.key} NOT IN (SELECT value FROM json_each(${JSON.stringify(excludeKeys)}))`,
      ),
    )
    .orderBy(asc(flowRunInputs.createdAt), asc(flowRunInputs.key))
    .limit(limit);

/** Deletes an input; gives a row when there was one. */
export const deleteFlowRunInput = (db: Database, tenantId: TenantId, flowRunId: string, key: string) =>
  db.query
    .delete(flowRunInputs)
    .where(ofRun(tenantId, flowRunId, eq(flowRunInputs.key, key)))
    .returning({ id: sql<string>`id` });
