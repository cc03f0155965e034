import { flowRunEvent } from "../../domain/events/flow-run-events.ts";
import { stateOfRun } from "../../domain/run-columns.ts";
import type { State } from "../../domain/states/types.ts";
import { type FlowRunRead, selectRunsInStates } from "../../store/flow-runs.ts";
import { selectRelatedObjects } from "../../store/related-objects.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { recordEvents } from "./record-events.ts";

/** Runs whose related objects are read in one round trip. */
const SLICE = 50;

/**
 * Tells, by events, of runs that were marked late with the given state ids; those that were not, or went on since, are left out. Nothing
 * when EVENTS is off, else one round trip and two for each 50 runs.
 */
export async function announceLate(ctx: TenantContext, stateIds: readonly string[]): Promise<void> {
  if (!ctx.config.events || stateIds.length === 0) return;
  const [runs] = await ctx.db.run(selectRunsInStates(ctx.db, ctx.tenantId, stateIds));
  for (let start = 0; start < runs.length; start += SLICE) await announceSlice(ctx, runs.slice(start, start + SLICE));
}

async function announceSlice(ctx: TenantContext, runs: readonly FlowRunRead[]): Promise<void> {
  const related = await ctx.db.runAll(runs.map((run) => selectRelatedObjects(ctx.db, ctx.tenantId, run)));
  const events = runs.flatMap((run, index) => {
    const written = stateOfRun(run);
    if (written === null) return [];
    return [flowRunEvent({ run, initial: scheduledBefore(written), written, related: related[index] as Related })];
  });
  await recordEvents(ctx, events);
}

type Related = Parameters<typeof flowRunEvent>[0]["related"];

/** The state that Late took the place of: only its type and name are known, and that it lies back. */
const scheduledBefore = (late: State): State => ({ ...late, id: "", name: "Scheduled", message: null, timestamp: 0 });
