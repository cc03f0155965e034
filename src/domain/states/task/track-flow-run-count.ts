import { ANY, only, PASS, type TaskRule } from "../rule.ts";

/** A running task run remembers which attempt of its flow run it belongs to (Prefect `UpdateFlowRunTrackerOnTasks`). */
export const trackFlowRunCount: TaskRule = {
  from: ANY,
  to: only("RUNNING"),
  after: ({ run, flowRun }) => {
    if (run.flowRunId === null) return PASS;
    if (flowRun !== null) return { run: { flowRunRunCount: flowRun.runCount } };
    const message = `Unable to read flow run associated with task run: ${run.id}, this flow run might have been deleted`;
    return { error: { kind: "notFound", message } };
  },
};
