import { and, eq, sql } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
import type { JsonObject } from "../domain/json.ts";
import { type Database, named } from "./database.ts";
import { deployments, flowRuns, workPools, workQueues } from "./tables.ts";

/** What a run's job variables are laid over and checked by: its deployment's, and the template of the deployment's pool. */
export const selectJobVariableLayers = (db: Database, tenantId: TenantId, flowRunId: string) =>
  db.query
    .select({
      stateType: flowRuns.stateType,
      deploymentId: sql<string | null>`${deployments.id}`.as("found_deployment_id"),
      deploymentVariables: named(deployments.jobVariables, "deployment_variables"),
      baseJobTemplate: sql<JsonObject | null>`${workPools.baseJobTemplate}`.mapWith(workPools.baseJobTemplate).as("base_job_template"),
    })
    .from(flowRuns)
    .leftJoin(deployments, and(eq(deployments.tenantId, flowRuns.tenantId), eq(deployments.id, flowRuns.deploymentId)))
    .leftJoin(workQueues, and(eq(workQueues.tenantId, deployments.tenantId), eq(workQueues.id, deployments.workQueueId)))
    .leftJoin(workPools, and(eq(workPools.tenantId, workQueues.tenantId), eq(workPools.id, workQueues.workPoolId)))
    .where(and(eq(flowRuns.tenantId, tenantId), eq(flowRuns.id, flowRunId)));
