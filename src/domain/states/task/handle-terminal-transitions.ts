import { isPersistedResult } from "../result.ts";
import { ANY, abort, PASS, reject, type TaskRule, TERMINAL } from "../rule.ts";
import { isTerminal } from "../state.ts";

/**
 * A finished task run may run again, with all its retries, unless its result is kept. Within a retry of its flow run
 * it is "Retrying" (Prefect `HandleTaskTerminalStateTransitions`).
 */
export const handleTaskTerminalTransitions: TaskRule = {
  from: TERMINAL,
  to: ANY,
  decide: ({ initial, proposed, run, flowRun }) => {
    if (proposed.type === "CANCELLING" || proposed.type === "PAUSED" || proposed.type === "CRASHED") {
      return abort(`Run is already ${initial?.type}.`);
    }
    if (initial?.type === "COMPLETED" && isPersistedResult(initial.data)) return reject(null, "This run is already completed.");
    if (isTerminal(proposed)) return PASS;
    const flowIsRetrying = proposed.type === "RUNNING" && flowRun !== null && run.flowRunRunCount < flowRun.runCount;
    return { run: { runCount: 0 }, proposed: flowIsRetrying ? { ...proposed, name: "Retrying" } : proposed };
  },
};
