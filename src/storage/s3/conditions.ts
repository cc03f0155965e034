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

/** R2's condition for a write: of If-None-Match `*` alone and If-Match, as S3 takes them; undefined for none. */
export function writeCondition(headers: Headers): R2Conditional | Headers | undefined {
  const [match, noneMatch] = [headers.get("if-match"), headers.get("if-none-match")];
  if (noneMatch !== null && noneMatch.trim() !== "*") throw new S3Error("NotImplemented");
  if (match === null && noneMatch === null) return undefined;
  return new Headers({ ...(match === null ? {} : { "if-match": quoted(match) }), ...(noneMatch === null ? {} : { "if-none-match": "*" }) });
}

const quoted = (etag: string) => (etag.trim() === "*" ? "*" : `"${etag.trim().replaceAll('"', "")}"`);

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
