import { and, asc, count, eq, getTableColumns, type SQL, sql } from "drizzle-orm";
import type { Page, RunFilters } from "../domain/filters.ts";
import type { TenantId } from "../domain/ids.ts";
import type { Micros } from "../domain/time.ts";
import { type Database, inList, named, type Statement } from "./database.ts";
import { type ScheduleRow, schedulesOfDeployment } from "./deployment-schedules.ts";
import { listCondition } from "./filters/runs.ts";
import { type NameSort, nameOrder } from "./flows.ts";
import { blockDocuments, deployments, flows, variables, workPools, workQueues } from "./tables.ts";

export type DeploymentRow = typeof deployments.$inferSelect;

/** A deployment with its schedules, the last changed first, and its queue and pool, null where it is linked to none. */
export type DeploymentRead = DeploymentRow & {
  schedules: ScheduleRow[];
  linkedQueueName: string | null;
  queuePolledAt: Micros | null;
  workPoolName: string | null;
};

type OwnColumns = { [K in keyof DeploymentRow]: SQL.Aliased<DeploymentRow[K]> };
const ownColumns = Object.fromEntries(
  Object.entries(getTableColumns(deployments)).map(([key, column]) => [key, named(column, column.name)]),
) as unknown as OwnColumns;

const readColumns = {
  ...ownColumns,
  schedules: schedulesOfDeployment.as("schedules"),
  linkedQueueName: sql<string | null>`${workQueues.name}`.as("linked_queue_name"),
  queuePolledAt: sql<Micros | null>`${workQueues.lastPolledAt}`.as("queue_polled_at"),
  workPoolName: sql<string | null>`${workPools.name}`.as("work_pool_name"),
};

const ofQueue = and(eq(workQueues.tenantId, deployments.tenantId), eq(workQueues.id, deployments.workQueueId));
const ofPool = and(eq(workPools.tenantId, workQueues.tenantId), eq(workPools.id, workQueues.workPoolId));

const deploymentsWhere = (db: Database, where: SQL | undefined) =>
  db.query.select(readColumns).from(deployments).leftJoin(workQueues, ofQueue).leftJoin(workPools, ofPool).where(where);

const isDeployment = (tenantId: TenantId, id: string) => and(eq(deployments.tenantId, tenantId), eq(deployments.id, id));

export const selectDeployment = (db: Database, tenantId: TenantId, id: string) => deploymentsWhere(db, isDeployment(tenantId, id));

/** A flow's deployment of a name. */
export const selectDeploymentOfFlow = (db: Database, tenantId: TenantId, flowId: string, name: string) =>
  deploymentsWhere(db, and(eq(deployments.tenantId, tenantId), eq(deployments.flowId, flowId), eq(deployments.name, name)));

export const selectDeploymentByNames = (db: Database, tenantId: TenantId, flowName: string, name: string) =>
  deploymentsWhere(
    db,
    and(
      eq(deployments.tenantId, tenantId),
      sql`${deployments.flowId} = (SELECT id FROM ${flows} WHERE ${flows.tenantId} = ${tenantId} AND ${flows.name} = ${flowName})`,
      eq(deployments.name, name),
    ),
  );

export const selectDeployments = (db: Database, tenantId: TenantId, filters: RunFilters, sort: NameSort, page: Page) =>
  deploymentsWhere(db, listCondition("deployments", tenantId, filters))
    .orderBy(...nameOrder(deployments, sort))
    .limit(page.limit)
    .offset(page.offset);

export const countDeployments = (db: Database, tenantId: TenantId, filters: RunFilters) =>
  db.query
    .select({ count: count() })
    .from(deployments)
    .where(listCondition("deployments", tenantId, filters));

/** What a run of a deployment needs beside it: the pool its queue is of. Nothing for a deployment without a queue. */
export const selectPoolOfDeployment = (db: Database, tenantId: TenantId, id: string) =>
  db.query
    .select({ id: named(workPools.id, "id"), name: named(workPools.name, "name"), baseJobTemplate: workPools.baseJobTemplate })
    .from(deployments)
    .innerJoin(workQueues, ofQueue)
    .innerJoin(workPools, ofPool)
    .where(isDeployment(tenantId, id));

