import { sql } from "drizzle-orm";
import type { Database, Statement } from "./database.ts";
import { insertRows } from "./insert-rows.ts";
import { artifactCollections, artifacts, flowRuns, taskRuns } from "./tables.ts";

/** The artifact that keeps a run's present state's data, and for one with a key the row that names it as the newest. */
export interface StateArtifact {
  artifact: typeof artifacts.$inferSelect;
  collection: typeof artifactCollections.$inferSelect | null;
}

/** Writes the artifact of a run's present state: nothing for a run that was not inserted, nor for a state without one. */
export function insertStateArtifact(db: Database, kind: "flow" | "task", made: StateArtifact | null): Statement[] {
  if (made === null) return [];
  const { artifact, collection } = made;
  const runs = kind === "flow" ? flowRuns : taskRuns;
  const runId = kind === "flow" ? artifact.flowRunId : artifact.taskRunId;
  const isKept = sql`EXISTS (SELECT 1 FROM ${runs} WHERE ${runs.tenantId} = ${artifact.tenantId} AND ${runs.id} = ${runId} AND ${runs.stateArtifactId} = ${artifact.id})`;
  const insert = insertRows(db, artifacts, [artifact], () => isKept);
  if (collection === null) return [insert];
  const moveCollection = insertRows(db, artifactCollections, [collection], () => isKept).onConflictDoUpdate({
    target: [artifactCollections.tenantId, artifactCollections.key],
    set: { latestId: collection.latestId, updatedAt: collection.updatedAt },
  });
  return [insert, moveCollection];
}
