import { type SQL, sql } from "drizzle-orm";
import type { ArtifactCollectionFilter, ArtifactFilter, RunFilters } from "../../domain/filters.ts";
import type { TenantId } from "../../domain/ids.ts";
import { artifactCollections, artifacts, flowRuns, taskRuns } from "../tables.ts";
import { all, type Condition, combine, isAnyOf, isNoneOf, like, nullness } from "./conditions.ts";
import { listCondition } from "./runs.ts";

/** The runs, flows and deployments that artifacts can be narrowed by. */
export type ArtifactRelations = Pick<RunFilters, "flowRuns" | "taskRuns" | "flows" | "deployments">;
export type ArtifactFilters = ArtifactRelations & { artifacts?: ArtifactFilter | null | undefined };
export type CollectionFilters = ArtifactRelations & { artifacts?: ArtifactCollectionFilter | null | undefined };

/** The whole WHERE of a list or count of artifacts. */
export const artifactCondition = (tenantId: TenantId, { artifacts: filter, ...relations }: ArtifactFilters): SQL =>
  all(
    sql`${artifacts.tenantId} = ${tenantId}`,
    filter ? combine(filter.operator, [isAnyOf(artifacts.id, filter.id?.any), ...criteria(filter)]) : undefined,
    ...related(tenantId, relations),
  );

/** The same for collections, whose newest artifacts are joined to them. */
export const collectionCondition = (tenantId: TenantId, { artifacts: filter, ...relations }: CollectionFilters): SQL =>
  all(
    sql`${artifactCollections.tenantId} = ${tenantId}`,
    filter ? combine(filter.operator, [isAnyOf(artifactCollections.latestId, filter.latestId?.any), ...criteria(filter)]) : undefined,
    ...related(tenantId, relations),
  );

const criteria = ({ key, flowRunId, taskRunId, type }: Omit<ArtifactFilter, "id" | "operator">): Condition[] => [
  key
    ? combine("and_", [
        isAnyOf(artifacts.key, key.any),
        like(artifacts.key, key.like),
        nullness(artifacts.key, typeof key.exists === "boolean" ? !key.exists : null),
      ])
    : undefined,
  isAnyOf(artifacts.flowRunId, flowRunId?.any),
  isAnyOf(artifacts.taskRunId, taskRunId?.any),
  type ? combine("and_", [isAnyOf(artifacts.type, type.any), isNoneOf(artifacts.type, type.notAny)]) : undefined,
];

const related = (tenantId: TenantId, { taskRuns: ofTaskRuns, ...ofFlowRuns }: ArtifactRelations): Condition[] => [
  ofFlowRuns.flowRuns || ofFlowRuns.flows || ofFlowRuns.deployments
    ? sql`EXISTS (SELECT 1 FROM ${flowRuns} WHERE ${flowRuns.id} = ${artifacts.flowRunId} AND ${listCondition("flowRuns", tenantId, ofFlowRuns)})`
    : undefined,
  ofTaskRuns
    ? sql`EXISTS (SELECT 1 FROM ${taskRuns} WHERE ${taskRuns.id} = ${artifacts.taskRunId} AND ${listCondition("taskRuns", tenantId, { taskRuns: ofTaskRuns })})`
    : undefined,
];
