import { sql } from "drizzle-orm";
import type { TenantId } from "../domain/ids.ts";
import { type JsonObject, parseJson } from "../domain/json.ts";
import type { CatchupPolicy } from "../domain/schedules/catchup.ts";
import type { Micros } from "../domain/time.ts";
import { type Database, inList, type Statement } from "./database.ts";
import { deploymentSchedules, deployments, expansionTurns } from "./tables.ts";

/** A schedule as the cron looks at it, with what its runs will be tied to. */
export interface DueSchedule {
  tenantId: TenantId;
  id: string;
  schedule: JsonObject;
  updatedAt: Micros;
  catchupPolicy: CatchupPolicy;
  plannedUntilAt: Micros | null;
  deploymentUpdatedAt: Micros;
  workQueueId: string | null;
}

/** A tenant whose turn it is, with one of its due schedules; null when it turns out to have none. */
export interface DueRow {
  tenantId: TenantId;
  schedule: DueSchedule | null;
}

/** How many schedules of each tenant a slice takes when so many tenants are due. */
export const shareOf = (size: number, tenants: number): number => Math.max(1, Math.floor(size / Math.max(1, tenants)));

/**
 * Schedules that are to be looked at by `now`: of the `size` tenants that wait longest an equal share each, some `size` in all. First
 * the longest waiting of each tenant, then the second of each, so that a cut anywhere is fair. Reads what it gives, by the indexes
 * `expansion_turns_by_due` and `deployment_schedules_to_expand`, however much more is due.
 */
export const selectDueSchedules = (db: Database, now: Micros, size: number) => {
  const turns = sql`SELECT tenant_id, due_at FROM ${expansionTurns} WHERE due_at <= ${now} ORDER BY due_at LIMIT ${size}`;
  // As `shareOf`.
  const share = sql`(SELECT max(1, CAST(${size} / max(1, count(*)) AS INTEGER)) FROM turn)`;
  const own = sql`SELECT id FROM ${deploymentSchedules} WHERE tenant_id = turn.tenant_id AND next_expand_at <= ${now} ORDER BY next_expand_at LIMIT ${share}`;
  return db.query
    .select({
      tenantId: sql<TenantId>`turn_tenant_id`,
      schedule: sql<DueSchedule | null>`due_schedule`.mapWith((text: string) => dueSchedule(JSON.parse(text))),
    })
    .from(
      sql`(WITH turn AS MATERIALIZED (${turns})
        SELECT place.key AS place_key, turn.due_at AS turn_due_at, turn.tenant_id AS turn_tenant_id, iif(due.id IS NULL, NULL, json_array(
          due.tenant_id, due.id, due.schedule, due.updated_at, due.catchup_policy, due.planned_until_at, deployments.updated_at, deployments.work_queue_id
        )) AS due_schedule
        FROM turn
        LEFT JOIN json_each((SELECT json_group_array(id) FROM (${own}))) AS place
        LEFT JOIN ${deploymentSchedules} AS due ON due.tenant_id = turn.tenant_id AND due.id = place.value
        LEFT JOIN ${deployments} ON deployments.tenant_id = due.tenant_id AND deployments.id = due.deployment_id)`,
    )
    .orderBy(sql`place_key, turn_due_at`);
};

type Listed = [TenantId, string, string, Micros, CatchupPolicy, Micros | null, Micros, string | null];

function dueSchedule([
  tenantId,
  id,
  schedule,
  updatedAt,
  catchupPolicy,
  plannedUntilAt,
  deploymentUpdatedAt,
  workQueueId,
]: Listed): DueSchedule {
  return {
    ...{ tenantId, id, updatedAt, catchupPolicy, plannedUntilAt, deploymentUpdatedAt, workQueueId },
    schedule: parseJson(schedule) as JsonObject,
  };
}

/**
 * Ends the turn of tenants: each waits till its next schedule is due. One that has more to do goes behind all that wait already.
 * Decided on what the batch has written, so that nothing that came in between is forgotten.
 */
export const passTurns = (db: Database, tenantIds: readonly TenantId[], now: Micros): Statement => {
  const first = sql`(SELECT next_expand_at FROM ${deploymentSchedules} WHERE deployment_schedules.tenant_id = expansion_turns.tenant_id
    AND next_expand_at IS NOT NULL ORDER BY next_expand_at LIMIT 1)`;
  const next = sql`max(${now}, ${first})`;
  return db.query
    .update(expansionTurns)
    .set({ dueAt: next })
    .where(sql`${inList(expansionTurns.tenantId, tenantIds)} AND due_at IS NOT ${next}`);
};

/** When a schedule is to be looked at next, as decided on these versions of it and of its deployment. */
export interface NextLook {
  tenantId: TenantId;
  id: string;
  updatedAt: Micros;
  deploymentUpdatedAt: Micros;
  nextExpandAt: Micros;
  /** The time up to which every occurrence has had its turn; null leaves it as it is. */
  plannedUntilAt: Micros | null;
}

/**
 * Notes when schedules are to be looked at next, where that is news. One that changed meanwhile, or whose deployment did, is left
 * alone, and so is one that is not to be looked at: inactive, or of a paused deployment.
 */
export const noteNextLooks = (db: Database, looks: readonly NextLook[]): Statement => {
  const list = looks.map((look) => [
    look.tenantId,
    look.id,
    look.updatedAt,
    look.deploymentUpdatedAt,
    look.nextExpandAt,
    look.plannedUntilAt,
  ]);
  const plannedUntil = sql`coalesce(look.value ->> 5, deployment_schedules.planned_until_at)`;
  return db.query
    .update(deploymentSchedules)
    .set({ nextExpandAt: sql`look.value ->> 4`, plannedUntilAt: plannedUntil })
    .from(sql`json_each(${JSON.stringify(list)}) AS look`)
    .where(
      sql`deployment_schedules.tenant_id = look.value ->> 0 AND deployment_schedules.id = look.value ->> 1
        AND deployment_schedules.updated_at = look.value ->> 2 AND deployment_schedules.active
        AND (deployment_schedules.next_expand_at IS NOT look.value ->> 4 OR deployment_schedules.planned_until_at IS NOT ${plannedUntil})
        AND EXISTS (SELECT 1 FROM ${deployments} WHERE deployments.tenant_id = deployment_schedules.tenant_id
          AND deployments.id = deployment_schedules.deployment_id AND deployments.updated_at = look.value ->> 3 AND NOT deployments.paused)`,
    );
};
