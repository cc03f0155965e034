import { MICROS_PER_SECOND } from "../../time.ts";
import { only, PASS, type SharedRule, wait } from "../rule.ts";

/** No run starts before its time by the server's clock (Prefect `WaitForScheduledTime`). */
export const waitForScheduledTime: SharedRule = {
  from: only("SCHEDULED", "PENDING"),
  to: only("RUNNING"),
  decide: ({ initial, now }) => {
    const scheduledTime = initial?.details.scheduledTime ?? null;
    if (scheduledTime === null) return PASS;
    const delaySeconds = roundHalfDown((scheduledTime - now) / MICROS_PER_SECOND);
    return delaySeconds > 0 ? wait(delaySeconds, "Scheduled time is in the future") : PASS;
  },
};

/** The reference rounds the fraction by Python's `round`, for which a half second is none. */
const roundHalfDown = (seconds: number) => Math.ceil(seconds - 0.5);
