import { TemplateObject } from "../jinja/values.ts";
import { formatTime, type Micros } from "../time.ts";

const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/** A time as templates see Python's datetime: it prints as ISO 8601, and has its parts, `isoformat` and `strftime`. All times are UTC. */
export function timeObject(at: Micros): TemplateObject {
  const date = new Date(Math.floor(at / 1000));
  const text = formatTime(at);
  const parts = {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  };
  return new TemplateObject(parts, {
    attributes: {
      timestamp: () => () => at / 1_000_000,
      isoformat: () => () => text,
      strftime: () => (format: unknown) => formatted(String(format), at, date),
    },
    text,
  });
}

const pad = (value: number, width = 2) => String(value).padStart(width, "0");

/** Python's `strftime` in the C locale; a directive that is none of these stays as it is. */
function formatted(format: string, at: Micros, date: Date): string {
  const [day, month, hour] = [date.getUTCDay(), date.getUTCMonth(), date.getUTCHours()];
  const directives: Readonly<Record<string, string>> = {
    Y: pad(date.getUTCFullYear(), 4),
    y: pad(date.getUTCFullYear() % 100),
    m: pad(month + 1),
    d: pad(date.getUTCDate()),
    H: pad(hour),
    I: pad(hour % 12 || 12),
    M: pad(date.getUTCMinutes()),
    S: pad(date.getUTCSeconds()),
    f: pad(((at % 1_000_000) + 1_000_000) % 1_000_000, 6),
    p: hour < 12 ? "AM" : "PM",
    A: DAYS[day] ?? "",
    a: DAYS[day]?.slice(0, 3) ?? "",
    B: MONTHS[month] ?? "",
    b: MONTHS[month]?.slice(0, 3) ?? "",
    w: String(day),
    z: "+0000",
    Z: "UTC",
    F: date.toISOString().slice(0, 10),
    T: date.toISOString().slice(11, 19),
    "%": "%",
  };
  return format.replace(/%(.)/g, (whole, letter: string) => directives[letter] ?? whole);
}
