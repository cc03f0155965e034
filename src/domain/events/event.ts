import type { JsonObject } from "../json.ts";
import type { Micros } from "../time.ts";

/** The labels of a resource; `prefect.resource.id` is always among them. */
export type Labels = Record<string, string>;

/** Something that happened to a resource (Prefect `ReceivedEvent`). */
export interface Event {
  occurredAt: Micros;
  event: string;
  resource: Labels;
  /** Other resources involved, each with a `prefect.resource.role`. */
  related: Labels[];
  payload: JsonObject;
  id: string;
  /** The id of an event known to have happened before this one. */
  follows: string | null;
  receivedAt: Micros;
}

export const RESOURCE_ID = "prefect.resource.id";
export const RESOURCE_NAME = "prefect.resource.name";
export const RESOURCE_ROLE = "prefect.resource.role";

export const resourceIdOf = (labels: Labels): string => labels[RESOURCE_ID] ?? "";

/** A label or a list of labels that a resource must have: label -> accepted values, which may end in `*` or begin with `!`. */
export type ResourceSpecification = Record<string, string | string[]>;

/** Prefect `matches`: equality, a prefix before a final `*`, the opposite after an initial `!`. A missing value matches nothing. */
export function matchesValue(expected: string, value: string | undefined): boolean {
  if (value === undefined) return false;
  const isNegative = expected.startsWith("!");
  const wanted = isNegative ? expected.slice(1) : expected;
  const isMatch = wanted.endsWith("*") ? value.startsWith(wanted.slice(0, -1)) : value === wanted;
  return isMatch !== isNegative;
}

/** True when a resource has, for every label of the specification, one of the accepted values. */
export const matchesResource = (specification: ResourceSpecification, resource: Labels): boolean =>
  Object.entries(specification).every(([label, expected]) =>
    (typeof expected === "string" ? [expected] : expected).some((value) => matchesValue(value, resource[label])),
  );

/** True when the specification is empty or one of the resources matches it. */
export const matchesAnyResource = (specification: ResourceSpecification, resources: readonly Labels[]): boolean =>
  Object.keys(specification).length === 0 || resources.some((resource) => matchesResource(specification, resource));

/** A label of the event's resource, or after `related:<role>:` of the first related resource in that role. */
export function resourceLabel(event: Event, label: string): string | undefined {
  const split = label.lastIndexOf(":");
  const directive = split < 0 ? "" : label.slice(0, split);
  const [kind, ...role] = directive.split(":");
  if (kind === "related") {
    const related = event.related.find((resource) => resource[RESOURCE_ROLE] === role.join(":"));
    if (related) return related[label.slice(split + 1)];
  }
  return event.resource[label];
}

/** The resource and the related ones. */
export const involvedResources = (event: Pick<Event, "resource" | "related">): Labels[] => [event.resource, ...event.related];

/** The id after the kind (`prefect.deployment`) in the first involved resource of that kind. */
export function idOfKind(event: Event, kind: string): string | undefined {
  const first = involvedResources(event)
    .map(resourceIdOf)
    .find((id) => id.slice(0, id.lastIndexOf(".")) === kind);
  return first?.slice(kind.length + 1);
}
