import { compileRegex } from "../python/regex.ts";

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const OCTET = /^(?:0|[1-9]\d{0,2})$/;
const POINTER = /^(?:\/(?:[^~]|~[01])*)?$/s;
const RELATIVE_POINTER = /^(?:0|[1-9]\d*)(?:#|\/(?:[^~]|~[01])*)?$/s;

function isDate(text: string): boolean {
  const [year = 0, month = 0, day = 0] = (DATE.exec(text) ?? []).slice(1).map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

function isDateTime(text: string): boolean {
  return isDate(DATE_TIME.exec(text.toUpperCase())?.[1] ?? "");
}

function isIpv4(text: string): boolean {
  const octets = text.split(".");
  return octets.length === 4 && octets.every((octet) => OCTET.test(octet) && Number(octet) <= 255);
}

function isIpv6(text: string): boolean {
  const last = text.slice(text.lastIndexOf(":") + 1);
  if (last.includes(".") && !isIpv4(last)) return false;
  const plain = last.includes(".") ? `${text.slice(0, -last.length)}0:0` : text;
  const halves = plain.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group)) && (halves.length === 2 ? groups.length < 8 : groups.length === 8);
}

// No hyphen at either end, none in the third and fourth place but after "xn", no separator or punctuation but hyphen and middle dot.
const BAD_LABEL = /^$|^-|-$|^(?!xn--)..--|[\p{Z}\p{C}\p{S}_]|(?![-·])\p{P}/iu;

/** An internationalized host name (RFC 5890); its letters are judged by the URL parser. */
function isHostname(text: string): boolean {
  return text
    .replace(/[.。．｡]$/, "")
    .split(/[.。．｡]/)
    .every((label) => !BAD_LABEL.test(label) && URL.canParse(`http://${label}.x`) && new URL(`http://${label}.x`).hostname.length <= 65);
}

const CHECKS: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ["email", (text) => text.includes("@")],
  ["idn-email", (text) => text.includes("@")],
  ["ipv4", isIpv4],
  ["ipv6", isIpv6],
  ["idn-hostname", isHostname],
  ["date", isDate],
  ["time", (text) => isDateTime(`1970-01-01T${text}`)],
  ["date-time", isDateTime],
  ["regex", (text) => compileRegex(text) !== undefined],
  ["uuid", (text) => UUID.test(text)],
  ["json-pointer", (text) => POINTER.test(text)],
  ["relative-json-pointer", (text) => RELATIVE_POINTER.test(text)],
]);

/** Whether a text is not of a format; formats that the reference server does not check (`uri`, `duration`) hold for any text. */
export function formatProblem(format: string, text: string): boolean {
  return !(CHECKS.get(format)?.(text) ?? true);
}
