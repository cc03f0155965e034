import type { Micros } from "../time.ts";
import {
  type Event,
  involvedResources,
  type Labels,
  matchesResource,
  RESOURCE_ROLE,
  type ResourceSpecification,
  resourceIdOf,
} from "./event.ts";

type Maybe<T> = T | null | undefined;

export interface EventNameFilter {
  prefix?: Maybe<string[]>;
  excludePrefix?: Maybe<string[]>;
  name?: Maybe<string[]>;
  excludeName?: Maybe<string[]>;
}

export interface ResourceFilter {
  id?: Maybe<string[]>;
  idPrefix?: Maybe<string[]>;
  labels?: Maybe<ResourceSpecification>;
}

export interface RelatedFilter {
  id?: Maybe<string[]>;
  role?: Maybe<string[]>;
  resourcesInRoles?: Maybe<[string, string][]>;
  labels?: Maybe<ResourceSpecification>;
}

/** Which events to show (Prefect `EventFilter`); an empty list is no criterion. */
export interface EventFilter {
  occurred: { since: Micros; until: Micros };
  event?: Maybe<EventNameFilter>;
  anyResource?: Maybe<ResourceFilter>;
  resource?: Maybe<ResourceFilter & { distinct: boolean }>;
  related?: Maybe<RelatedFilter>;
  id: { id?: Maybe<string[]> };
  order: "ASC" | "DESC";
}

const given = <T>(list: Maybe<T[]>): T[] | undefined => (list && list.length > 0 ? list : undefined);

const startsWithAny = (text: string, prefixes: string[]) => prefixes.some((prefix) => text.startsWith(prefix));

/** True when a filter for live events lets one pass: its time span is no matter there. */
export function passes(filter: EventFilter, event: Event): boolean {
  const { related, anyResource, resource } = filter;
  const ids = given(filter.id.id);
  return (
    passesName(filter.event ?? {}, event.event) &&
    (ids?.includes(event.id) ?? true) &&
    (!anyResource || isEmpty(anyResource) || involvedResources(event).some((labels) => passesResource(anyResource, labels))) &&
    (!resource || passesResource(resource, event.resource)) &&
    (!related || isEmptyRelated(related) || event.related.some((labels) => passesRelated(related, labels)))
  );
}

function passesName(filter: EventNameFilter, name: string): boolean {
  const [prefix, excludePrefix, names, excludeName] = [filter.prefix, filter.excludePrefix, filter.name, filter.excludeName].map(given);
  return (
    (!prefix || startsWithAny(name, prefix)) &&
    !(excludePrefix && startsWithAny(name, excludePrefix)) &&
    (!names || names.includes(name)) &&
    !excludeName?.includes(name)
  );
}

const isEmpty = ({ id, idPrefix, labels }: ResourceFilter) => !given(id) && !given(idPrefix) && Object.keys(labels ?? {}).length === 0;

const isEmptyRelated = ({ id, role, resourcesInRoles, labels }: RelatedFilter) =>
  !given(id) && !given(role) && !given(resourcesInRoles) && Object.keys(labels ?? {}).length === 0;

function passesResource({ id, idPrefix, labels }: ResourceFilter, resource: Labels): boolean {
  const own = resourceIdOf(resource);
  return (
    (given(id)?.includes(own) ?? true) &&
    (!given(idPrefix) || startsWithAny(own, idPrefix ?? [])) &&
    (!labels || matchesResource(labels, resource))
  );
}

function passesRelated({ id, role, resourcesInRoles, labels }: RelatedFilter, resource: Labels): boolean {
  const own = resourceIdOf(resource);
  const ownRole = resource[RESOURCE_ROLE] ?? "";
  return (
    (given(id)?.includes(own) ?? true) &&
    (given(role)?.includes(ownRole) ?? true) &&
    (given(resourcesInRoles)?.some(([wantedId, wantedRole]) => wantedId === own && wantedRole === ownRole) ?? true) &&
    (!labels || matchesResource(labels, resource))
  );
}
