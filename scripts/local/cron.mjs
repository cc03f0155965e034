import { setTimeout as sleep } from "node:timers/promises";
import { CronExpressionParser } from "cron-parser";

const MINUTE_MS = 60_000;

/** Whether a cron expression names the minute that begins at `minute` (ms since the epoch, UTC). */
function isDue(cron, minute) {
  return (
    CronExpressionParser.parse(cron, { currentDate: new Date(minute - 1), tz: "UTC" })
      .next()
      .getTime() === minute
  );
}

/**
 * Does at the start of every minute what Cloudflare does: `fire(cron, time)` for each cron expression that is due. Never two rounds
 * at once: a round that takes longer swallows the minutes it covers. Errors go to `report`. Ends when `signal` aborts.
 */
export async function runCrons(crons, fire, report, signal) {
  while (!signal.aborted) {
    const minute = (Math.floor(Date.now() / MINUTE_MS) + 1) * MINUTE_MS;
    while (Date.now() < minute) {
      await sleep(minute - Date.now(), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
    }
    const due = crons.filter((cron) => isDue(cron, minute));
    await Promise.all(due.map((cron) => fire(cron, new Date(minute)).catch((error) => report(cron, error))));
  }
}
