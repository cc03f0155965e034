import { MICROS_PER_SECOND } from "../../time.ts";
import { type FlowRule, only, PASS, reject } from "../rule.ts";
import { proposeState } from "../state.ts";
import type { FlowRunPolicy } from "../types.ts";
import { isOlder, PAUSES_SINCE, TASK_RETRIES_BY_CLIENT_SINCE } from "./client-version.ts";

/** A failed run with retries left waits for its next attempt in the same process (Prefect `RetryFailedFlows`). */
export const retryFailedFlows: FlowRule = {
  from: only("RUNNING"),
  to: only("FAILED"),
  decide: ({ proposed, run, now, clientVersion }) => {
    const { retries, retryDelaySeconds } = run.policy;
    if (retries === null || run.runCount > retries) return PASS;
    const awaitingRetry = proposeState(
      { type: "SCHEDULED", name: "AwaitingRetry", details: { scheduledTime: now + (retryDelaySeconds ?? 0) * MICROS_PER_SECOND } },
      now,
    );
    const policy: FlowRunPolicy = { ...run.policy, resuming: false, pauseKeys: [], retryType: "in_process" };
    return {
      ...reject({ ...awaitingRetry, message: proposed.message, data: proposed.data }, "Retrying"),
      run: isOlder(clientVersion, PAUSES_SINCE) ? {} : { policy },
      effects: { failedTasksRetry: isOlder(clientVersion, TASK_RETRIES_BY_CLIENT_SINCE) ? awaitingRetry : null },
    };
  },
};
