import { type Event, matchesAnyResource, matchesValue, type ResourceSpecification, resourceLabel } from "../events/event.ts";
import { compareText } from "../parameters/python/text.ts";

export interface EventTrigger {
  type: "event";
  id: string;
  match: ResourceSpecification;
  matchRelated: ResourceSpecification;
  /** Events that must be seen first. */
  after: string[];
  /** Events that are waited for; none means any. */
  expect: string[];
  /** Labels whose values are counted apart. */
  forEach: string[];
  posture: "Reactive" | "Proactive";
  threshold: number;
  /** Seconds. */
  within: number;
}

export interface CompositeTrigger {
  type: "compound" | "sequence";
  id: string;
  triggers: Trigger[];
  /** Seconds; null for no bound. */
  within: number | null;
  /** How many of a compound's triggers must have fired. */
  require?: number | "any" | "all";
}

/** When an automation fires (Prefect `TriggerTypes`). */
export type Trigger = EventTrigger | CompositeTrigger;

/** The trigger and all within it. */
export const allTriggers = (trigger: Trigger): Trigger[] =>
  trigger.type === "event" ? [trigger] : [trigger, ...trigger.triggers.flatMap(allTriggers)];

export const eventTriggers = (trigger: Trigger): EventTrigger[] => allTriggers(trigger).filter((one) => one.type === "event");

/** The composite trigger right above the one of an id; null for the topmost. */
export const parentOf = (root: Trigger, id: string): CompositeTrigger | null =>
  allTriggers(root).find(
    (trigger): trigger is CompositeTrigger => trigger.type !== "event" && trigger.triggers.some((child) => child.id === id),
  ) ?? null;

/** The trigger with fresh ids, its children too. */
export function withFreshIds(trigger: Trigger, newId: () => string): Trigger {
  if (trigger.type === "event") return { ...trigger, id: newId() };
  return { ...trigger, id: newId(), triggers: trigger.triggers.map((child) => withFreshIds(child, newId)) };
}

/** True when the event is one the trigger must be evaluated for. */
export function covers(trigger: EventTrigger, event: Event): boolean {
  if (!matchesAnyResource(trigger.match, [event.resource]) || !matchesAnyResource(trigger.matchRelated, event.related)) return false;
  if (trigger.expect.length === 0) return event.event.length > 0;
  return [...trigger.expect, ...trigger.after].some((pattern) => beginsAs(pattern, event.event));
}

/** As the real server's pattern: every `*` stands for one character or more, and the rest of the text is no matter. */
function beginsAs(pattern: string, text: string): boolean {
  const expression = pattern
    .split("*")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&"))
    .join(".+");
  return new RegExp(`^(?:${expression})`).test(text);
}

export const startsAfter = (trigger: EventTrigger, name: string): boolean => trigger.after.some((pattern) => matchesValue(pattern, name));

export const expects = (trigger: EventTrigger, name: string): boolean =>
  trigger.expect.length === 0 || trigger.expect.some((pattern) => matchesValue(pattern, name));

/** The labels counted apart, in order. */
export const bucketLabels = (trigger: EventTrigger): string[] => [...trigger.forEach].sort(compareText);

/** The values of those labels in an event. */
export const bucketingKey = (trigger: EventTrigger, event: Event): string[] =>
  bucketLabels(trigger).map((label) => resourceLabel(event, label) ?? "");

/** Whether one event alone makes a trigger fire, whatever came before: there is nothing to remember. */
export const isStateless = (trigger: EventTrigger): boolean =>
  trigger.posture === "Reactive" && trigger.within === 0 && trigger.threshold <= 1 && trigger.after.length === 0;

/** Whether the order in which events are seen matters to a trigger. */
export const heedsOrder = (trigger: Trigger): boolean => trigger.type !== "event" || !isStateless(trigger);
