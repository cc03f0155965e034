import type { SlotChange } from "../decision.ts";
import { ANY, abort, type Decided, only, type TaskRule, wait } from "../rule.ts";

/**
 * A task run takes a slot of every limit on its tags before it runs, or none at all. The last tag without a slot gives the
 * reason. A slot the run already holds counts as taken by another (Prefect `SecureTaskConcurrencySlots`).
 */
export const secureConcurrencySlots: TaskRule = {
  from: ANY,
  to: only("RUNNING"),
  decide: ({ run, limits, slotWaitSeconds }) => {
    const slots: SlotChange[] = [];
    let refusal: Decided | null = null;
    for (const { id, tag, limit, activeSlots } of limits.toSorted((a, b) => (a.tag < b.tag ? -1 : 1))) {
      if (limit === 0) {
        refusal = abort(`The concurrency limit on tag "${tag}" is 0 and will deadlock if the task tries to run again.`);
      } else if (activeSlots.length >= limit) {
        refusal = wait(slotWaitSeconds, `Concurrency limit for the ${tag} tag has been reached`);
      } else if (!activeSlots.includes(run.id)) {
        slots.push({ limitId: id, change: "take" });
      }
    }
    // The reference forgets to give back slots of tags that sort after the full one; here a refused run holds nothing new.
    return refusal ?? { effects: { slots } };
  },
};
