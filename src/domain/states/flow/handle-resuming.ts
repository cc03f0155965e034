import { ANY, type FlowRule, only, PASS, reject } from "../rule.ts";
import { isTerminal, proposeState } from "../state.ts";

/**
 * A paused run goes on, or ends, before its pause times out; a suspended one needs a deployment to start again from.
 * It counts as resuming from then on, even when this rule refused the move (Prefect `HandleResumingPausedFlows`).
 */
export const handleResumingPausedFlows: FlowRule = {
  from: only("PAUSED"),
  to: ANY,
  decide: ({ initial, proposed, run, now }) => {
    if (proposed.type !== "RUNNING" && proposed.type !== "SCHEDULED" && !isTerminal(proposed)) {
      return reject(null, `This run cannot transition to the StateType.${proposed.type} state from the StateType.PAUSED state.`);
    }
    const name = proposed.name.toLowerCase();
    if (initial?.details.pauseReschedule && run.deploymentId === null) {
      return reject(null, `Cannot reschedule a ${name} flow run without a deployment.`);
    }
    const pauseTimeout = initial?.details.pauseTimeout ?? null;
    if (pauseTimeout !== null && pauseTimeout < now) {
      const verb = proposed.name === "Suspended" ? "suspend" : "pause";
      return reject(
        proposeState({ type: "FAILED", message: `The flow was ${name} and never resumed.` }, now),
        `The flow run ${verb} has timed out and can no longer resume.`,
      );
    }
    return PASS;
  },
  after: ({ run }) => ({ run: { policy: { ...run.policy, resuming: true } } }),
};
