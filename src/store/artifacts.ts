import { and, asc, count, desc, eq, type SQL, sql } from "drizzle-orm";
import type { Page } from "../domain/filters.ts";
import type { TenantId } from "../domain/ids.ts";
import type { Micros } from "../domain/time.ts";
import type { Database, Statement } from "./database.ts";
import { type ArtifactFilters, artifactCondition, type CollectionFilters, collectionCondition } from "./filters/artifacts.ts";
import { artifactCollections, artifacts } from "./tables.ts";

export type ArtifactRow = typeof artifacts.$inferSelect;

/** The newest artifact of a key under the collection's own id and times. */
export type CollectionRow = Omit<ArtifactRow, "tenantId"> & { latestId: string };

export type ArtifactSort = "CREATED_DESC" | "UPDATED_DESC" | "ID_DESC" | "KEY_DESC" | "KEY_ASC";

function order(table: typeof artifacts | typeof artifactCollections, sort: ArtifactSort): SQL[] {
  switch (sort) {
    case "CREATED_DESC":
      return [desc(table.createdAt), desc(table.id)];
    case "UPDATED_DESC":
      return [desc(table.updatedAt), desc(table.id)];
    case "ID_DESC":
      return [desc(table.id)];
    case "KEY_DESC":
      return [desc(table.key), desc(table.id)];
    case "KEY_ASC":
      return [asc(table.key), asc(table.id)];
  }
}

const isArtifact = (tenantId: TenantId, id: string) => and(eq(artifacts.tenantId, tenantId), eq(artifacts.id, id));

/** Writes an artifact; one with a key becomes the newest of its key, under `collectionId` if it is the first. */
export function insertArtifact(db: Database, artifact: ArtifactRow, collectionId: string): [Statement, ...Statement[]] {
  const insert = db.query.insert(artifacts).values(artifact);
  const { tenantId, key, id: latestId, createdAt, updatedAt } = artifact;
  if (key === null) return [insert];
  return [
    insert,
    db.query
      .insert(artifactCollections)
      .values({ tenantId, key, id: collectionId, latestId, createdAt, updatedAt })
      .onConflictDoUpdate({ target: [artifactCollections.tenantId, artifactCollections.key], set: { latestId, updatedAt } }),
  ];
}

export const selectArtifact = (db: Database, tenantId: TenantId, id: string) =>
  db.query.select().from(artifacts).where(isArtifact(tenantId, id));

export const selectArtifacts = (db: Database, tenantId: TenantId, filters: ArtifactFilters, sort: ArtifactSort, page: Page) =>
  db.query
    .select()
    .from(artifacts)
    .where(artifactCondition(tenantId, filters))
    .orderBy(...order(artifacts, sort))
    .limit(page.limit)
    .offset(page.offset);

export const countArtifacts = (db: Database, tenantId: TenantId, filters: ArtifactFilters) =>
  db.query.select({ count: count() }).from(artifacts).where(artifactCondition(tenantId, filters));

const collectionColumns = {
  id: artifactCollections.id,
  key: artifactCollections.key,
  latestId: artifactCollections.latestId,
  createdAt: artifactCollections.createdAt,
  updatedAt: artifactCollections.updatedAt,
  type: artifacts.type,
  description: artifacts.description,
  data: artifacts.data,
  metadata: artifacts.metadata,
  flowRunId: artifacts.flowRunId,
  taskRunId: artifacts.taskRunId,
};

const ofLatest = and(eq(artifacts.tenantId, artifactCollections.tenantId), eq(artifacts.id, artifactCollections.latestId));

export const selectCollection = (db: Database, tenantId: TenantId, key: string) =>
  db.query
    .select(collectionColumns)
    .from(artifactCollections)
    .innerJoin(artifacts, ofLatest)
    .where(and(eq(artifactCollections.tenantId, tenantId), eq(artifactCollections.key, key)));

export const selectCollections = (db: Database, tenantId: TenantId, filters: CollectionFilters, sort: ArtifactSort, page: Page) =>
  db.query
    .select(collectionColumns)
    .from(artifactCollections)
    .innerJoin(artifacts, ofLatest)
    .where(collectionCondition(tenantId, filters))
    .orderBy(...order(artifactCollections, sort))
    .limit(page.limit)
    .offset(page.offset);

export const countCollections = (db: Database, tenantId: TenantId, filters: CollectionFilters) =>
  db.query
    .select({ count: count() })
    .from(artifactCollections)
    .innerJoin(artifacts, ofLatest)
    .where(collectionCondition(tenantId, filters));

export type ArtifactChanges = Partial<Pick<ArtifactRow, "data" | "description" | "metadata">> & { updatedAt: Micros };

export const updateArtifact = (db: Database, tenantId: TenantId, id: string, changes: ArtifactChanges) =>
  db.query.update(artifacts).set(changes).where(isArtifact(tenantId, id));

/** The collection whose newest artifact this one is. */
const isLatest = (tenantId: TenantId, id: string): SQL =>
  sql`${artifactCollections.tenantId} = ${tenantId} AND ${artifactCollections.key} = ${keyOf(tenantId, id)} AND ${artifactCollections.latestId} = ${id}`;

const keyOf = (tenantId: TenantId, id: string): SQL => sql`(SELECT key FROM artifacts WHERE tenant_id = ${tenantId} AND id = ${id})`;

/** Notes a change of its newest artifact on the collection; gives a row when the artifact is the newest of a key. */
export const touchCollection = (db: Database, tenantId: TenantId, id: string, updatedAt: Micros) =>
  db.query.update(artifactCollections).set({ updatedAt }).where(isLatest(tenantId, id)).returning({ id: sql<string>`id` });

/** Before an artifact goes: its key's collection takes the next newest one with that one's times, or goes too. */
export const leaveCollection = (db: Database, tenantId: TenantId, id: string) =>
  [
    db.query
      .update(artifactCollections)
      .set({ latestId: sql`next.id`, createdAt: sql`next.created_at`, updatedAt: sql`next.updated_at` })
      .from(sql`(SELECT id, created_at, updated_at FROM artifacts
        WHERE tenant_id = ${tenantId} AND key = ${keyOf(tenantId, id)} AND id <> ${id} ORDER BY created_at DESC, id DESC LIMIT 1) AS next`)
      .where(isLatest(tenantId, id)),
    db.query.delete(artifactCollections).where(isLatest(tenantId, id)),
  ] as const;

/** Deletes an artifact; gives a row when there was one. */
export const deleteArtifact = (db: Database, tenantId: TenantId, id: string) =>
  db.query.delete(artifacts).where(isArtifact(tenantId, id)).returning({ id: sql<string>`id` });
