import { S3Error } from "./errors.ts";

/** What the conditions of a request are about. */
export interface Dated {
  etag: string;
  uploaded: Date;
}

/** The names of the conditions: of the request itself, and of the source of a copy. */
const READ = { match: "if-match", noneMatch: "if-none-match", modified: "if-modified-since", unmodified: "if-unmodified-since" };
const COPY_PREFIX = "x-amz-copy-source-";

/**
 * Whether a read is to be answered: `true`, or `false` for 304. Refuses (PreconditionFailed) by If-Match and If-Unmodified-Since
 * (RFC 9110 section 13.2.2, in its order).
 */
export function isToBeRead(headers: Headers, object: Dated): boolean {
  const { failed, unchanged } = evaluate(headers, object, "");
  if (failed) throw new S3Error("PreconditionFailed");
  return !unchanged;
}

/** Refuses (PreconditionFailed) a copy whose source does not meet its conditions. */
export function requireCopyable(headers: Headers, object: Dated): void {
  const { failed, unchanged } = evaluate(headers, object, COPY_PREFIX);
  if (failed || unchanged) throw new S3Error("PreconditionFailed");
}

function evaluate(headers: Headers, { etag, uploaded }: Dated, prefix: string): { failed: boolean; unchanged: boolean } {
  const value = (name: string) => headers.get(prefix + name);
  const [match, noneMatch] = [value(READ.match), value(READ.noneMatch)];
  const [modified, unmodified] = [seconds(value(READ.modified)), seconds(value(READ.unmodified))];
  const at = Math.floor(uploaded.getTime() / 1000);
  const failed = match !== null ? !names(match, etag) : unmodified !== null && at > unmodified;
  const unchanged = noneMatch !== null ? names(noneMatch, etag) : modified !== null && at <= modified;
  return { failed, unchanged };
}

/** Whether a list of entity tags names this one; `*` names all. */
const names = (list: string, etag: string) =>
  list.split(",").some((each) => each.trim() === "*" || each.trim().replace(/^W\//, "").replaceAll('"', "") === etag);

/** An HTTP date in seconds since the epoch; null for none. */
function seconds(date: string | null): number | null {
  const millis = Date.parse(date ?? "");
  return Number.isNaN(millis) ? null : Math.floor(millis / 1000);
}

/** R2's option for a write under If-Match and If-None-Match. Entity tags may stand in the latter too, as R2 has it. */
export function writeCondition(headers: Headers): { onlyIf?: Headers } {
  const given = [READ.match, READ.noneMatch].flatMap((name): [string, string][] => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value.split(",").map(quoted).join(", ")]];
  });
  return given.length === 0 ? {} : { onlyIf: new Headers(given) };
}

const quoted = (etag: string) => (etag.trim() === "*" ? "*" : `"${etag.trim().replaceAll('"', "")}"`);

/** Refuses a write whose conditions do not hold for what is there: PreconditionFailed, and NoSuchKey where there should be something. */
export function requireWritable(headers: Headers, there: Dated | null): void {
  const [match, noneMatch] = [headers.get(READ.match), headers.get(READ.noneMatch)];
  if (match !== null && !there) throw new S3Error("NoSuchKey");
  if (!there) return;
  if (match !== null && !names(match, there.etag)) throw new S3Error("PreconditionFailed");
  if (noneMatch !== null && names(noneMatch, there.etag)) throw new S3Error("PreconditionFailed");
}

/** What an object has to be to be deleted, as it was written; undefined where nothing is said. */
export interface Expected {
  etag: string | undefined;
  modified: string | undefined;
  size: string | undefined;
}

/** Whether anything is expected at all. */
export const isExpecting = ({ etag, modified, size }: Expected) => etag !== undefined || modified !== undefined || size !== undefined;

/** Refuses (PreconditionFailed) to delete an object that is not what is expected. One that is gone may be deleted: so the call can be repeated. */
export function requireExpected({ etag, modified, size }: Expected, there: (Dated & { size: number }) | null): void {
  if (!there) return;
  const at = Math.floor(there.uploaded.getTime() / 1000);
  const isSame =
    (etag === undefined || names(etag, there.etag)) &&
    (modified === undefined || seconds(modified) === at) &&
    (size === undefined || Number(size) === there.size);
  if (!isSame) throw new S3Error("PreconditionFailed");
}

/** The one range that a `Range` header asks for; undefined for none, and for what S3 ignores: several ranges, other units. */
export function rangeOf(header: string | null): { first: number; last: number | null } | { suffix: number } | undefined {
  const [, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? "") ?? [];
  if (first === "") return last === "" ? undefined : { suffix: Number(last) };
  if (last !== "" && Number(last) < Number(first)) return undefined;
  return { first: Number(first), last: last === "" ? null : Number(last) };
}

/** The bytes of a range in an object of `size` bytes. Refuses (InvalidRange) one that has none of them. */
export function resolveRange(range: NonNullable<ReturnType<typeof rangeOf>>, size: number): { offset: number; length: number } {
  const offset = "suffix" in range ? Math.max(0, size - range.suffix) : range.first;
  const end = "suffix" in range || range.last === null ? size : Math.min(size, range.last + 1);
  if (offset >= end) throw new S3Error("InvalidRange", undefined, { "content-range": `bytes */${size}` });
  return { offset, length: end - offset };
}
