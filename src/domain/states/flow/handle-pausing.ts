import { ANY, abort, type FlowRule, only, PASS, reject } from "../rule.ts";

/** Each pause, known by its key, happens once in a run (Prefect `HandlePausingFlows`). */
export const handlePausingFlows: FlowRule = {
  from: ANY,
  to: only("PAUSED"),
  decide: ({ initial, proposed, run }) => {
    const verb = proposed.name === "Suspended" ? "suspend" : "pause";
    const { pauseKey, pauseReschedule } = proposed.details;
    if (initial === null) return abort(`Cannot ${verb} flows with no state.`);
    if (initial.type !== "RUNNING") return reject(null, `Cannot ${verb} flows that are not currently running.`);
    if (pauseKey !== null && run.policy.pauseKeys.includes(pauseKey)) return reject(null, `This ${verb} has already fired.`);
    if (pauseReschedule && run.parentTaskRunId !== null) return abort(`Cannot ${verb} subflows.`);
    if (pauseReschedule && run.deploymentId === null) return abort(`Cannot ${verb} flows without a deployment.`);
    return PASS;
  },
  after: ({ proposed, run, newId }) => ({
    run: { policy: { ...run.policy, pauseKeys: [...run.policy.pauseKeys, proposed.details.pauseKey ?? newId()] } },
  }),
};
