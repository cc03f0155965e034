import { fits, neverFits, retryAfterSeconds, type SlotMode } from "../../domain/concurrency.ts";
import { Refusal } from "../../domain/errors.ts";
import type { Statement } from "../../store/database.ts";
import { denySlots, type GlobalLimitRow, giveSlots, insertMissingLimits, selectLimitsNamed, takeSlots } from "../../store/global-limits.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { decideAgain } from "../states/decide-again.ts";

/**
 * Takes slots of all the limits named, or of none. Inactive limits hold nobody up; limits that nobody made are made, inactive.
 * Gives the limits. Refuses 422 for more slots than a limit has and for fixed limits asked as rates, 423 with the time to
 * wait when slots are taken. Two round trips.
 */
export function incrementSlots(ctx: TenantContext, names: string[], slots: number, mode: SlotMode): Promise<GlobalLimitRow[]> {
  return decideAgain(async () => {
    const [limits] = await ctx.db.run(selectLimitsNamed(ctx.db, ctx.tenantId, names));
    const problem = neverFits(limits, slots, mode);
    if (problem !== undefined) throw new Refusal("invalid", problem);
    const now = ctx.now();
    const active = limits.filter((limit) => limit.active).map(({ name }) => name);
    if (!fits(limits, slots, now)) {
      await ctx.db.run(denySlots(ctx.db, ctx.tenantId, active, slots, now));
      throw new Refusal("locked", "Locked", { retryAfterSeconds: retryAfterSeconds(limits, slots) });
    }
    const known = new Set(limits.map(({ name }) => name));
    return writeAndRead(ctx, names, known, active.length > 0 ? takeSlots(ctx.db, ctx.tenantId, active, slots, now) : []);
  });
}

/**
 * Gives slots back to the active ones of the limits named; `occupancySeconds` is how long they were held. Limits that nobody made
 * are made, inactive. Gives the limits. One round trip.
 */
export function decrementSlots(
  ctx: TenantContext,
  names: string[],
  slots: number,
  occupancySeconds: number | null,
): Promise<GlobalLimitRow[]> {
  return writeAndRead(ctx, names, new Set(), [giveSlots(ctx.db, ctx.tenantId, names, slots, occupancySeconds, ctx.now())]);
}

/** Runs the statements, makes those of the limits that are not known and not there, and gives all of them. */
async function writeAndRead(
  ctx: TenantContext,
  names: string[],
  known: ReadonlySet<string>,
  statements: Statement[],
): Promise<GlobalLimitRow[]> {
  const missing = [...new Set(names)].filter((name) => !known.has(name)).map((name) => ({ name, id: ctx.newId() }));
  const results = await ctx.db.runAll([
    ...(missing.length > 0 ? [insertMissingLimits(ctx.db, ctx.tenantId, missing, ctx.now())] : []),
    ...statements,
    selectLimitsNamed(ctx.db, ctx.tenantId, names),
  ]);
  return results.at(-1) as GlobalLimitRow[];
}
