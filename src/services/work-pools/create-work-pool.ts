import { ConstraintFailed, Refusal } from "../../domain/errors.ts";
import type { WorkPoolRow, WorkPoolStatusRow } from "../../store/work-pools.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { announceStatuses } from "../events/announce-statuses.ts";
import { newPool } from "../work-queues/ensure-queue.ts";

export type NewWorkPool = Pick<WorkPoolRow, "name" | "description" | "type" | "baseJobTemplate" | "isPaused" | "concurrencyLimit">;

/** Pools named "prefect…" are Prefect's own. */
export const isReserved = (name: string) => name.toLowerCase().startsWith("prefect");

/** Makes a pool with its default queue. Refuses an empty (400), reserved (403) or taken (409) name. */
export async function createWorkPool(ctx: TenantContext, input: NewWorkPool): Promise<WorkPoolStatusRow> {
  if (input.name.replace(/^[' "]+|[' "]+$/g, "") === "") throw new Refusal("badRequest", "Work pool name cannot be empty.");
  if (isReserved(input.name)) throw new Refusal("forbidden", "Work pools starting with 'Prefect' are reserved for internal use.");
  const { pool, statements } = newPool(ctx, input);
  try {
    await ctx.db.run(...statements);
  } catch (error) {
    if (error instanceof ConstraintFailed) throw new Refusal("conflict", "A work pool with this name already exists.");
    throw error;
  }
  await ctx.queues.poolChanged(input.name);
  announceStatuses(ctx, { poolNames: [input.name] });
  return { ...pool, hasOnlineWorker: false };
}
