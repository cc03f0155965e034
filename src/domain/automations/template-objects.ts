import { type Event, involvedResources, type Labels, RESOURCE_ID, RESOURCE_NAME, RESOURCE_ROLE, resourceIdOf } from "../events/event.ts";
import { TemplateObject, TemplateText, type TemplateValue } from "../jinja/values.ts";
import { isJsonObject, isRawNumber, type Json } from "../json.ts";
import { reprText } from "../parameters/python/repr.ts";
import { formatTime, type Micros, parseTime } from "../time.ts";
import { timeObject } from "./template-times.ts";
import type { Trigger } from "./triggers.ts";

/** What templates of automations see, under Prefect's names. */

/** Where the page shows things of a kind, by the id or the name. */
const PAGES: Readonly<Record<string, (id: string, name: string) => string>> = {
  "prefect.automation": (id) => `automations/automation/${id}`,
  "prefect.deployment": (id) => `deployments/deployment/${id}`,
  "prefect.flow": (id) => `flows/flow/${id}`,
  "prefect.flow-run": (id) => `flow-runs/flow-run/${id}`,
  "prefect.task-run": (id) => `flow-runs/task-run/${id}`,
  "prefect.work-queue": (id) => `work-queues/work-queue/${id}`,
  "prefect.work-pool": (_, name) => `work-pools/work-pool/${encodeURIComponent(name)}`,
};

const pageOf = (kind: string, id: string, name: string): string | null =>
  Object.hasOwn(PAGES, kind) ? (PAGES[kind]?.(id, name) ?? null) : null;

/** A resource's labels, and what Prefect's class of them adds: `id`, `name`, `role`, and `labels` to dive into. */
export function resourceObject(labels: Labels): TemplateObject {
  const id = resourceIdOf(labels);
  const split = id.lastIndexOf(".");
  const name = labels[RESOURCE_NAME] ?? null;
  return new TemplateObject(labels, {
    attributes: { id: () => id, name: () => name, role: () => labels[RESOURCE_ROLE] ?? null, labels: () => labelsObject(labels) },
    page: pageOf(id.slice(0, Math.max(0, split)), id.slice(split + 1), name ?? ""),
    resourceId: id,
  });
}

/** Labels as a tree: `labels.prefect.resource.id`; every part prints its own value (`LabelDiver`). */
export function labelsObject(labels: Labels, text = ""): TemplateObject {
  const heads = new Set(Object.keys(labels).map((label) => label.split(".", 1)[0] ?? ""));
  const below = (head: string): Labels =>
    Object.fromEntries(
      Object.entries(labels)
        .filter(([label]) => label.startsWith(`${head}.`))
        .map(([label, value]) => [label.slice(head.length + 1), value]),
    );
  const attributes = Object.fromEntries([...heads].map((head) => [head, () => labelsObject(below(head), labels[head])]));
  // A value with others below it is found as a tree, which prints it.
  const items = Object.fromEntries(Object.entries(labels).filter(([label]) => Object.keys(below(label)).length === 0));
  return new TemplateObject(items, { attributes, text });
}

/** An event (`ReceivedEvent`). */
export function eventObject(event: Event): TemplateObject {
  const byRole = (role: string) => event.related.filter((labels) => labels[RESOURCE_ROLE] === role);
  const roles = [...new Set(event.related.map((labels) => labels[RESOURCE_ROLE] ?? ""))];
  const items: Record<string, TemplateValue> = {
    occurred: timeObject(event.occurredAt),
    event: event.event,
    resource: resourceObject(event.resource),
    related: event.related.map(resourceObject),
    payload: event.payload,
    id: event.id,
    follows: event.follows,
    received: timeObject(event.receivedAt),
  };
  return new TemplateObject(items, {
    attributes: {
      involved_resources: () => involvedResources(event).map(resourceObject),
      resource_in_role: () => new TemplateObject(Object.fromEntries(roles.map((role) => [role, resourceObject(byRole(role)[0] ?? {})]))),
      resources_in_role: () => new TemplateObject(Object.fromEntries(roles.map((role) => [role, byRole(role).map(resourceObject)]))),
    },
    page: `events/event/${formatTime(event.occurredAt).slice(0, 10)}/${event.id}`,
  });
}

interface Automation {
  id: string;
  name: string;
  description: string;
  enabled: boolean;
  trigger: Trigger;
  createdAt: Micros;
  updatedAt: Micros;
}

/** An automation (`Automation`). */
export const automationObject = ({ id, name, description, enabled, trigger, createdAt, updatedAt }: Automation): TemplateObject =>
  new TemplateObject(
    { id, name, description, enabled, trigger: triggerObject(trigger), created: timeObject(createdAt), updated: timeObject(updatedAt) },
    { page: pageOf("prefect.automation", id, name), resourceId: `prefect.automation.${id}` },
  );

function triggerObject(trigger: Trigger): TemplateObject {
  const { type, id, within } = trigger;
  if (trigger.type !== "event") {
    return new TemplateObject({ type, id, within, require: trigger.require ?? null, triggers: trigger.triggers.map(triggerObject) });
  }
  const { match, matchRelated, after, expect, forEach, posture, threshold } = trigger;
  return new TemplateObject({
    ...{ type, id, match, match_related: matchRelated, after, expect, for_each: forEach, within, threshold },
    posture: new TemplateText(posture, `Posture.${posture}`),
  });
}

interface Fired {
  id: string;
  trigger: Trigger;
  labels: Labels;
  event: Event | null;
  at: Micros;
}

