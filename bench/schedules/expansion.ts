import { expand } from "../../src/domain/schedules/expand.ts";
import { scheduleFromFields } from "../../src/domain/schedules/fields.ts";
import { planRefill } from "../../src/domain/schedules/refill.ts";
import type { Schedule } from "../../src/domain/schedules/types.ts";

const NOW = Date.UTC(2030, 5, 15, 12, 0, 30) * 1000;
const MILLIS = 300;
const YEAR = 365 * 86_400_000_000;

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

const LONG_EXPANSIONS = {
  "interval, hourly": { interval: 3600, anchor_date: "2020-01-01T00:00:00+00:00", timezone: "UTC" },
  "interval, daily in New York": { interval: 86_400, anchor_date: "2020-01-01T12:00:00+00:00", timezone: "America/New_York" },
  "cron, every minute": { cron: "* * * * *", timezone: "UTC", day_or: true },
  "cron, weekdays in Berlin": { cron: "0 9 * * 1-5", timezone: "Europe/Berlin", day_or: true },
  "rrule, weekly by day": { rrule: "DTSTART:20200101T090000\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR", timezone: "Europe/Berlin" },
  "rrule, every minute since 2016": { rrule: "DTSTART:20160101T000000\nRRULE:FREQ=MINUTELY", timezone: "America/New_York" },
  "rrule, daily with excluded dates": {
    rrule: "DTSTART:20200101T090000\nRRULE:FREQ=DAILY\nEXDATE:20300616T090000,20300704T090000,20301225T090000,20310101T090000",
    timezone: "America/New_York",
  },
};

/** What a second must give at least, by kind. */
const WANTED = { interval: 200_000, cron: 200_000, rrule: 20_000 };

/** Occurrences of ten years or 100,000 of them, a thousand at a time: an expansion gives no more. Counts them. */
function expandLong(schedule: Schedule): number {
  let count = 0;
  for (let start = NOW, left = 100; left > 0; left--) {
    const found = expand(schedule, { start, end: NOW + 10 * YEAR, limit: 1000 });
    count += found.length;
    const last = found.at(-1);
    if (last === undefined || found.length < 1000) break;
    start = last.at + 1_000_000;
  }
  return count;
}

/** How many occurrences a second long expansions of each kind give, the best of three rounds, and how many are wanted. */
export function measureLongExpansion(): { schedule: string; occurrences: number; "occurrences/s": number; wanted: number }[] {
  return Object.entries(LONG_EXPANSIONS).map(([name, fields]) => {
    const schedule = scheduleFromFields(fields);
    const occurrences = expandLong(schedule);
    const rounds = [1, 2, 3].map(() => {
      let count = 0;
      const begin = performance.now();
      while (performance.now() - begin < MILLIS) count += expandLong(schedule);
      return Math.round((count * 1000) / (performance.now() - begin));
    });
    return { schedule: name, occurrences, "occurrences/s": Math.max(...rounds), wanted: WANTED[schedule.kind] };
  });
}
