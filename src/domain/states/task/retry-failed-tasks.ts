import { MICROS_PER_SECOND } from "../../time.ts";
import { only, PASS, reject, type TaskRule } from "../rule.ts";
import { proposeState } from "../state.ts";
import type { TaskRunPolicy } from "../types.ts";
import { jitteredDelay } from "./jitter.ts";

/** A failed task run with retries left waits for its next attempt, unless the client says it is not worth one (Prefect `RetryFailedTasks`). */
export const retryFailedTasks: TaskRule = {
  from: only("RUNNING"),
  to: only("FAILED"),
  decide: ({ proposed, run, now, random }) => {
    const { retries, retryJitterFactor } = run.policy;
    if (proposed.details.retriable === false || retries === null || run.runCount > retries) return PASS;
    const base = baseDelaySeconds(run.policy, run.runCount);
    const delaySeconds = retryJitterFactor ? jitteredDelay(base, retryJitterFactor, random) : base;
    const scheduledTime = now + Math.round(delaySeconds * MICROS_PER_SECOND);
    const { message, data } = proposed;
    return reject(proposeState({ type: "SCHEDULED", name: "AwaitingRetry", message, data, details: { scheduledTime } }, now), "Retrying");
  },
};

/** The delay after the `runCount`th run; a run that was never counted takes the last of a list, as Python's index -1 does. */
function baseDelaySeconds({ retryDelaySeconds }: TaskRunPolicy, runCount: number): number {
  if (retryDelaySeconds === null || typeof retryDelaySeconds === "number") return retryDelaySeconds ?? 0;
  return retryDelaySeconds.at(Math.min(runCount, retryDelaySeconds.length) - 1) ?? 0;
}
