import type { Action } from "../../domain/automations/actions.ts";
import { InvalidRequest, REFUSAL_STATUS, Refusal } from "../../domain/errors.ts";
import { actionEvent } from "../../domain/events/automation-events.ts";
import { type Event, idOfKind, RESOURCE_ID, RESOURCE_NAME, RESOURCE_ROLE } from "../../domain/events/event.ts";
import { proposeState, type StateRequest } from "../../domain/states/state.ts";
import { MICROS_PER_SECOND } from "../../domain/time.ts";
import { log } from "../../observe/log.ts";
import { ConstraintFailed } from "../../store/database.ts";
import { selectWorkPoolName } from "../../store/work-pools.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { createDeploymentRun } from "../deployments/create-run.ts";
import { pauseDeployment, resumeDeployment } from "../deployments/pause-deployment.ts";
import { PLAIN_DRAFT } from "../flow-runs/draft-run.ts";
import { setFlowRunState } from "../flow-runs/set-flow-run-state.ts";
import { updateWorkPool } from "../work-pools/change-work-pool.ts";
import { updateQueueById } from "../work-queues/change-work-queue.ts";
import { enableAutomation } from "./automations.ts";
import { callWebhook, sendNotification } from "./message.ts";
import { ActionFailed, type Outcome } from "./outcome.ts";
import { filledForRun } from "./run-parameters.ts";
import type { Subject } from "./template-context.ts";

/** One action of a firing automation. */
export interface Invocation extends Subject {
  action: Action;
  index: number;
}

/** How long a run suspended by an automation waits. */
const SUSPENSION_SECONDS = 3600;

/** Does an action; gives the event that tells how it went. Fails only when the service itself does. */
export async function perform(ctx: TenantContext, invocation: Invocation): Promise<Event> {
  const { automation, action, index } = invocation;
  const id = ctx.newId();
  const outcome: Outcome = { related: [], details: {} };
  let reason: string | null = null;
  try {
    await done(ctx, invocation, outcome, id);
  } catch (error) {
    reason = reasonOf(error, action, outcome);
  }
  return actionEvent(automation, { action, index, invocation: id, reason }, outcome, { at: ctx.now(), id: ctx.newId() });
}

function reasonOf(error: unknown, action: Action, outcome: Outcome): string {
  if (error instanceof ActionFailed) return error.message;
  let status = 500;
  if (error instanceof Refusal) status = REFUSAL_STATUS[error.kind];
  else if (error instanceof InvalidRequest) status = 422;
  else if (error instanceof ConstraintFailed) status = 409;
  else log("error", "an automation's action failed", { action: action.type, error: String(error) });
  outcome.details.status_code = status;
  return `Unexpected status from ${action.type} action: ${status}`;
}

async function done(ctx: TenantContext, invocation: Invocation, outcome: Outcome, id: string): Promise<void> {
  const { action, automation, event } = invocation;
  /** The id of what the action is about, which its event names. */
  const target = (chosen: string | null, kind: string): string => {
    const found = chosen ?? inferred(event, kind);
    outcome.related.push({ [RESOURCE_ID]: `prefect.${kind}.${found}`, [RESOURCE_ROLE]: "target" });
    return found;
  };
  switch (action.type) {
    case "do-nothing":
      return;
    case "send-notification":
      return sendNotification(ctx, action, invocation, outcome);
    case "call-webhook":
      return callWebhook(ctx, action, invocation, outcome);
    case "run-deployment": {
      const run = await runDeployment(ctx, target(action.deploymentId, "deployment"), action, invocation, keyOf(invocation, id));
      outcome.related.push({ [RESOURCE_ID]: `prefect.flow-run.${run.id}`, [RESOURCE_ROLE]: "flow-run", [RESOURCE_NAME]: run.name });
      outcome.details.status_code = 201;
      return;
    }
    case "pause-deployment":
    case "resume-deployment":
      await (action.type === "pause-deployment" ? pauseDeployment : resumeDeployment)(ctx, target(action.deploymentId, "deployment"));
      break;
    case "cancel-flow-run":
    case "suspend-flow-run":
    case "change-flow-run-state":
      await changeState(ctx, target(runOf(invocation), "flow-run"), stateFor(ctx, action, automation.id), outcome);
      return;
    case "pause-work-queue":
    case "resume-work-queue":
      await updateQueueById(ctx, target(action.workQueueId, "work-queue"), { isPaused: action.type === "pause-work-queue" });
      break;
    case "pause-work-pool":
    case "resume-work-pool": {
      const poolId = action.workPoolId ?? inferred(event, "work-pool");
      const [[pool]] = await ctx.db.run(selectWorkPoolName(ctx.db, ctx.tenantId, poolId));
      if (!pool) throw new ActionFailed(`Work pool ${poolId} not found`);
      outcome.related.push({ [RESOURCE_ID]: `prefect.work-pool.${poolId}`, [RESOURCE_NAME]: pool.name, [RESOURCE_ROLE]: "target" });
      await updateWorkPool(ctx, pool.name, { isPaused: action.type === "pause-work-pool" });
      break;
    }
    case "pause-automation":
    case "resume-automation":
      await enableAutomation(ctx, target(action.automationId, "automation"), action.type === "resume-automation");
      break;
  }
  outcome.details.status_code = 204;
}

