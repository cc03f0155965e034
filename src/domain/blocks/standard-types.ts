import type { TenantId } from "../ids.ts";
import type { JsonObject } from "../json.ts";
import { MICROS_PER_SECOND, type Micros } from "../time.ts";
import data from "./standard-types.json";

/**
 * The block types that every tenant has without registering them, as the client's library and the collections it knows of
 * define them. They are kept here once; a tenant gets a row of its own when it first uses or changes one.
 */
export interface StandardType {
  /** Says which type it is, whatever the tenant; ids are made of it. */
  key: string;
  slug: string;
  name: string;
  /** The package that brings it. */
  collection: string;
  logoUrl: string;
  documentationUrl: string | null;
  description: string;
  codeExample: string;
  /** Cannot be deleted. */
  isProtected: boolean;
}

/** The schema of a standard type, without what is rebuilt when a schema is read. */
export interface StandardSchema {
  key: string;
  typeKey: string;
  checksum: string;
  version: string;
  capabilities: string[];
  fields: JsonObject;
  /** The standard schemas of the blocks it holds. */
  references: { name: string; key: string }[];
}

interface Entry extends Omit<StandardType, "codeExample" | "collection"> {
  /** Where Python finds the class. */
  module: string;
  class: string;
  checksum: string;
  version: string;
  capabilities: string[];
  /** All but the description, which is the type's. */
  fields: JsonObject;
  references: { name: string; slug: string }[];
}

const entries = data as unknown as Entry[];

export const STANDARD_TYPES: readonly StandardType[] = entries.map((entry) => ({
  key: entry.key,
  slug: entry.slug,
  name: entry.name,
  collection: (entry.module.split(".")[0] ?? "").replaceAll("_", "-"),
  logoUrl: entry.logoUrl,
  documentationUrl: entry.documentationUrl,
  description: entry.description,
  codeExample: `Load a stored block:\n\`\`\`python\nfrom ${entry.module} import ${entry.class}\n\nblock = ${entry.class}.load("BLOCK_NAME")\n\`\`\``,
  isProtected: entry.isProtected,
}));

/** The first 128 bits of a checksum, as a key. */
const schemaKey = ({ checksum }: Entry) => asUuid(checksum.slice("sha256:".length).slice(0, 32));

const entryBySlug = new Map(entries.map((entry) => [entry.slug, entry]));

export const STANDARD_SCHEMAS: readonly StandardSchema[] = entries.map((entry) => ({
  key: schemaKey(entry),
  typeKey: entry.key,
  checksum: entry.checksum,
  version: entry.version,
  capabilities: entry.capabilities,
  fields: { ...entry.fields, description: entry.description },
  references: entry.references.flatMap(({ name, slug }) => {
    const nested = entryBySlug.get(slug);
    return nested ? [{ name, key: schemaKey(nested) }] : [];
  }),
}));

/**
 * The id that a tenant knows a standard type or schema by: the same whenever it is asked for, another one for each tenant, and no
 * look-up to tell. It is its own inverse: `standardId(tenantId, id)` is the key. A UUIDv8 (RFC 9562, section 5.8).
 */
export function standardId(tenantId: TenantId, key: string): string {
  return asUuid((bits(tenantId) ^ bits(key)).toString(16).padStart(32, "0"));
}

const bits = (uuid: string) => BigInt(`0x${uuid.replaceAll("-", "")}`);

function asUuid(hex: string): string {
  const variant = (8 | (Number.parseInt(hex.charAt(16), 16) & 3)).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** Standard blocks are as old as their tenant: the time in its id, a UUIDv7. */
export function standardSince(tenantId: TenantId): Micros {
  return (Number.parseInt(tenantId.slice(0, 8) + tenantId.slice(9, 13), 16) / 1000) * MICROS_PER_SECOND;
}
