import { and, asc, count, desc, eq, type SQL, sql } from "drizzle-orm";
import type { Bucket } from "../domain/automations/buckets.ts";
import type { Page } from "../domain/filters.ts";
import type { TenantId } from "../domain/ids.ts";
import type { Micros } from "../domain/time.ts";
import type { Database, Statement } from "./database.ts";
import { all, combine, criterion } from "./filters/conditions.ts";
import type { NameSort } from "./flows.ts";
import { nameOrder } from "./flows.ts";
import { automationBuckets, automationFirings, automations } from "./tables.ts";

export type AutomationRow = typeof automations.$inferSelect;
export type FiringRow = typeof automationFirings.$inferSelect;

export interface AutomationFilter {
  operator?: "and_" | "or_";
  name?: { any?: string[] | null | undefined } | null | undefined;
  created?: { before?: Micros | null | undefined } | null | undefined;
}

const isAutomation = (tenantId: TenantId, id: string) => and(eq(automations.tenantId, tenantId), eq(automations.id, id));

export const insertAutomation = (db: Database, row: AutomationRow) => db.query.insert(automations).values(row);

export const selectAutomation = (db: Database, tenantId: TenantId, id: string) =>
  db.query.select().from(automations).where(isAutomation(tenantId, id));

export const selectAutomations = (db: Database, tenantId: TenantId, filter: AutomationFilter, sort: NameSort, page: Page) =>
  db.query
    .select()
    .from(automations)
    .where(
      all(
        sql`${automations.tenantId} = ${tenantId}`,
        combine(filter.operator, [criterion(automations.name, filter.name), criterion(automations.createdAt, filter.created)]),
      ),
    )
    .orderBy(...nameOrder(automations, sort))
    .limit(page.limit)
    .offset(page.offset);

export const countAutomations = (db: Database, tenantId: TenantId) =>
  db.query.select({ count: count() }).from(automations).where(eq(automations.tenantId, tenantId));

/** The automations that are to see an event. */
export const selectEnabledAutomations = (db: Database, tenantId: TenantId) =>
  db.query
    .select()
    .from(automations)
    .where(and(eq(automations.tenantId, tenantId), eq(automations.enabled, true)));

/** Those that a resource owns, or whose action runs the deployment that the resource is. */
export const selectRelatedAutomations = (db: Database, tenantId: TenantId, resourceId: string) =>
  db.query
    .select()
    .from(automations)
    .where(and(eq(automations.tenantId, tenantId), sql`(${automations.ownerResource} = ${resourceId} OR ${runsDeployment(resourceId)})`));

const runsDeployment = (resourceId: string): SQL =>
  sql`EXISTS (SELECT 1 FROM json_each(${automations.actions}) AS action WHERE action.value ->> 'type' = 'run-deployment' AND action.value ->> 'source' = 'selected' AND 'prefect.deployment.' || (action.value ->> 'deploymentId') = ${resourceId})`;

/** Changes the given columns; gives a row when the automation exists. */
export const updateAutomation = (db: Database, tenantId: TenantId, id: string, changes: Partial<AutomationRow>) =>
  db.query.update(automations).set(changes).where(isAutomation(tenantId, id)).returning({ id: sql<string>`id` });

/** Deletes an automation; its buckets and firings go with it. Gives a row when there was one. */
export const deleteAutomation = (db: Database, tenantId: TenantId, id: string) =>
  db.query.delete(automations).where(isAutomation(tenantId, id)).returning({ id: sql<string>`id` });

export const deleteOwnedAutomations = (db: Database, tenantId: TenantId, ownerResource: string) =>
  db.query.delete(automations).where(and(eq(automations.tenantId, tenantId), eq(automations.ownerResource, ownerResource)));

/** Forgets what an automation's triggers have counted. */
export const forgetCounts = (db: Database, tenantId: TenantId, id: string): Statement[] => [
  db.query.delete(automationBuckets).where(and(eq(automationBuckets.tenantId, tenantId), eq(automationBuckets.automationId, id))),
  db.query.delete(automationFirings).where(and(eq(automationFirings.tenantId, tenantId), eq(automationFirings.automationId, id))),
];

/** Which bucket of whose trigger. */
export interface BucketPlace {
  tenantId: TenantId;
  automationId: string;
  triggerId: string;
  bucketingKey: string[];
}

const ofTrigger = ({ tenantId, automationId, triggerId }: Omit<BucketPlace, "bucketingKey">) =>
  and(
    eq(automationBuckets.tenantId, tenantId),
    eq(automationBuckets.automationId, automationId),
    eq(automationBuckets.triggerId, triggerId),
  );

