import { sql } from "drizzle-orm";
import type { RelatedObject } from "../domain/events/flow-run-events.ts";
import type { TenantId } from "../domain/ids.ts";
import { parseJson } from "../domain/json.ts";
import type { Database } from "./database.ts";

/** Whose related objects are read: the keys of a flow run. */
export interface FlowRunKeys {
  flowId: string;
  deploymentId: string | null;
  workQueueId: string | null;
  parentTaskRunId: string | null;
}

/** The objects that a flow run is related to, in the order that its events name them. */
export const selectRelatedObjects = (db: Database, tenantId: TenantId, run: FlowRunKeys) =>
  db.query
    .select({
      kind: sql<RelatedObject["kind"]>`kind`,
      id: sql<string>`id`,
      name: sql<string>`name`,
      tags: sql<string[]>`tags`.mapWith((text: string) => parseJson(text) as string[]),
    })
    .from(
      sql`(SELECT 1 AS place, 'flow' AS kind, id, name, tags FROM flows WHERE tenant_id = ${tenantId} AND id = ${run.flowId}
      UNION ALL SELECT 2, 'deployment', id, name, tags FROM deployments WHERE tenant_id = ${tenantId} AND id = ${run.deploymentId}
      UNION ALL SELECT 3, 'work-queue', id, name, '[]' FROM work_queues WHERE tenant_id = ${tenantId} AND id = ${run.workQueueId}
      UNION ALL SELECT 4, 'work-pool', id, name, '[]' FROM work_pools WHERE tenant_id = ${tenantId} AND id = (SELECT work_pool_id FROM work_queues WHERE tenant_id = ${tenantId} AND id = ${run.workQueueId})
      UNION ALL SELECT 5, 'task-run', id, name, tags FROM task_runs WHERE tenant_id = ${tenantId} AND id = ${run.parentTaskRunId})`,
    )
    .orderBy(sql`place`);
