import type { ResourceSpecification } from "../events/event.ts";
import type { Action } from "./actions.ts";
import type { Trigger } from "./triggers.ts";

/** What every flow run of a deployment passes through. */
const PASSED_BY_ALL = ["prefect.flow-run.Scheduled", "prefect.flow-run.Pending", "prefect.flow-run.Running", "prefect.flow-run.*"];

const matchesEveryRun = (specification: ResourceSpecification): boolean => {
  const labels = Object.entries(specification);
  return (
    labels.length <= 1 &&
    labels.every(([label, values]) => label === "prefect.resource.id" && [values].flat().includes("prefect.flow-run.*"))
  );
};

/**
 * Why an automation would run deployments for ever, in the real server's words (`prevent_run_deployment_loops`); undefined if it would
 * not.
 */
export function loopProblem(enabled: boolean, trigger: Trigger, actions: readonly Action[]): string | undefined {
  if (!enabled || trigger.type !== "event" || trigger.posture !== "Reactive") return undefined;
  if (!PASSED_BY_ALL.some((name) => trigger.expect.includes(name))) return undefined;
  for (const action of actions) {
    if (action.type !== "run-deployment") continue;
    if (action.source === "inferred") {
      return "Running an inferred deployment from a flow run state change event will lead to an infinite loop of flow runs.  Please choose a specific deployment and add additional filtering labels to the match or match_related for this automation's trigger.";
    }
    if (matchesEveryRun(trigger.match) && matchesEveryRun(trigger.matchRelated)) {
      return "Running a selected deployment from a flow run state change event may lead to an infinite loop of flow runs.  Please include additional filtering labels on either match or match_related to narrow down which flow runs will trigger this automation to exclude flow runs from the deployment you've selected.";
    }
  }
  return undefined;
}
