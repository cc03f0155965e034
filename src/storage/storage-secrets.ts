import { createHmac } from "node:crypto";
import type { TenantId } from "../domain/ids.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ID_LENGTH = 17;

const hmac = (key: Uint8Array, text: string): Uint8Array => createHmac("sha256", key).update(text).digest();

/** A key of its own for the file storage, of the service's. */
const subkey = (masterKey: Uint8Array) => hmac(masterKey, "slipway storage secrets");

/**
 * The secret of a version of a tenant's storage key, 43 letters and digits: derived by HMAC-SHA-256 (RFC 2104) of the service's key,
 * so that no secret is stored, and a leaked database signs nothing.
 */
export function storageSecret(masterKey: Uint8Array, key: { tenantId: TenantId; accessKeyId: string; version: number }): string {
  const mac = hmac(subkey(masterKey), `secret\n${key.tenantId}\n${key.accessKeyId}\n${key.version}`);
  return btoa(String.fromCharCode(...mac))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** The access key id of the key that a tenant's default blocks have: always the same, so that making it twice makes one. */
export const defaultAccessKeyId = (masterKey: Uint8Array, tenantId: TenantId) => idOf(hmac(subkey(masterKey), `default id\n${tenantId}`));

/** A new access key id: `SLW` and 17 random letters and digits, as long as AWS's. */
export const makeAccessKeyId = () => idOf(crypto.getRandomValues(new Uint8Array(ID_LENGTH)));

const idOf = (bytes: Uint8Array) => `SLW${[...bytes.subarray(0, ID_LENGTH)].map((byte) => ALPHABET[byte & 31]).join("")}`;
