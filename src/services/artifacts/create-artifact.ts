import { cutMetadata } from "../../domain/artifacts.ts";
import { type ArtifactRow, insertArtifact } from "../../store/artifacts.ts";
import type { TenantContext } from "../../tenancy/context.ts";

export type NewArtifact = Pick<ArtifactRow, "key" | "type" | "description" | "data" | "metadata" | "flowRunId" | "taskRunId">;

/** Makes an artifact, which becomes the newest of its key. Its runs need not exist. */
export async function createArtifact(ctx: TenantContext, input: NewArtifact): Promise<ArtifactRow> {
  const at = ctx.now();
  const metadata = input.metadata && cutMetadata(input.metadata);
  const artifact: ArtifactRow = { ...input, metadata, tenantId: ctx.tenantId, id: ctx.newId(), createdAt: at, updatedAt: at };
  const data = await ctx.bodies.spill(artifact.data, ctx.newId());
  await ctx.db.run(...insertArtifact(ctx.db, { ...artifact, data }, ctx.newId()));
  return artifact;
}
