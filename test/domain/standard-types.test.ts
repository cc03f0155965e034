import { describe, expect, it } from "vitest";
import { blockSchemaChecksum } from "../../src/domain/blocks/checksum.ts";
import { buildSchemaFields } from "../../src/domain/blocks/schema-references.ts";
import { STANDARD_SCHEMAS, STANDARD_TYPES, standardId, standardSince } from "../../src/domain/blocks/standard-types.ts";
import { type TenantId, uuid7 } from "../../src/domain/ids.ts";

const tenant = (millis: number) => uuid7(millis, crypto.getRandomValues(new Uint8Array(10))) as TenantId;

describe("standard block types", () => {
  it("have schemas whose checksums are those of their fields", async () => {
    const slugs = new Map(STANDARD_TYPES.map(({ key, slug }) => [key, slug]));
    const rows = STANDARD_SCHEMAS.map((schema) => ({ ...schema, id: schema.key, blockTypeSlug: slugs.get(schema.typeKey) ?? "" }));
    const references = STANDARD_SCHEMAS.flatMap(({ key, references }) =>
      references.map((nested) => ({ parentId: key, name: nested.name, referenceId: nested.key })),
    );
    for (const { id, checksum, blockTypeSlug } of rows) {
      expect([blockTypeSlug, await blockSchemaChecksum(buildSchemaFields(id, rows, references))]).toEqual([blockTypeSlug, checksum]);
    }
    expect(rows.length).toBeGreaterThan(60);
  });

  it("have ids of each tenant's own, from which their keys can be told", () => {
    const [a, b] = [tenant(Date.UTC(2026, 0, 1)), tenant(Date.UTC(2026, 0, 1))];
    const keys = [...STANDARD_TYPES, ...STANDARD_SCHEMAS].map(({ key }) => key);
    const ids = [a, b].flatMap((id) => keys.map((key) => standardId(id, key)));
    expect(new Set(ids).size).toBe(2 * keys.length);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    for (const key of keys) expect(standardId(a, standardId(a, key))).toBe(key);
    expect(standardSince(a)).toBe(Date.UTC(2026, 0, 1) * 1000);
  });
});