const poolIdOf = (tenantId: TenantId, id: string): SQL => sql`(
  SELECT queue.work_pool_id FROM deployments JOIN work_queues AS queue ON queue.tenant_id = deployments.tenant_id AND queue.id = deployments.work_queue_id
  WHERE deployments.tenant_id = ${tenantId} AND deployments.id = ${id}
)`;

export interface QueueBeside {
  id: string;
  name: string;
  priority: number;
}

/** All queues of the pool that a deployment's queue is of. */
export const selectQueuesBeside = (db: Database, tenantId: TenantId, id: string) =>
  db.query
    .select({ id: workQueues.id, name: workQueues.name, priority: workQueues.priority })
    .from(workQueues)
    .where(and(eq(workQueues.tenantId, tenantId), sql`${workQueues.workPoolId} = ${poolIdOf(tenantId, id)}`));

/** The workspace's variables, if the parameters of a deployment as they stand in its row name any, or `isSure`. */
export const selectVariablesFor = (db: Database, tenantId: TenantId, id: string, isSure: boolean) =>
  db.query
    .select({ name: named(variables.name, "name"), value: variables.value })
    .from(deployments)
    // The deployment first: when it names none, no variable is read.
    .crossJoin(variables)
    .where(
      and(
        isDeployment(tenantId, id),
        isSure ? undefined : sql`instr(${deployments.parameters}, 'workspace_variable') > 0`,
        eq(variables.tenantId, deployments.tenantId),
      ),
    );

/** Those of the block documents that exist. */
export const selectDocumentIds = (db: Database, tenantId: TenantId, ids: readonly string[]) =>
  db.query
    .select({ id: blockDocuments.id })
    .from(blockDocuments)
    .where(and(eq(blockDocuments.tenantId, tenantId), inList(blockDocuments.id, ids)));

/** Legacy: the queues, of any pool, whose filter a deployment passes; those without a filter pass all. */
export const selectQueuesTaking = (db: Database, tenantId: TenantId, id: string) => {
  const values = (path: string) => sql`SELECT value FROM json_each(${workQueues.filter}, ${path}) WHERE value IS NOT NULL`;
  const tags = sql`SELECT tag.value FROM deployments, json_each(deployments.tags) AS tag WHERE deployments.tenant_id = ${tenantId} AND deployments.id = ${id}`;
  return db.query
    .select()
    .from(workQueues)
    .where(
      and(
        eq(workQueues.tenantId, tenantId),
        sql`NOT EXISTS (SELECT 1 FROM (${values("$.tags")}) WHERE value NOT IN (${tags}))`,
        sql`(NOT EXISTS (${values("$.deploymentIds")}) OR ${id} IN (${values("$.deploymentIds")}))`,
      ),
    )
    .orderBy(asc(workQueues.name), asc(workQueues.id));
};

export const insertDeployment = (db: Database, deployment: DeploymentRow): Statement => db.query.insert(deployments).values(deployment);

export type DeploymentChanges = Partial<Omit<DeploymentRow, "tenantId" | "id" | "flowId" | "createdAt">> & { updatedAt: Micros };

export const updateDeployment = (db: Database, tenantId: TenantId, id: string, changes: DeploymentChanges): Statement =>
  db.query.update(deployments).set(changes).where(isDeployment(tenantId, id));

/** Deletes a deployment; its schedules go with it by their foreign key. Gives a row when there was one. */
export const deleteDeployment = (db: Database, tenantId: TenantId, id: string) =>
  db.query.delete(deployments).where(isDeployment(tenantId, id)).returning({ id: sql<string>`id` });

/** Aborts the batch it stands in when the deployment, or one of its schedules, is another version than what was read. */
export const guardDeployment = (db: Database, { tenantId, id, updatedAt, schedules }: DeploymentRead): Statement => {
  const versions = schedules.map((schedule): [string, Micros] => [schedule.id, schedule.updatedAt]).sort(([a], [b]) => (a < b ? -1 : 1));
  return db.guard(sql`EXISTS (SELECT 1 FROM deployments WHERE tenant_id = ${tenantId} AND id = ${id} AND updated_at = ${updatedAt}) AND ${JSON.stringify(versions)} = (
    SELECT json_group_array(json_array(id, updated_at)) FROM (
      SELECT id, updated_at FROM deployment_schedules WHERE tenant_id = ${tenantId} AND deployment_id = ${id} ORDER BY id
    )
  )`);
};
