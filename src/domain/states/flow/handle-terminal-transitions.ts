import { isPersistedResult } from "../result.ts";
import { ANY, abort, type FlowRule, PASS, reject, TERMINAL } from "../rule.ts";
import { isTerminal } from "../state.ts";
import type { FlowRunPolicy } from "../types.ts";
import { isOlder, PAUSES_SINCE } from "./client-version.ts";

/**
 * A finished flow run may run again unless its result is kept; a scheduled rerun needs a deployment. A rerun forgets the
 * pauses of the run before (Prefect `HandleFlowTerminalStateTransitions`).
 */
export const handleFlowTerminalTransitions: FlowRule = {
  from: TERMINAL,
  to: ANY,
  decide: ({ initial, proposed, run, clientVersion }) => {
    if (proposed.type === "CANCELLING" || proposed.type === "PAUSED" || proposed.type === "CRASHED") {
      return abort(`Run is already in terminal state ${initial?.type}.`);
    }
    const leaving = !isTerminal(proposed);
    if (leaving && initial?.type === "COMPLETED" && isPersistedResult(initial.data)) return reject(null, "Run is already COMPLETED.");
    if (proposed.type === "SCHEDULED" && run.deploymentId === null) {
      return abort("Cannot reschedule a run without an associated deployment.");
    }
    if (!leaving || isOlder(clientVersion, PAUSES_SINCE)) return PASS;
    const retryType = proposed.type === "SCHEDULED" ? "reschedule" : null;
    return { run: { policy: { ...run.policy, resuming: false, pauseKeys: [], retryType } satisfies FlowRunPolicy } };
  },
};
