import { z } from "@hono/zod-openapi";
import type { ArtifactRow, CollectionRow } from "../../store/artifacts.ts";
import { ArtifactCollectionFilter, ArtifactFilter, runFilters } from "./filters.ts";
import { dictOrAnything, model, oneOf, optional, slug, text, textDict, uuid, withDefault } from "./model.ts";
import { freeJson, id, ormFields, ormToWire } from "./objects.ts";
import { limitKey, offsetKey } from "./paging.ts";

export const ArtifactCreate = model("ArtifactCreate", {
  key: optional(slug("-", "Artifact key")),
  type: optional(text()),
  description: optional(text()),
  data: dictOrAnything().optional(),
  metadata_: optional(textDict()),
  flow_run_id: optional(uuid()),
  task_run_id: optional(uuid()),
});

export const ArtifactUpdate = model("ArtifactUpdate", {
  data: dictOrAnything().optional(),
  description: optional(text()),
  metadata_: optional(textDict()),
});

/** An artifact to be made, in neutral names. */
export const newArtifact = (artifact: z.output<typeof ArtifactCreate>) => ({
  key: artifact.key ?? null,
  type: artifact.type ?? null,
  description: artifact.description ?? null,
  data: artifact.data ?? null,
  metadata: artifact.metadata_ ?? null,
  flowRunId: artifact.flow_run_id ?? null,
  taskRunId: artifact.task_run_id ?? null,
});

const ArtifactSort = oneOf("CREATED_DESC", "UPDATED_DESC", "ID_DESC", "KEY_DESC", "KEY_ASC");

/** The order of FastAPI: a list's `limit`, and then the parameters of the route. */
const relations = {
  flow_runs: runFilters.flow_runs,
  task_runs: runFilters.task_runs,
  flows: runFilters.flows,
  deployments: runFilters.deployments,
};
const page = { ...limitKey, sort: withDefault(ArtifactSort, "ID_DESC"), ...offsetKey };

export const ArtifactsCountBody = z.object({ artifacts: optional(ArtifactFilter), ...relations });
export const ArtifactsFilterBody = z.object({ ...page, artifacts: optional(ArtifactFilter), ...relations });
export const LatestArtifactsCountBody = z.object({ artifacts: optional(ArtifactCollectionFilter), ...relations });
export const LatestArtifactsFilterBody = z.object({ ...page, artifacts: optional(ArtifactCollectionFilter), ...relations });

const content = {
  type: z.string().nullable(),
  description: z.string().nullable(),
  data: freeJson(),
  metadata_: z.record(z.string(), z.string()).nullable(),
  flow_run_id: id().nullable(),
  task_run_id: id().nullable(),
};

export const Artifact = z.object({ ...ormFields, key: z.string().nullable(), ...content }).openapi("Artifact");
export const ArtifactCollection = z.object({ ...ormFields, key: z.string(), latest_id: id(), ...content }).openapi("ArtifactCollection");

const contentToWire = (row: ArtifactRow | CollectionRow) => ({
  type: row.type,
  description: row.description,
  data: row.data,
  metadata_: row.metadata,
  flow_run_id: row.flowRunId,
  task_run_id: row.taskRunId,
});

/** An artifact as the dialect shows it; so is the newest of a key, under its collection's id. */
export const artifactToWire = (row: ArtifactRow | CollectionRow): z.input<typeof Artifact> => ({
  ...ormToWire(row),
  key: row.key,
  ...contentToWire(row),
});

/** A key's newest artifact in a list of them. */
export const collectionToWire = (row: CollectionRow): z.input<typeof ArtifactCollection> => ({
  ...ormToWire(row),
  key: row.key ?? "",
  latest_id: row.latestId,
  ...contentToWire(row),
});
