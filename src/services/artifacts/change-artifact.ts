import { cutMetadata } from "../../domain/artifacts.ts";
import { found } from "../../domain/errors.ts";
import {
  type ArtifactChanges,
  deleteArtifact as deleteStatement,
  leaveCollection,
  touchCollection,
  updateArtifact as updateStatement,
} from "../../store/artifacts.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { NO_SUCH_ARTIFACT } from "./read-artifacts.ts";

/** Changes an artifact. Refuses 404 unless it is the newest of a key: another one is changed all the same, as by the real server. */
export async function updateArtifact(ctx: TenantContext, id: string, input: Omit<ArtifactChanges, "updatedAt">): Promise<void> {
  const changes: ArtifactChanges = { ...input, updatedAt: ctx.now() };
  if (changes.metadata) changes.metadata = cutMetadata(changes.metadata);
  if (changes.data) changes.data = await ctx.bodies.spill(changes.data, ctx.newId());
  const [, [collection]] = await ctx.db.run(
    updateStatement(ctx.db, ctx.tenantId, id, changes),
    touchCollection(ctx.db, ctx.tenantId, id, changes.updatedAt),
  );
  found(collection, NO_SUCH_ARTIFACT);
}

/** Deletes an artifact; the next newest one takes its place as the newest of its key. Refuses 404. */
export async function deleteArtifact(ctx: TenantContext, id: string): Promise<void> {
  const [, , [artifact]] = await ctx.db.run(...leaveCollection(ctx.db, ctx.tenantId, id), deleteStatement(ctx.db, ctx.tenantId, id));
  found(artifact, NO_SUCH_ARTIFACT);
}
