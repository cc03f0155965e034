import { type SQL, sql } from "drizzle-orm";
import type { Database, Statement } from "./database.ts";
import { insertRows } from "./insert-rows.ts";
import { artifactCollections, artifacts, flowRuns, taskRuns } from "./tables.ts";

export type ArtifactRow = typeof artifacts.$inferSelect;
type CollectionRow = typeof artifactCollections.$inferSelect;

/** The artifact that keeps a run's present state's data, and for one with a key the row that names it as the newest. */
export interface StateArtifact {
  artifact: ArtifactRow;
  collection: CollectionRow | null;
}

/** Writes the artifacts, each only if a run has it as that of its present state. */
export function insertStateArtifacts(db: Database, kind: "flow" | "task", made: readonly StateArtifact[]): Statement[] {
  if (made.length === 0) return [];
  const runs = kind === "flow" ? flowRuns : taskRuns;
  const isKept = (tenantId: SQL, artifactId: SQL, runId: SQL) =>
    sql`EXISTS (SELECT 1 FROM ${runs} WHERE ${runs.tenantId} = ${tenantId} AND ${runs.id} = ${runId} AND ${runs.stateArtifactId} = ${artifactId})`;
  const collections = made.flatMap(({ collection }) => collection ?? []);
  const statements: Statement[] = [
    insertRows(
      db,
      artifacts,
      made.map(({ artifact }) => artifact),
      (value) => isKept(value("tenantId"), value("id"), value(kind === "flow" ? "flowRunId" : "taskRunId")),
    ),
  ];
  if (collections.length > 0) {
    statements.push(
      insertRows(
        db,
        artifactCollections,
        collections,
        (value) =>
          sql`EXISTS (SELECT 1 FROM ${artifacts} WHERE ${artifacts.tenantId} = ${value("tenantId")} AND ${artifacts.id} = ${value("latestId")})`,
      ).onConflictDoUpdate({
        target: [artifactCollections.tenantId, artifactCollections.key],
        set: { latestId: sql`excluded.latest_id`, updatedAt: sql`excluded.updated_at` },
      }),
    );
  }
  return statements;
}
