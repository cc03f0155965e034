import { type Bucket, countEvent, type Evaluation } from "../../domain/automations/buckets.ts";
import {
  bucketingKey,
  bucketLabels,
  covers,
  type EventTrigger,
  eventTriggers,
  heedsOrder,
  isStateless,
} from "../../domain/automations/triggers.ts";
import type { Event, Labels } from "../../domain/events/event.ts";
import { type AutomationRow, type BucketPlace, replaceBucket, selectBucket } from "../../store/automations.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { decideAgain } from "../states/decide-again.ts";
import { fire } from "./fire.ts";
import { takeTurn } from "./turns.ts";

/** Lets automations react to events, in their order; one that follows another waits for that one's turn, if anybody heeds order. */
export async function react(ctx: TenantContext, automations: readonly AutomationRow[], events: readonly Event[]): Promise<void> {
  const inOrder = automations.some(({ trigger }) => heedsOrder(trigger));
  for (const event of events) {
    // Far too many for anybody to wait for.
    if (event.event === "prefect.log.write") continue;
    if (inOrder) await takeTurn(ctx, automations, event);
    else await reactTo(ctx, automations, event);
  }
}

/** Lets every trigger that covers an event react to it. Costs nothing for an event that no trigger covers. */
export async function reactTo(ctx: TenantContext, automations: readonly AutomationRow[], event: Event): Promise<void> {
  for (const automation of automations) {
    for (const trigger of eventTriggers(automation.trigger)) {
      if (covers(trigger, event)) await reactOnce(ctx, automation, trigger, event);
    }
  }
}

async function reactOnce(ctx: TenantContext, automation: AutomationRow, trigger: EventTrigger, event: Event): Promise<void> {
  const key = bucketingKey(trigger, event);
  const place = { tenantId: ctx.tenantId, automationId: automation.id, triggerId: trigger.id, bucketingKey: key };
  const fired = isStateless(trigger)
    ? countEvent(trigger, null, event).fired
    : await decideAgain(async () => {
        const [[before]] = await ctx.db.run(selectBucket(ctx.db, place));
        return keep(ctx, place, before ?? null, countEvent(trigger, before ?? null, event));
      });
  if (fired) await fire(ctx, automation, { trigger, labels: labelsOf(trigger, key), event: fired.event });
}

/** Writes what an evaluation leaves of a bucket; gives whether the trigger fired. */
export async function keep(
  ctx: TenantContext,
  place: BucketPlace,
  before: Bucket | null,
  { bucket, fired }: Evaluation,
): Promise<Evaluation["fired"]> {
  await ctx.db.runAll(replaceBucket(ctx.db, place, before, bucket));
  return fired;
}

/** The values of the labels that a trigger counts apart. */
export const labelsOf = (trigger: EventTrigger, key: readonly string[]): Labels =>
  Object.fromEntries(bucketLabels(trigger).map((label, index) => [label, key[index] ?? ""]));
