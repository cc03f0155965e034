import { and, asc, eq, type SQL, sql } from "drizzle-orm";
import { MIN_OCCUPANCY_SECONDS, NEW_LIMIT } from "../domain/concurrency.ts";
import type { Page } from "../domain/filters.ts";
import type { TenantId } from "../domain/ids.ts";
import { MICROS_PER_SECOND, type Micros } from "../domain/time.ts";
import { type Database, inList, type Statement } from "./database.ts";
import { insertRows } from "./insert-rows.ts";
import { globalConcurrencyLimits as limits } from "./tables.ts";

export type GlobalLimitRow = typeof limits.$inferSelect;

/** One global limit, by its id or its name. */
export type WhichGlobalLimit = { id: string } | { name: string };

const isLimit = (tenantId: TenantId, which: WhichGlobalLimit) =>
  and(eq(limits.tenantId, tenantId), "id" in which ? eq(limits.id, which.id) : eq(limits.name, which.name));

const named = (tenantId: TenantId, names: readonly string[]): SQL =>
  sql`${limits.tenantId} = ${tenantId} AND ${inList(limits.name, names)}`;

export const insertGlobalLimit = (db: Database, row: GlobalLimitRow) => db.query.insert(limits).values(row);

/** Makes the limits of these names that there are none of yet. */
export const insertMissingLimits = (db: Database, tenantId: TenantId, missing: readonly { name: string; id: string }[], at: Micros) =>
  insertRows(
    db,
    limits,
    missing.map((limit) => ({ ...NEW_LIMIT, ...limit, tenantId, createdAt: at, updatedAt: at })),
  ).onConflictDoNothing();

export const selectGlobalLimit = (db: Database, tenantId: TenantId, which: WhichGlobalLimit) =>
  db.query.select().from(limits).where(isLimit(tenantId, which));

export const selectGlobalLimits = (db: Database, tenantId: TenantId, page: Page) =>
  db.query.select().from(limits).where(eq(limits.tenantId, tenantId)).orderBy(asc(limits.name)).limit(page.limit).offset(page.offset);

export const selectLimitsNamed = (db: Database, tenantId: TenantId, names: readonly string[]) =>
  db.query.select().from(limits).where(named(tenantId, names)).orderBy(asc(limits.name));

/** What may be changed. A null is refused by the table, which is the dialect's answer to it. */
export type GlobalLimitChanges = {
  [K in "name" | "active" | "limit" | "activeSlots" | "deniedSlots" | "slotDecayPerSecond"]?: GlobalLimitRow[K] | null;
};

/** Changes a limit; gives a row when there is one. */
export const updateGlobalLimit = (
  db: Database,
  tenantId: TenantId,
  which: WhichGlobalLimit,
  changes: GlobalLimitChanges & { updatedAt: Micros },
) =>
  db.query
    .update(limits)
    .set(changes as Partial<GlobalLimitRow>)
    .where(isLimit(tenantId, which))
    .returning({ id: sql<string>`id` });

/** Deletes a limit; gives a row when there was one. */
export const deleteGlobalLimit = (db: Database, tenantId: TenantId, which: WhichGlobalLimit) =>
  db.query.delete(limits).where(isLimit(tenantId, which)).returning({ id: sql<string>`id` });

/** `settle` of the domain in SQL: there callers at the same time are told apart. */
function settled(now: Micros) {
  const decays = sql`${limits.slotDecayPerSecond} > 0`;
  const perMicro = sql`(iif(${decays}, ${limits.slotDecayPerSecond}, 1.0 / ${limits.avgSlotOccupancySeconds}) / ${MICROS_PER_SECOND})`;
  const gone = sql`CAST(${perMicro} * max(0, ${now} - ${limits.updatedAt}) AS INTEGER)`;
  return {
    activeSlots: sql`iif(${decays}, max(0, ${limits.activeSlots} - ${gone}), ${limits.activeSlots})`,
    deniedSlots: sql`max(0, ${limits.deniedSlots} - ${gone})`,
    updatedAt: sql`iif(${decays} OR ${limits.deniedSlots} > 0, min(${now}, ${limits.updatedAt} + CAST(${gone} / ${perMicro} AS INTEGER)), ${now})`,
  };
}

/** Takes slots of all these limits; aborts the batch if one of them has not so many free, or is not active any more. */
export function takeSlots(db: Database, tenantId: TenantId, names: readonly string[], slots: number, now: Micros): Statement[] {
  const { activeSlots, deniedSlots, updatedAt } = settled(now);
  return [
    db.query
      .update(limits)
      .set({ activeSlots: sql`${activeSlots} + ${slots}`, deniedSlots, updatedAt })
      .where(sql`${named(tenantId, names)} AND ${limits.active} = 1 AND ${activeSlots} + ${slots} <= ${limits.limit}`),
    db.guard(sql`changes() = ${names.length}`),
  ];
}

/** Counts slots that were not to be had, of the active limits. */
export function denySlots(db: Database, tenantId: TenantId, names: readonly string[], slots: number, now: Micros) {
  const { activeSlots, deniedSlots, updatedAt } = settled(now);
  return db.query
    .update(limits)
    .set({ activeSlots, deniedSlots: sql`${deniedSlots} + ${slots}`, updatedAt })
    .where(sql`${named(tenantId, names)} AND ${limits.active} = 1`);
}

/** Gives slots back to the active limits. How long they were held moves the average, over twice as many samples as the limit has slots. */
export function giveSlots(
  db: Database,
  tenantId: TenantId,
  names: readonly string[],
  slots: number,
  occupancySeconds: number | null,
  now: Micros,
) {
  const { activeSlots, deniedSlots, updatedAt } = settled(now);
  const average = limits.avgSlotOccupancySeconds;
  const sample = occupancySeconds === null ? average : sql`${Math.max(occupancySeconds / slots, MIN_OCCUPANCY_SECONDS)}`;
  return db.query
    .update(limits)
    .set({
      activeSlots: sql`max(0, ${activeSlots} - ${slots})`,
      deniedSlots,
      updatedAt,
      avgSlotOccupancySeconds: sql`${average} + (${sample} - ${average}) / (max(1, ${limits.limit}) * 2.0)`,
    })
    .where(sql`${named(tenantId, names)} AND ${limits.active} = 1`);
}
