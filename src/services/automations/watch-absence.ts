import { type Bucket, firstBucket, passTime } from "../../domain/automations/buckets.ts";
import { type EventTrigger, eventTriggers } from "../../domain/automations/triggers.ts";
import { MICROS_PER_SECOND, type Micros } from "../../domain/time.ts";
import {
  type AutomationRow,
  replaceBucket,
  selectBucket,
  selectEndedBuckets,
  selectNextEnd,
  updateAutomation,
} from "../../store/automations.ts";
import { GuardFailed } from "../../store/database.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { fire } from "./fire.ts";
import { keep, labelsOf } from "./react.ts";

/** Buckets of a trigger that are looked at in one turn. */
const SLICE = 100;

/**
 * Looks at an automation's triggers that wait for absent events: those whose time is over without enough events fire. Notes when to look
 * again. What an event changed meanwhile is looked at the next time.
 */
export async function watchAbsence(ctx: TenantContext, automation: AutomationRow, now: Micros): Promise<void> {
  const triggers = eventTriggers(automation.trigger).filter(({ posture }) => posture === "Proactive");
  let next = Number.POSITIVE_INFINITY;
  for (const trigger of triggers) next = Math.min(next, await watch(ctx, automation, trigger, now));
  await ctx.db.run(updateAutomation(ctx.db, ctx.tenantId, automation.id, { proactiveAt: Number.isFinite(next) ? next : null }));
}

/** Gives when to look at the trigger again. */
async function watch(ctx: TenantContext, automation: AutomationRow, trigger: EventTrigger, now: Micros): Promise<Micros> {
  const { db, tenantId } = ctx;
  const place = { tenantId, automationId: automation.id, triggerId: trigger.id };
  if (trigger.forEach.length === 0) {
    const whole = { ...place, bucketingKey: [] };
    const [[bucket]] = await db.run(selectBucket(db, whole));
    if (!bucket) await ifUnchanged(db.runAll(replaceBucket(db, whole, null, firstBucket(trigger, now))));
  }
  const [ended] = await db.run(selectEndedBuckets(db, place, now, SLICE));
  for (const { bucketingKey, ...bucket } of ended) {
    const evaluation = passTime(trigger, bucket, now);
    // Enough events came: with labels apart, the next event opens the next bucket.
    const isOver = evaluation.fired === null && trigger.forEach.length > 0;
    const after: Bucket | null = isOver ? null : evaluation.bucket;
    const fired = await ifUnchanged(keep(ctx, { ...place, bucketingKey }, bucket, { ...evaluation, bucket: after }));
    if (fired) await fire(ctx, automation, { trigger, labels: labelsOf(trigger, bucketingKey), event: fired.event });
  }
  const [[first]] = await db.run(selectNextEnd(db, place));
  return Math.min(first?.endAt ?? Number.POSITIVE_INFINITY, now + trigger.within * MICROS_PER_SECOND);
}

/** What the write gives; null when somebody else was faster. */
async function ifUnchanged<T>(write: Promise<T>): Promise<T | null> {
  try {
    return await write;
  } catch (error) {
    if (error instanceof GuardFailed) return null;
    throw error;
  }
}
