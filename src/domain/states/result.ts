/** The data of a state: whether it is a persisted result, and the artifact that keeps it. */
import { isJsonObject, type Json } from "../json.ts";
import { isTruthy } from "../parameters/python/truth.ts";
import type { ResultArtifact } from "./decision.ts";

/** The `type` of result data, undefined for data that has none. */
export function resultType(data: Json): Json | undefined {
  return isJsonObject(data) ? data.type : undefined;
}

/** Whether the data is a result that outlives the run's process, so that a completed run needs no second run. */
export function isPersistedResult(data: Json): boolean {
  return isTruthy(data) && resultType(data) !== "unpersisted";
}

/** Stands for a result nobody knows: the run was forced to complete (Prefect `UnknownResult`). */
export const UNKNOWN_RESULT: Json = {
  type: "unknown",
  artifact_type: "result",
  artifact_description: "Unknown result persisted to Prefect.",
  value: null,
};

const textOrNull = (value: Json | undefined) => (typeof value === "string" && value !== "" ? value : null);

/**
 * Splits a new state's data into what is answered and the artifact that is stored. The `artifact_*` keys become the
 * artifact's own columns; null and unpersisted data are not stored (Prefect `Artifact.from_result`).
 */
export function splitResult(data: Json): { data: Json; artifact: ResultArtifact | null } {
  if (data === null || resultType(data) === "unpersisted") return { data, artifact: null };
  if (!isJsonObject(data)) return { data, artifact: { data, key: null, type: null, description: null } };
  const { artifact_key, artifact_type, artifact_description, ...rest } = data;
  return {
    data: rest,
    artifact: { data: rest, key: textOrNull(artifact_key), type: textOrNull(artifact_type), description: textOrNull(artifact_description) },
  };
}
