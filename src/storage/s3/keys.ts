import type { TenantId } from "../../domain/ids.ts";
import { tenantPrefix } from "../keys.ts";
import { uriDecode } from "./encoding.ts";
import { S3Error } from "./errors.ts";

/** The one bucket that each tenant sees; whose it is says the key that signed the request. */
export const BUCKET = "slipway";

/** Where the gateway is mounted. */
export const MOUNT = "/s3";

/** The most bytes of a key: R2 takes 1024, the tenant's prefix included. */
export const MAX_KEY_BYTES = 960;

/** Sorts after every key that begins with the same text. */
export const LAST_CHARACTER = "\u{10FFFF}";

/** The prefix of all files of a tenant in R2. */
export const filesOf = (tenantId: TenantId) => `${tenantPrefix(tenantId)}files/`;

/**
 * A key as S3 takes it, checked: a key names an object, never a way through folders. Refuses `.` and `..` between slashes, control
 * characters and halves of surrogate pairs (InvalidURI), and keys too long. Empty segments stay: `a//b` is another key than `a/b`.
 */
export function checkKey(key: string): string {
  if (key === "") throw new S3Error("InvalidURI");
  if (new TextEncoder().encode(key).length > MAX_KEY_BYTES) throw new S3Error("KeyTooLongError");
  return checkPrefix(key);
}

/** The same rules for the beginning of a key, which may be empty. */
export function checkPrefix(prefix: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (/[\u0000-\u001f\u007f]/.test(prefix) || /\p{Surrogate}/u.test(prefix)) throw new S3Error("InvalidURI");
  if (prefix.split("/").some((segment) => segment === "." || segment === "..")) throw new S3Error("InvalidURI");
  return prefix;
}

/** Bucket and key of a request's raw path below the mount, `""` for none. An encoded slash is refused (InvalidURI): proxies disagree on it. */
export function targetOf(rawPath: string): { bucket: string; key: string } {
  const [bucket = "", ...rest] = rawPath.slice(MOUNT.length + 1).split("/");
  const raw = rest.join("/");
  if (/%2f/i.test(rawPath)) throw new S3Error("InvalidURI");
  const key = uriDecode(raw);
  const name = uriDecode(bucket);
  if (key === null || name === null) throw new S3Error("InvalidURI");
  return { bucket: name, key: key === "" ? "" : checkKey(key) };
}
