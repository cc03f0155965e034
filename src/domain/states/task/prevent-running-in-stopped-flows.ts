import { ANY, abort, only, PASS, reject, type TaskRule } from "../rule.ts";
import { proposeState } from "../state.ts";

/** Tasks run only while their flow runs (Prefect `PreventRunningTasksFromStoppedFlows`). */
export const preventRunningInStoppedFlows: TaskRule = {
  from: ANY,
  to: only("RUNNING"),
  decide: ({ flowRun, now }) => {
    if (flowRun === null || flowRun.stateType === "RUNNING") return PASS;
    if (flowRun.stateType !== "PAUSED") return abort("The enclosing flow must be running to begin task execution.");
    const { pauseTimeout, pauseReschedule } = flowRun;
    return reject(
      proposeState({ type: "PAUSED", name: "NotReady", details: { pauseTimeout, pauseReschedule } }, now),
      `The flow is paused, new tasks can execute after resuming flow run: ${flowRun.id}.`,
    );
  },
};