const atPlace = (place: BucketPlace) => and(ofTrigger(place), eq(automationBuckets.bucketingKey, place.bucketingKey));

export const selectBucket = (db: Database, place: BucketPlace) => db.query.select().from(automationBuckets).where(atPlace(place));

/** The buckets of a trigger whose time has passed at `now`. */
export const selectEndedBuckets = (db: Database, trigger: Omit<BucketPlace, "bucketingKey">, now: Micros, limit: number) =>
  db.query
    .select()
    .from(automationBuckets)
    .where(and(ofTrigger(trigger), sql`${automationBuckets.endAt} <= ${now}`))
    .orderBy(asc(automationBuckets.endAt))
    .limit(limit);

/** When the next bucket of a trigger ends. */
export const selectNextEnd = (db: Database, trigger: Omit<BucketPlace, "bucketingKey">) =>
  db.query
    .select({ endAt: sql<Micros | null>`min(${automationBuckets.endAt})` })
    .from(automationBuckets)
    .where(ofTrigger(trigger));

/** Puts a bucket in place of the one that was read; the guard aborts the batch when it is another one by now. */
export function replaceBucket(db: Database, place: BucketPlace, before: Bucket | null, after: Bucket | null): Statement[] {
  if (before === null) {
    if (after === null) return [];
    return [
      db.query
        .insert(automationBuckets)
        .values({ ...place, ...after })
        .onConflictDoNothing(),
      db.guardChanged(),
    ];
  }
  const unchanged = and(
    atPlace(place),
    eq(automationBuckets.startAt, before.startAt),
    eq(automationBuckets.endAt, before.endAt),
    eq(automationBuckets.count, before.count),
  );
  const write = after
    ? db.query.update(automationBuckets).set(after).where(unchanged)
    : db.query.delete(automationBuckets).where(unchanged);
  return [write, db.guardChanged()];
}

/** Deletes buckets of all tenants that ended before a time, at most `limit`; gives a row for each. */
export const sweepBuckets = (db: Database, before: Micros, limit: number) =>
  db.query
    .delete(automationBuckets)
    .where(
      sql`(tenant_id, automation_id, trigger_id, bucketing_key) IN (SELECT tenant_id, automation_id, trigger_id, bucketing_key FROM automation_buckets WHERE end_at <= ${before} LIMIT ${limit})`,
    )
    .returning({ id: sql<string>`trigger_id` });

/** Notes that a child of a composite trigger fired, dropping firings too old to count; gives all that count now. */
export function noteFiring(db: Database, firing: FiringRow, oldest: Micros) {
  const { tenantId, automationId, parentTriggerId } = firing;
  const siblings = and(
    eq(automationFirings.tenantId, tenantId),
    eq(automationFirings.automationId, automationId),
    eq(automationFirings.parentTriggerId, parentTriggerId),
  );
  return [
    ...(Number.isFinite(oldest)
      ? [db.query.delete(automationFirings).where(and(siblings, sql`${automationFirings.firedAt} < ${oldest}`))]
      : []),
    db.query
      .insert(automationFirings)
      .values(firing)
      .onConflictDoUpdate({
        target: [
          automationFirings.tenantId,
          automationFirings.automationId,
          automationFirings.parentTriggerId,
          automationFirings.triggerId,
        ],
        set: { id: firing.id, firedAt: firing.firedAt },
      }),
    db.query.select().from(automationFirings).where(siblings),
  ];
}

/** Takes the firings that made their composite trigger fire; the guard aborts the batch when one is gone. */
export const takeFirings = (db: Database, firings: readonly FiringRow[]): Statement[] =>
  firings.flatMap((firing) => [
    db.query
      .delete(automationFirings)
      .where(
        and(
          eq(automationFirings.tenantId, firing.tenantId),
          eq(automationFirings.automationId, firing.automationId),
          eq(automationFirings.parentTriggerId, firing.parentTriggerId),
          eq(automationFirings.triggerId, firing.triggerId),
          eq(automationFirings.id, firing.id),
        ),
      ),
    db.guardChanged(),
  ]);

/** Automations of all tenants with a proactive trigger to be looked at. */
export const selectProactiveAutomations = (db: Database, now: Micros, limit: number) =>
  db.query
    .select()
    .from(automations)
    .where(sql`${automations.proactiveAt} <= ${now}`)
    .orderBy(asc(automations.proactiveAt), desc(automations.id))
    .limit(limit);
