import { type AnyColumn, type SQL, sql } from "drizzle-orm";
import type { ArtifactCollectionFilter, ArtifactFilter, RunFilters } from "../../domain/filters.ts";
import type { TenantId } from "../../domain/ids.ts";
import { artifactCollections, artifacts } from "../tables.ts";
import { all, type Condition, combine, criterion } from "./conditions.ts";
import { ofRun } from "./runs.ts";

/** The runs, flows and deployments that artifacts can be narrowed by. */
export type ArtifactRelations = Pick<RunFilters, "flowRuns" | "taskRuns" | "flows" | "deployments">;
export type ArtifactFilters = ArtifactRelations & { artifacts?: ArtifactFilter | null | undefined };
export type CollectionFilters = ArtifactRelations & { artifacts?: ArtifactCollectionFilter | null | undefined };

/** The whole WHERE of a list or count of artifacts. */
export const artifactCondition = (tenantId: TenantId, { artifacts: filter, ...relations }: ArtifactFilters): SQL =>
  all(
    sql`${artifacts.tenantId} = ${tenantId}`,
    filter ? combine(filter.operator, [criterion(artifacts.id, filter.id), ...criteria(artifacts.key, filter)]) : undefined,
    ...related(tenantId, relations),
  );

/** The same for collections, whose newest artifacts are joined to them. */
export const collectionCondition = (tenantId: TenantId, { artifacts: filter, ...relations }: CollectionFilters): SQL =>
  all(
    sql`${artifactCollections.tenantId} = ${tenantId}`,
    filter
      ? combine(filter.operator, [criterion(artifactCollections.latestId, filter.latestId), ...criteria(artifactCollections.key, filter)])
      : undefined,
    ...related(tenantId, relations),
  );

/** The criteria that both kinds have; the key is asked of the listed table, whose index it is in. */
const criteria = (column: AnyColumn, { key, flowRunId, taskRunId, type }: Omit<ArtifactFilter, "id" | "operator">): Condition[] => [
  criterion(column, key && { ...key, isNull: typeof key.exists === "boolean" ? !key.exists : null }),
  criterion(artifacts.flowRunId, flowRunId),
  criterion(artifacts.taskRunId, taskRunId),
  criterion(artifacts.type, type),
];

const related = (tenantId: TenantId, { taskRuns: ofTaskRuns, ...ofFlowRuns }: ArtifactRelations): Condition[] => [
  ofFlowRuns.flowRuns || ofFlowRuns.flows || ofFlowRuns.deployments
    ? ofRun("flowRuns", artifacts.flowRunId, tenantId, ofFlowRuns)
    : undefined,
  ofTaskRuns ? ofRun("taskRuns", artifacts.taskRunId, tenantId, { taskRuns: ofTaskRuns }) : undefined,
];
