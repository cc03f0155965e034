import { scheduleFromFields } from "../../src/domain/schedules/fields.ts";
import { planRefill } from "../../src/domain/schedules/refill.ts";

const NOW = Date.UTC(2030, 5, 15, 12, 0, 30) * 1000;
const MILLIS = 300;

const SCHEDULES = {
  "cron, every 5 minutes": { cron: "*/5 * * * *", timezone: "America/New_York", day_or: true },
  "cron, Mondays": { cron: "0 9 * * 1", timezone: "Europe/Berlin", day_or: true },
  "interval, hourly": { interval: 3600, anchor_date: "2020-01-01T00:00:00+00:00", timezone: "UTC" },
  "interval, every 20 seconds": { interval: 20, anchor_date: "2020-01-01T00:00:00+00:00", timezone: "America/New_York" },
  "rrule, weekdays": { rrule: "DTSTART:20300101T090000\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", timezone: "Europe/Berlin" },
  "rrule, every minute since ten years": { rrule: "DTSTART:20200615T000000\nRRULE:FREQ=MINUTELY", timezone: "America/New_York" },
};

/** How fast schedules of each kind are planned: kind, runs a plan makes, plans a second. */
export function measureExpansion(): { schedule: string; runs: number; "plans/s": number; "ms/plan": number }[] {
  return Object.entries(SCHEDULES).map(([name, fields]) => {
    const plan = () => planRefill(scheduleFromFields(fields), NOW).occurrences.length;
    const runs = plan();
    let count = 0;
    const begin = performance.now();
    for (; performance.now() - begin < MILLIS; count += 1) plan();
    const millis = (performance.now() - begin) / count;
    return { schedule: name, runs, "plans/s": Math.round(1000 / millis), "ms/plan": Number(millis.toFixed(3)) };
  });
}
