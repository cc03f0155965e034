import type { JsonObject } from "../json.ts";
import { removeNestedKey } from "../parameters/nested-keys.ts";
import { dumpJson } from "../parameters/python/json.ts";
import { withPlainDefinitions } from "./definitions.ts";

/**
 * The text whose hash identifies a block schema: its fields without `secret_fields` and without the definitions of other blocks,
 * as Python's `json.dumps` writes them, keys sorted. Numbers count by their source text: `1.0` is not `1`
 * (`Block._calculate_schema_checksum`, `hash_objects`).
 */
export function blockSchemaChecksumText(fields: JsonObject): string {
  const hashed = withPlainDefinitions(removeNestedKey("secret_fields", fields));
  return dumpJson([[hashed], {}], true);
}

/** The checksum of a block schema with these fields: `sha256:` and 64 hexadecimal digits. */
export async function blockSchemaChecksum(fields: JsonObject): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(blockSchemaChecksumText(fields)));
  return `sha256:${[...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
