import { found } from "../../domain/errors.ts";
import type { Page } from "../../domain/filters.ts";
import {
  type ArtifactRow,
  type ArtifactSort,
  type CollectionRow,
  countCollections as countCollectionsStatement,
  countArtifacts as countStatement,
  selectArtifact,
  selectArtifacts,
  selectCollection,
  selectCollections,
} from "../../store/artifacts.ts";
import type { ArtifactFilters, CollectionFilters } from "../../store/filters/artifacts.ts";
import type { TenantContext } from "../../tenancy/context.ts";

export const NO_SUCH_ARTIFACT = "Artifact not found.";

/** An artifact by id. Refuses 404. */
export async function readArtifact(ctx: TenantContext, id: string): Promise<ArtifactRow> {
  const [rows] = await ctx.db.run(selectArtifact(ctx.db, ctx.tenantId, id));
  await ctx.bodies.restoreRows(rows, "data");
  return found(rows[0], NO_SUCH_ARTIFACT);
}

/** The newest artifact of a key, under its collection's id. Refuses 404. */
export async function readLatestArtifact(ctx: TenantContext, key: string): Promise<CollectionRow> {
  const [rows] = await ctx.db.run(selectCollection(ctx.db, ctx.tenantId, key));
  await ctx.bodies.restoreRows(rows, "data");
  return found(rows[0], NO_SUCH_ARTIFACT);
}

/** A page of the artifacts that match. */
export async function filterArtifacts(
  ctx: TenantContext,
  filters: ArtifactFilters,
  sort: ArtifactSort,
  page: Page,
): Promise<ArtifactRow[]> {
  const [rows] = await ctx.db.run(selectArtifacts(ctx.db, ctx.tenantId, filters, sort, page));
  await ctx.bodies.restoreRows(rows, "data");
  return rows;
}

/** A page of the newest artifacts of the keys that match. */
export async function filterLatestArtifacts(
  ctx: TenantContext,
  filters: CollectionFilters,
  sort: ArtifactSort,
  page: Page,
): Promise<CollectionRow[]> {
  const [rows] = await ctx.db.run(selectCollections(ctx.db, ctx.tenantId, filters, sort, page));
  await ctx.bodies.restoreRows(rows, "data");
  return rows;
}

/** How many artifacts match. */
export async function countArtifacts(ctx: TenantContext, filters: ArtifactFilters): Promise<number> {
  const [[row]] = await ctx.db.run(countStatement(ctx.db, ctx.tenantId, filters));
  return row?.count ?? 0;
}

/** How many keys match. */
export async function countLatestArtifacts(ctx: TenantContext, filters: CollectionFilters): Promise<number> {
  const [[row]] = await ctx.db.run(countCollectionsStatement(ctx.db, ctx.tenantId, filters));
  return row?.count ?? 0;
}
