import { type SQL, sql } from "drizzle-orm";
import { RESOURCE_ID, RESOURCE_ROLE, type ResourceSpecification } from "../../domain/events/event.ts";
import type { EventFilter, RelatedFilter, ResourceFilter } from "../../domain/events/filter.ts";
import type { TenantId } from "../../domain/ids.ts";
import { inList } from "../database.ts";
import { eventResources, events } from "../tables.ts";
import { all, type Condition, type Operand } from "./conditions.ts";

type Maybe<T> = T | null | undefined;

const given = (values: Maybe<readonly unknown[]>): boolean => (values?.length ?? 0) > 0;

/** `column IN values`; no values, no criterion. */
const oneOf = (column: Operand, values: Maybe<readonly string[]>): Condition =>
  values && given(values) ? inList(column, values) : undefined;

/** True when the column begins with one of the prefixes, case-sensitively. */
const beginsWithOne = (column: Operand, prefixes: readonly string[]): SQL =>
  sql`EXISTS (SELECT 1 FROM json_each(${JSON.stringify(prefixes)}) AS prefix WHERE substr(${column}, 1, length(prefix.value)) = prefix.value)`;

const not = (condition: Condition): Condition => condition && sql`NOT ${condition}`;

/** A label of a resource, given as a JSON object of labels. */
const label = (resource: Operand, name: string): SQL => sql`${resource} ->> ${`$.${JSON.stringify(name)}`}`;

/** The criteria of `labels`: for each label, one of the values without `!`, and none of those with it, `*` at the end standing for anything. */
function labelled(resource: Operand, specification: Maybe<ResourceSpecification>): Condition[] {
  return Object.entries(specification ?? {}).flatMap(([name, expected]) => {
    const values = [expected].flat();
    const column = name === RESOURCE_ROLE ? sql`coalesce(${label(resource, name)}, '')` : label(resource, name);
    const negative = values.filter((value) => value.startsWith("!")).map((value) => value.slice(1));
    const positive = values.filter((value) => !value.startsWith("!"));
    return [
      negative.length > 0 ? sql`${column} IS NOT NULL` : undefined,
      positive.length > 0 ? matches(column, positive) : undefined,
      negative.length > 0 ? not(matches(column, negative)) : undefined,
    ];
  });
}

function matches(column: SQL, values: readonly string[]): SQL {
  const exact = values.filter((value) => !value.endsWith("*"));
  const prefixes = values.filter((value) => value.endsWith("*")).map((value) => value.replace(/\*+$/, ""));
  if (prefixes.length === 0) return inList(column, exact);
  return sql`(${inList(column, exact)} OR ${beginsWithOne(column, prefixes)})`;
}

function byResource(resource: Operand, filter: ResourceFilter): Condition[] {
  const id = label(resource, RESOURCE_ID);
  return [
    oneOf(id, filter.id),
    filter.idPrefix && given(filter.idPrefix) ? beginsWithOne(id, filter.idPrefix) : undefined,
    ...labelled(resource, filter.labels),
  ];
}

function byRelated(resource: Operand, filter: RelatedFilter): Condition[] {
  const id = label(resource, RESOURCE_ID);
  const role = sql`coalesce(${label(resource, RESOURCE_ROLE)}, '')`;
  const pairs = filter.resourcesInRoles;
  return [
    oneOf(id, filter.id),
    oneOf(role, filter.role),
    pairs && given(pairs)
      ? sql`EXISTS (SELECT 1 FROM json_each(${JSON.stringify(pairs)}) AS pair WHERE pair.value ->> 0 = ${id} AND pair.value ->> 1 = ${role})`
      : undefined,
    ...labelled(resource, filter.labels),
  ];
}

const RELATED = sql`SELECT value AS labels FROM json_each(${events.related})`;
const ALL = sql`SELECT ${events.resource} AS labels UNION ALL ${RELATED}`;

/** True when one of the resources involved meets the criteria; none, no criterion. */
function anyInvolved(resources: SQL, criteria: Condition[]): Condition {
  if (criteria.every((condition) => condition === undefined)) return undefined;
  return sql`EXISTS (SELECT 1 FROM (${resources}) AS involved WHERE ${all(...criteria)})`;
}

const INVOLVED = sql.raw("involved.labels");

/** Ids of resources of which an event must involve one; undefined where the filter names none. */
function resourcesOf({ resource, anyResource, related }: EventFilter): string[] | undefined {
  const roles = related?.resourcesInRoles?.map(([id]) => id);
  const lists = [resource?.id, labelledId(resource?.labels), anyResource?.id, labelledId(anyResource?.labels)];
  return [...lists, related?.id, roles, labelledId(related?.labels)].find(given) ?? undefined;
}

/** The ids that labels ask for, unless they ask for anything else too. */
function labelledId(labels: Maybe<ResourceSpecification>): string[] | undefined {
  const ids = [labels?.[RESOURCE_ID] ?? []].flat();
  return ids.some((id) => id.startsWith("!") || id.endsWith("*")) ? undefined : ids;
}

/** True of the events of a time that involve one of the resources: they are looked up, not searched for. */
const isInvolving = (tenantId: TenantId, ids: readonly string[], { since, until }: EventFilter["occurred"]): SQL =>
  sql`(${events.occurredAt}, ${events.id}) IN (SELECT found.occurred_at, found.event_id FROM ${eventResources} AS found
    WHERE found.tenant_id = ${tenantId} AND ${inList(sql.raw("found.resource_id"), ids)} AND found.occurred_at BETWEEN ${since} AND ${until})`;

/** The time's bounds; events that are looked up by their ids are not to be searched for by it. */
function within({ since, until }: EventFilter["occurred"], isLookedUp: boolean): SQL[] {
  const at = isLookedUp ? sql`+${events.occurredAt}` : sql`${events.occurredAt}`;
  return [sql`${at} >= ${since}`, sql`${at} <= ${until}`];
}

/** The events of a tenant that a filter asks for. */
export function eventsCondition(tenantId: TenantId, filter: EventFilter): SQL {
  const { occurred, event, resource, anyResource, related, id } = filter;
  const involving = resourcesOf(filter);
  return all(
    sql`${events.tenantId} = ${tenantId}`,
    ...(involving ? [isInvolving(tenantId, involving, occurred)] : within(occurred, given(id.id))),
    event?.prefix && given(event.prefix) ? beginsWithOne(events.event, event.prefix) : undefined,
    event?.excludePrefix && given(event.excludePrefix) ? not(beginsWithOne(events.event, event.excludePrefix)) : undefined,
    oneOf(events.event, event?.name),
    not(oneOf(events.event, event?.excludeName)),
    oneOf(events.id, id.id),
    ...(resource ? byResource(events.resource, resource) : []),
    anyResource ? anyInvolved(ALL, byResource(INVOLVED, anyResource)) : undefined,
    related ? anyInvolved(RELATED, byRelated(INVOLVED, related)) : undefined,
  );
}
