import { MICROS_PER_SECOND, type Micros } from "../time.ts";
import type { CompositeTrigger } from "./triggers.ts";

/** A child trigger that has fired. */
export interface ChildFiring {
  triggerId: string;
  firedAt: Micros;
}

/** How many of its children a composite trigger waits for. */
export function expectedFirings({ type, require, triggers }: CompositeTrigger): number {
  if (type === "sequence" || require === "all" || require === undefined) return triggers.length;
  return require === "any" ? 1 : require;
}

/** Before when a child's firing is too old to count at `now`. */
export const oldestFiring = (trigger: CompositeTrigger, now: Micros): Micros =>
  trigger.within === null ? Number.NEGATIVE_INFINITY : now - Math.round(trigger.within * MICROS_PER_SECOND);

/** True when the firings of its children, one a child, make the composite trigger fire: enough of them, in order for a sequence. */
export function isReady(trigger: CompositeTrigger, firings: readonly ChildFiring[]): boolean {
  if (trigger.type === "compound") return firings.length >= expectedFirings(trigger);
  const order = [...firings].sort((a, b) => a.firedAt - b.firedAt).map(({ triggerId }) => triggerId);
  return order.length === trigger.triggers.length && trigger.triggers.every(({ id }, index) => id === order[index]);
}
