import { ANY, only, PASS, type TaskRule } from "../rule.ts";

/** A scheduled autonomous task run is handed to whoever serves its task (Prefect `EnqueueScheduledTasks`). */
export const enqueueScheduledTasks: TaskRule = {
  from: ANY,
  to: only("SCHEDULED"),
  after: ({ written, run }) =>
    written === null || run.flowRunId !== null ? PASS : { effects: { enqueue: written.name === "AwaitingRetry" ? "retry" : "scheduled" } },
};
