import type { Json } from "../json.ts";
import { fillTemplate, type TemplateValue } from "../message-template.ts";
import { repr, reprText } from "../parameters/python/repr.ts";
import type { StateType } from "../states/types.ts";
import { formatTime, type Micros } from "../time.ts";
import type { Notification } from "./request.ts";

/** What a notification tells of: a policy, and the state that a flow run entered. */
export interface NotifiedState {
  policyId: string;
  messageTemplate: string | null;
  flowId: string;
  flowName: string;
  flowRunId: string;
  flowRunName: string;
  parameters: Json;
  stateType: StateType;
  stateName: string;
  stateAt: Micros;
  stateMessage: string | null;
}

/** Prefect's DEFAULT_MESSAGE_TEMPLATE (server/models/flow_run_notification_policies.py). */
const DEFAULT_TEMPLATE = `
Flow run {flow_name}/{flow_run_name} entered state \`{flow_run_state_name}\` at {flow_run_state_timestamp}.

Flow ID: {flow_id}
Flow run ID: {flow_run_id}
Flow run URL: {flow_run_url}
State message: {flow_run_state_message}
`;

const SUBJECT = "Prefect flow run notification";

const text = (value: string): TemplateValue => ({ text: value, repr: reprText(value) });
const uuid = (value: string): TemplateValue => ({ text: value, repr: `UUID(${reprText(value)})` });
const plain = (value: string): TemplateValue => ({ text: value, repr: value });

/** The notification of a state; values are written as Python writes them. `pageUrl` is where people look at runs. */
export function notificationOf(state: NotifiedState, pageUrl: string): Notification {
  const values = new Map<string, TemplateValue>([
    ["flow_run_notification_policy_id", uuid(state.policyId)],
    ["flow_id", uuid(state.flowId)],
    ["flow_name", text(state.flowName)],
    ["flow_run_url", text(`${pageUrl}/flow-runs/flow-run/${state.flowRunId}`)],
    ["flow_run_id", uuid(state.flowRunId)],
    ["flow_run_name", text(state.flowRunName)],
    ["flow_run_parameters", plain(repr(state.parameters))],
    ["flow_run_state_type", plain(`StateType.${state.stateType}`)],
    ["flow_run_state_name", text(state.stateName)],
    ["flow_run_state_timestamp", plain(formatTime(state.stateAt))],
    ["flow_run_state_message", state.stateMessage === null ? plain("None") : text(state.stateMessage)],
  ]);
  return { subject: SUBJECT, body: fillTemplate(state.messageTemplate ?? DEFAULT_TEMPLATE, values) };
}
