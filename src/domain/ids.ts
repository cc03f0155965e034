/** A tenant (workspace). Only key verification and the scheduler mint one; the brand keeps other text out. */
export type TenantId = string & { readonly __tenant: unique symbol };

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/**
 * A UUIDv7 (RFC 9562, section 5.7): `millis` since the epoch, then 74 random bits.
 * Takes 10 random bytes; gives lower-case text, so that ids of one clock sort by creation.
 */
export function uuid7(millis: number, random: Uint8Array): string {
  const time = Math.floor(millis).toString(16).padStart(12, "0");
  const byte = (index: number) => HEX[random[index] ?? 0] as string;
  const versioned = ((random[0] ?? 0) & 0x0f) | 0x70;
  const variant = ((random[2] ?? 0) & 0x3f) | 0x80;
  return `${time.slice(0, 8)}-${time.slice(8)}-${HEX[versioned]}${byte(1)}-${HEX[variant]}${byte(3)}-${byte(4)}${byte(5)}${byte(6)}${byte(7)}${byte(8)}${byte(9)}`;
}

const UUID = /^[0-9a-f]{32}$/;

/**
 * The canonical text of a UUID spelled as Python's `uuid.UUID` accepts it (any case, braces, `urn:uuid:`, dashes anywhere);
 * undefined for anything else.
 */
export function canonicalUuid(text: string): string | undefined {
  const hex = text
    .replaceAll("urn:", "")
    .replaceAll("uuid:", "")
    .replace(/^[{}]+|[{}]+$/g, "")
    .replaceAll("-", "")
    .toLowerCase();
  if (!UUID.test(hex)) return undefined;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
