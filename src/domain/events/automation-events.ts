import type { Action } from "../automations/actions.ts";
import type { Trigger } from "../automations/triggers.ts";
import type { JsonObject } from "../json.ts";
import { formatTime, type Micros } from "../time.ts";
import { type Event, type Labels, RESOURCE_ID, RESOURCE_NAME, RESOURCE_ROLE } from "./event.ts";

/** The events that automations emit; their payloads are in the dialect's own form. */

interface Automation {
  id: string;
  name: string;
  trigger: Trigger;
}

interface Moment {
  at: Micros;
  id: string;
}

/** An event as JSON, in the dialect. */
export const eventAsJson = (event: Event) => ({
  occurred: formatTime(event.occurredAt),
  event: event.event,
  resource: event.resource,
  related: event.related,
  payload: event.payload,
  id: event.id,
  follows: event.follows,
  received: formatTime(event.receivedAt),
});

const resourceOf = ({ id, name }: Automation): Labels => ({ [RESOURCE_ID]: `prefect.automation.${id}`, [RESOURCE_NAME]: name });

const postureOf = (trigger: Trigger): Labels => (trigger.type === "event" ? { "prefect.posture": trigger.posture } : {});

const newEvent = (event: string, resource: Labels, related: Labels[], payload: JsonObject, { at, id }: Moment): Event => ({
  ...{ occurredAt: at, event, resource, related, payload, id, follows: null, receivedAt: at },
});

/** An automation goes into its triggered state. */
export function triggeredEvent(
  automation: Automation,
  trigger: Trigger,
  { labels, event, ...moment }: { labels: Labels; event: Event | null } & Moment,
): Event {
  const related = event ? [{ [RESOURCE_ID]: `prefect.event.${event.id}`, [RESOURCE_ROLE]: "triggering-event" }] : [];
  const payload = { triggering_labels: labels, triggering_event: event && eventAsJson(event) };
  return newEvent("prefect.automation.triggered", { ...resourceOf(automation), ...postureOf(trigger) }, related, payload, moment);
}

/** An action was done, or, with a reason, failed. */
export function actionEvent(
  automation: Automation,
  { action, index, invocation, reason }: { action: Action; index: number; invocation: string; reason: string | null },
  outcome: { related: Labels[]; details: JsonObject },
  moment: Moment,
): Event {
  const resource = { ...resourceOf(automation), "prefect.trigger-type": automation.trigger.type, ...postureOf(automation.trigger) };
  const payload = {
    ...{ action_index: index, action_type: action.type, invocation },
    ...(reason === null ? {} : { reason }),
    ...outcome.details,
  };
  return newEvent(`prefect.automation.action.${reason === null ? "executed" : "failed"}`, resource, outcome.related, payload, moment);
}
