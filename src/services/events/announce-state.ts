import { flowRunEvent } from "../../domain/events/flow-run-events.ts";
import { stateOfRun } from "../../domain/run-columns.ts";
import type { State } from "../../domain/states/types.ts";
import type { FlowRunRow } from "../../store/flow-runs.ts";
import { selectRelatedObjects } from "../../store/related-objects.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { recordEvents } from "./record-events.ts";

/**
 * Tells of a flow run's new state by an event, after the answer; null is no new state. Two round trips when EVENTS is on, nothing when
 * it is off. `before` is the run as it was; null for one that was just made.
 */
export function announceState(ctx: TenantContext, run: FlowRunRow, before: FlowRunRow | null, written: State | null): void {
  if (!ctx.config.events || written === null) return;
  ctx.afterwards(announce(ctx, run, before && stateOfRun({ ...before, stateData: null }), written));
}

async function announce(ctx: TenantContext, run: FlowRunRow, initial: State | null, written: State): Promise<void> {
  const [related] = await ctx.db.run(selectRelatedObjects(ctx.db, ctx.tenantId, run));
  await recordEvents(ctx, [flowRunEvent({ run, initial, written, related })]);
}
