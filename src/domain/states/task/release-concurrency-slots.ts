import type { SlotChange } from "../decision.ts";
import type { State, TagLimit } from "../types.ts";

/**
 * The slots a run gives back with the state that was written: all it holds, unless it is running or being cancelled.
 * A transform in every task policy, so whatever rule chose the state (Prefect `ReleaseTaskConcurrencySlots`).
 */
export function releasedSlots(written: State, runId: string, limits: readonly TagLimit[]): SlotChange[] {
  if (written.type === "RUNNING" || written.type === "CANCELLING") return [];
  return limits.filter((limit) => limit.activeSlots.includes(runId)).map((limit) => ({ limitId: limit.id, change: "release" }));
}