/** The firing of a trigger (`Firing`). */
export const firingObject = ({ id, trigger, labels, event, at }: Fired): TemplateObject =>
  new TemplateObject({
    ...{ id, trigger: triggerObject(trigger), triggered: timeObject(at), triggering_labels: labels },
    ...{ triggering_firings: [], triggering_value: null, trigger_states: [new TemplateText("Triggered", "TriggerState.Triggered")] },
    triggering_event: event && eventObject(event),
  });

/** Columns that Prefect names in another way than by snake case. */
const NAMES: Readonly<Record<string, string>> = {
  createdAt: "created",
  updatedAt: "updated",
  expectedStartAt: "expected_start_time",
  nextScheduledStartAt: "next_scheduled_start_time",
  startedAt: "start_time",
  endedAt: "end_time",
  lastPolledAt: "last_polled",
  cacheExpiresAt: "cache_expiration",
  policy: "empirical_policy",
};
const HIDDEN = new Set(["tenantId", "stateAt", "stateMessage", "stateDetails", "stateData", "stateArtifactId"]);

const snake = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A row as the object that Prefect's API would give for it: its kind is `prefect.flow-run` and the like. */
export function rowObject(
  kind: string,
  row: { id: string; name: string } & object,
  more: Record<string, TemplateValue> = {},
): TemplateObject {
  const items: Record<string, TemplateValue> = {};
  for (const [key, value] of Object.entries(row)) {
    if (!HIDDEN.has(key))
      items[NAMES[key] ?? snake(key)] = key.endsWith("At")
        ? timeOf(value)
        : key.endsWith("RunTime")
          ? durationText(Number(value))
          : plain(value);
  }
  return new TemplateObject({ ...items, ...more }, { page: pageOf(kind, row.id, row.name), resourceId: `${kind}.${row.id}` });
}

const timeOf = (value: unknown): TemplateValue => (typeof value === "number" ? timeObject(value) : null);

/** A duration as Python writes a timedelta. */
const durationText = (micros: number): string => {
  const [days, rest] = [Math.floor(micros / 86_400_000_000), micros % 86_400_000_000];
  const clock = formatTime(rest).slice(11, -6).replace(/^0/, "");
  return `${days === 0 ? "" : `${days} day${days === 1 ? "" : "s"}, `}${clock}`;
};

/** A column's value; of objects of our own, the keys are Prefect's too. */
function plain(value: unknown): TemplateValue {
  if (Array.isArray(value)) return value.map(plain);
  return isJsonObject(value) || isRawNumber(value) || value === null || ["string", "number", "boolean"].includes(typeof value)
    ? (value as Json)
    : null;
}

const STATE_TYPES = ["SCHEDULED", "PENDING", "RUNNING", "COMPLETED", "FAILED", "CRASHED", "CANCELLED", "CANCELLING", "PAUSED"];

interface StateColumns {
  stateId: string | null;
  stateType: string | null;
  stateName: string | null;
  stateAt: Micros | null;
  stateMessage: string | null;
}

const isNamedByType = ({ type, name }: { type?: string | null; name?: string | null }) => type?.toLowerCase() === name?.toLowerCase();

/** A run's state: as the event that is being told of shows it, or else as it is by now. */
export function stateObject(
  run: StateColumns,
  resource: Labels,
): { state: TemplateValue; state_type: TemplateValue; state_name: TemplateValue } {
  const [type, name, at, message] = ["type", "name", "timestamp", "message"].map((key) => resource[`prefect.state-${key}`]);
  const isTold = type !== undefined && name !== undefined && message !== undefined && at !== undefined && parseTime(at) !== undefined;
  const shown = isTold
    ? { type, name, at: parseTime(at), message }
    : { type: run.stateType, name: run.stateName, at: run.stateAt, message: run.stateMessage };
  const typeText = enumText("StateType", shown.type ?? null);
  const own = {
    ...{ id: run.stateId, type: typeText, name: shown.name ?? null, message: shown.message ?? null },
    timestamp: timeOf(shown.at),
  };
  const isOneOf =
    (...types: string[]) =>
    () =>
    () =>
      types.includes(shown.type ?? "");
  const attributes = {
    ...Object.fromEntries(STATE_TYPES.map((type) => [`is_${type.toLowerCase()}`, isOneOf(type)])),
    is_final: isOneOf("COMPLETED", "CANCELLED", "FAILED", "CRASHED"),
  };
  const details = [shown.message ? reprText(shown.message) : "", isNamedByType(shown) ? "" : `type=${shown.type}`];
  const text = `${shown.name}(${details.filter((detail) => detail !== "").join(", ")})`;
  return {
    state: run.stateType === null ? null : new TemplateObject(own, { attributes, text }),
    state_type: enumText("StateType", run.stateType),
    state_name: run.stateName,
  };
}

/** A member of one of Prefect's enumerations. */
export const enumText = (name: string, value: string | null): TemplateValue =>
  value === null ? null : new TemplateText(value, `${name}.${value}`);

/** The first involved resource of a kind, with the id that its name ends in. */
export function firstOfKind(event: Event, kind: string): { id: string; labels: Labels } | undefined {
  const labels = involvedResources(event).find((one) => resourceIdOf(one).slice(0, resourceIdOf(one).lastIndexOf(".")) === kind);
  return labels && { id: (labels[RESOURCE_ID] ?? "").slice(kind.length + 1), labels };
}
