import { abort, type FlowRule, only, PASS, wait } from "../rule.ts";

/** How long a run that is to start in its process waits before it asks for a slot again (as task runs do). */
const ASK_AGAIN_SECONDS = 30;

/**
 * No run starts past the limit of its queue or pool. Whoever claims it leaves it alone: agents, workers and runners take an abort for
 * "not now" and are offered the run again, where a wait would keep them from other runs. A process that has the run already, as
 * between two tries or started again after its end, waits. The real server counts when it offers runs only.
 */
export const holdToLimits: FlowRule = {
  from: only("SCHEDULED", "COMPLETED", "FAILED", "CRASHED"),
  to: only("PENDING", "RUNNING"),
  decide: ({ proposed, fullLimit }) => {
    if (!fullLimit) return PASS;
    const reason = `The concurrency limit of work ${fullLimit.kind} "${fullLimit.name}" has been reached`;
    return proposed.type === "PENDING" ? abort(reason) : wait(ASK_AGAIN_SECONDS, reason);
  },
};
