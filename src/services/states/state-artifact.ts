import type { Json } from "../../domain/json.ts";
import type { ResultArtifact } from "../../domain/states/decision.ts";
import type { Micros } from "../../domain/time.ts";
import type { StateArtifact } from "../../store/state-artifacts.ts";
import type { TenantContext } from "../../tenancy/context.ts";

/** The row that keeps the data of a state of a run; nothing for a state without data. Large data goes to R2 here. */
export async function stateArtifact(
  ctx: TenantContext,
  result: ResultArtifact | null,
  run: { flowRunId: string | null; taskRunId: string | null },
  at: Micros,
): Promise<StateArtifact | null> {
  if (result === null) return null;
  const id = ctx.newId();
  const times = { createdAt: at, updatedAt: at };
  const data = await ctx.bodies.spill(keptData(result.data), ctx.newId());
  const { key, type, description } = result;
  return {
    artifact: { tenantId: ctx.tenantId, id, key, type, description, data, metadata: null, ...run, ...times },
    collection: key === null ? null : { tenantId: ctx.tenantId, key, id: ctx.newId(), latestId: id, ...times },
  };
}

/** An empty text or list is kept as an empty object: pydantic prefers to read an artifact's data as one. */
const keptData = (data: Json): Json => (data === "" || (Array.isArray(data) && data.length === 0) ? {} : data);