/** The first resource of the kind in the event; in words, kinds have spaces. */
function inferred(event: Event | null, kind: string): string {
  const words = kind.replace("-", " ");
  if (!event) throw new ActionFailed(`No event to infer the ${words}`);
  const id = idOfKind(event, `prefect.${kind}`);
  if (!id) throw new ActionFailed(`No ${words} could be inferred`);
  return id;
}

/** The flow run that the trigger counted apart, or that the event is about. */
function runOf({ labels, event }: Invocation): string {
  const counted = /^prefect\.flow-run\.(.+)$/.exec(labels[RESOURCE_ID] ?? "")?.[1];
  const id = counted ?? (event && idOfKind(event, "prefect.flow-run"));
  if (!id) throw new ActionFailed("No flow run could be inferred");
  return id;
}

const keyOf = ({ automation, index }: Invocation, id: string) => `automation ${automation.id}, action ${index}, invocation ${id}`;

async function runDeployment(
  ctx: TenantContext,
  deploymentId: string,
  action: Extract<Action, { type: "run-deployment" }>,
  subject: Subject,
  idempotencyKey: string,
) {
  const parameters = await filledForRun(ctx, action.parameters ?? {}, subject);
  const { run } = await createDeploymentRun(ctx, deploymentId, {
    name: null,
    state: proposeState({ type: "SCHEDULED" }, ctx.now()),
    parameters,
    context: {},
    infrastructureDocumentId: null,
    policy: PLAIN_DRAFT.policy,
    tags: [],
    idempotencyKey,
    parentTaskRunId: null,
    workQueueName: null,
    jobVariables: action.jobVariables,
    enforceParameterSchema: null,
  });
  return run;
}

type StateAction = Extract<Action, { type: "cancel-flow-run" | "suspend-flow-run" | "change-flow-run-state" }>;

function stateFor(ctx: TenantContext, action: StateAction, automationId: string): StateRequest {
  switch (action.type) {
    case "cancel-flow-run":
      return { type: "CANCELLING", message: `Cancelled by Automation ${automationId}` };
    case "suspend-flow-run": {
      const pauseTimeout = ctx.now() + SUSPENSION_SECONDS * MICROS_PER_SECOND;
      const message = `Suspended by Automation ${automationId}`;
      return { type: "PAUSED", name: "Suspended", message, details: { pauseReschedule: true, pauseTimeout } };
    }
    case "change-flow-run-state":
      return { type: action.state, name: action.name, message: action.message || `State changed by Automation ${automationId}` };
  }
}

async function changeState(ctx: TenantContext, runId: string, state: StateRequest, outcome: Outcome): Promise<void> {
  const answer = await setFlowRunState(ctx, runId, proposeState(state, ctx.now()));
  outcome.details.status_code = answer.written ? 201 : 200;
  if (answer.details.type === "accept_details") return;
  throw new ActionFailed(`Failed to set state: ${answer.details.reason}`);
}
