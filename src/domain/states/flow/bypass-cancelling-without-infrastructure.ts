import { type FlowRule, only, PASS, reject } from "../rule.ts";
import { proposeState } from "../state.ts";

/**
 * CANCELLING asks a worker to stop the run's process. A run that has none is Cancelled at once
 * (Prefect `BypassCancellingFlowRunsWithNoInfra`).
 */
export const bypassCancellingWithoutInfrastructure: FlowRule = {
  from: only("SCHEDULED", "PAUSED"),
  to: only("CANCELLING"),
  decide: ({ initial, run, now }) => {
    const cancelled = proposeState({ type: "CANCELLED" }, now);
    // A resuming run was suspended, so the process whose id it still has is gone.
    if ((initial?.type === "SCHEDULED" && !run.infrastructurePid) || initial?.name === "Resuming") {
      return reject(cancelled, "Scheduled flow run has no infrastructure to terminate.");
    }
    if (initial?.type === "PAUSED" && initial.details.pauseReschedule) {
      return reject(cancelled, "Suspended flow run has no infrastructure to terminate.");
    }
    return PASS;
  },
};
