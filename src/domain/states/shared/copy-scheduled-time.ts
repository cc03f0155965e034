import { only, PASS, type SharedRule } from "../rule.ts";

/** A PENDING state that names no time of its own keeps the scheduled one (Prefect `CopyScheduledTime`). */
export const copyScheduledTime: SharedRule = {
  from: only("SCHEDULED"),
  to: only("PENDING"),
  decide: ({ initial, proposed }) =>
    proposed.details.scheduledTime === null
      ? { proposed: { ...proposed, details: { ...proposed.details, scheduledTime: initial?.details.scheduledTime ?? null } } }
      : PASS,
};
