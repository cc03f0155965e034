import { ANY, only, type TaskRule } from "../rule.ts";

/** A scheduled autonomous task run is handed to whoever serves its task (Prefect `EnqueueScheduledTasks`). Governs no others. */
export const enqueueScheduledTasks: TaskRule = {
  from: ANY,
  to: only("SCHEDULED"),
  after: ({ written }) => ({ effects: { enqueue: written?.name === "AwaitingRetry" ? "retry" : "scheduled" } }),
};
