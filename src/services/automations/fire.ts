import { expectedFirings, isReady, oldestFiring } from "../../domain/automations/composites.ts";
import { parentOf, type Trigger } from "../../domain/automations/triggers.ts";
import { triggeredEvent } from "../../domain/events/automation-events.ts";
import type { Event, Labels } from "../../domain/events/event.ts";
import { log } from "../../observe/log.ts";
import { type AutomationRow, type FiringRow, noteFiring, takeFirings } from "../../store/automations.ts";
import { GuardFailed } from "../../store/database.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { recordEvents } from "../events/record-events.ts";
import { type Invocation, perform } from "./perform.ts";

/** A trigger that fires: with the labels it counts apart, and the last event it saw. */
export interface Firing {
  trigger: Trigger;
  labels: Labels;
  event: Event | null;
}

/** A trigger fires: the composite trigger above it hears of it, or, when there is none, the automation's actions are done. */
export async function fire(ctx: TenantContext, automation: AutomationRow, firing: Firing): Promise<void> {
  const parent = parentOf(automation.trigger, firing.trigger.id);
  if (parent === null) return act(ctx, automation, firing);
  const above: Firing = { trigger: parent, labels: {}, event: null };
  if (expectedFirings(parent) === 1) return fire(ctx, automation, above);
  const row: FiringRow = {
    tenantId: ctx.tenantId,
    automationId: automation.id,
    parentTriggerId: parent.id,
    triggerId: firing.trigger.id,
    id: ctx.newId(),
    firedAt: ctx.now(),
  };
  const firings = (await ctx.db.runAll(noteFiring(ctx.db, row, oldestFiring(parent, row.firedAt)))).at(-1) as FiringRow[];
  // A later firing of the same trigger goes before this one.
  if (!firings.some(({ id }) => id === row.id) || !isReady(parent, firings)) return;
  try {
    await ctx.db.runAll(takeFirings(ctx.db, firings));
  } catch (error) {
    // Somebody else took them, and fires.
    if (error instanceof GuardFailed) return;
    throw error;
  }
  await fire(ctx, automation, above);
}

/** How many automations what one does may set off, one by another; what they would do beyond is not done. */
const MAX_SET_OFF = 20;

/** Does an automation's actions one after the other, and tells of each by an event. */
async function act(ctx: TenantContext, automation: AutomationRow, { trigger, labels, event: stored }: Firing): Promise<void> {
  if (ctx.setOff?.left === 0) return log("warn", "automations set off one another without end", { automation: automation.id });
  if (ctx.setOff) ctx.setOff.left -= 1;
  const event = stored && { ...stored, payload: await ctx.bodies.restore(stored.payload) };
  const firingId = ctx.newId();
  const triggered = triggeredEvent(automation, trigger, { labels, event, at: ctx.now(), id: ctx.newId() });
  const caused: TenantContext = {
    ...ctx,
    setOff: ctx.setOff ?? { left: MAX_SET_OFF },
    caller: { ...ctx.caller, provenance: { id: automation.id, type: "AUTOMATION", displayValue: automation.name } },
  };
  await recordEvents(caused, [triggered]);
  const invocations: Omit<Invocation, "index">[] = [
    ...automation.actions.map((action) => ({ action, event })),
    ...automation.actionsOnTrigger.map((action) => ({ action, event: triggered })),
  ].map((invocation) => ({ ...invocation, automation, trigger, firingId, labels }));
  const told: Event[] = [];
  for (const [index, invocation] of invocations.entries()) told.push(await perform(caused, { ...invocation, index }));
  await recordEvents(caused, told);
}
