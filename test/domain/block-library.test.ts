import { describe, expect, test } from "vitest";
import { collectReferences, definitionKey, withPlainDefinitions } from "../../src/domain/blocks/definitions.ts";
import { diffReferences, separateReferences } from "../../src/domain/blocks/document-references.ts";
import { schemaMatches, typeMatches } from "../../src/domain/blocks/filters.ts";
import { escapeHtml, unescapeHtml } from "../../src/domain/blocks/html-text.ts";
import { MAX_PLACES, requireFewNested, requireFewPlaces } from "../../src/domain/blocks/nesting.ts";
import { buildSchemaFields, planSchema, resolveSchemaPlan } from "../../src/domain/blocks/schema-references.ts";
import { OBFUSCATED, obfuscateSecrets, restoreSecrets } from "../../src/domain/blocks/secrets.ts";
import { STANDARD_SCHEMAS, STANDARD_TYPES } from "../../src/domain/blocks/standard-types.ts";
import { Refusal } from "../../src/domain/errors.ts";
import type { BlockSchemaFilter, BlockTypeFilter } from "../../src/domain/filters.ts";
import type { JsonObject } from "../../src/domain/json.ts";

describe("block types", () => {
  const type = { name: "Local (File) System", slug: "local-file-system" };

  test.each<[BlockTypeFilter, boolean]>([
    [{}, true],
    [{ name: null, slug: null }, true],
    [{ name: {}, slug: {} }, true],
    [{ name: { like: null }, slug: { any: null } }, true],
    [{ name: { like: "" } }, true],
    [{ name: { like: "FILE" } }, true],
    [{ name: { like: "(file)" } }, true],
    [{ name: { like: "l%system" } }, true],
    [{ name: { like: "f_le" } }, true],
    [{ name: { like: "f__le" } }, false],
    [{ name: { like: "f.le" } }, false],
    [{ name: { like: "l (f" } }, true],
    [{ name: { like: "f(ile" } }, false],
    [{ name: { like: "remote" } }, false],
    [{ slug: { any: ["s3", "local-file-system"] } }, true],
    [{ slug: { any: ["s3"] } }, false],
    [{ slug: { any: [] } }, false],
    [{ name: { like: "file" }, slug: { any: ["s3"] } }, false],
    [{ name: { like: "x" }, slug: { any: ["local-file-system"] } }, false],
  ])("match %j: %s", (filter, matches) => expect(typeMatches(type, filter)).toBe(matches));

  test("names with line breaks are searched as a whole", () => {
    expect(typeMatches({ name: "a\nb", slug: "s" }, { name: { like: "a%b" } })).toBe(true);
  });
});

describe("block schemas", () => {
  const schema = { id: "s", blockTypeId: "t", capabilities: ["read", "write"], version: "1" };

  test.each<[BlockSchemaFilter, boolean]>([
    [{}, true],
    [{ id: null, version: {}, blockTypeId: { any: null }, blockCapabilities: { all: null } }, true],
    [{ id: { any: ["s", "x"] } }, true],
    [{ id: { any: ["x"] } }, false],
    [{ id: {} }, true],
    [{ id: { any: [] } }, false],
    [{ blockTypeId: { any: ["t"] } }, true],
    [{ blockTypeId: { any: ["x"] } }, false],
    [{ blockCapabilities: { all: ["write", "read"] } }, true],
    [{ blockCapabilities: { all: [] } }, true],
    [{ blockCapabilities: { all: ["read", "delete"] } }, false],
    [{ version: { any: ["1"] } }, true],
    [{ version: { any: ["2"] } }, false],
    [{ id: { any: ["s"] }, version: { any: ["2"] } }, false],
    [{ operator: "and_", id: { any: ["s"] }, version: { any: ["2"] } }, false],
    [{ operator: "or_", id: { any: ["s"] }, version: { any: ["2"] } }, true],
    [{ operator: "or_", id: { any: ["x"] }, version: { any: ["2"] } }, false],
    [{ operator: "or_" }, true],
  ])("match %j: %s", (filter, matches) => expect(schemaMatches(schema, filter)).toBe(matches));
});

test("text is escaped as by `html.escape(quote=False)`, and read back", () => {
  const text = `<a href="x">it's & <b>&lt;</b></a>`;
  expect(escapeHtml(text)).toBe(`&lt;a href="x"&gt;it's &amp; &lt;b&gt;&amp;lt;&lt;/b&gt;&lt;/a&gt;`);
  expect(unescapeHtml(escapeHtml(text))).toBe(text);
  expect(unescapeHtml("&quot;&#x27;&#39;&amp;amp;&nbsp;")).toBe(`"''&amp;&nbsp;`);
});

describe("blocks within blocks", () => {
  const link = (parentId: string, referenceId: string, name = referenceId) => ({ parentId, name, referenceId });
  /** `depth` blocks of which each holds the next twice. */
  const doubling = (depth: number) =>
    Array.from({ length: depth }, (_, level) => ["a", "b"].map((name) => link(`${level}`, `${level + 1}`, name))).flat();
  const refusal = new Refusal("tooLarge", `These blocks hold others in more than ${MAX_PLACES} places.`);

  test("may be in 10,000 places, each counted as often as it is held", () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => link("p", `c${index}`));
    expect(() => requireFewPlaces(["p"], many(10_000))).not.toThrow();
    expect(() => requireFewPlaces(["p"], many(10_001))).toThrow(refusal);
    expect(() => requireFewPlaces(["p", "p"], many(5001))).toThrow(refusal);
    // 2 + 4 + … + 2^12 = 8190.
    expect(() => requireFewPlaces(["0"], doubling(12))).not.toThrow();
    expect(() => requireFewPlaces(["0"], doubling(13))).toThrow(refusal);
    expect(() => requireFewPlaces(["0"], doubling(60))).toThrow(refusal);
  });

  test("may lead back to themselves", () => {
    expect(() => requireFewPlaces(["a", "b", "x"], [link("a", "b"), link("b", "a"), link("a", "a")])).not.toThrow();
  });

  test("a schema may refer to 200 others, its definitions' counted", () => {
    const claims = (count: number): JsonObject => Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, {}]));
    const fields = (own: number, nested: number): JsonObject => ({
      block_schema_references: claims(own),
      definitions: {
        A: { block_schema_references: { list: Object.values(claims(nested)) } },
        B: {},
        C: true,
        D: { block_schema_references: [] },
      },
    });
    expect(() => requireFewNested(fields(100, 100))).not.toThrow();
    expect(() => requireFewNested(fields(100, 101))).toThrow(new Refusal("tooLarge", "A block schema may refer to at most 200 others."));
    expect(() => requireFewNested(fields(201, 0))).toThrow(Refusal);
    expect(() => requireFewNested({ block_schema_references: claims(200) })).not.toThrow();
    expect(() => requireFewNested({ definitions: [] })).not.toThrow();
  });
});

describe("secrets", () => {
  test("may be everything", () => {
    expect(OBFUSCATED).toBe("********");
    expect(obfuscateSecrets({ a: null, b: { c: 1 }, d: {} }, ["*"])).toEqual({ a: OBFUSCATED, b: { c: OBFUSCATED }, d: OBFUSCATED });
  });

  test("are replaced by new ones, and a mask with nothing behind it stays", () => {
    expect(restoreSecrets({ a: "new" }, { a: "old" }, ["a"])).toEqual({ a: "new" });
    const masked = { n: { x: { y: OBFUSCATED }, 0: OBFUSCATED, length: OBFUSCATED } };
    for (const stored of [{}, { n: [1] }, { n: "text" }, { n: null }]) expect(restoreSecrets(masked, stored, ["n.*"])).toEqual(masked);
  });
});

describe("references", () => {
  test("of documents are ids", () => {
    expect(() => separateReferences({ r: { $ref: { block_document_id: 5 } } })).toThrow("value is not a valid uuid (type=type_error.uuid)");
  });

  test("lead to other documents", () => {
    const text =
      "1 validation error for BlockDocumentReferenceCreate\n__root__\n" +
      "  `parent_block_document_id` and `reference_block_document_id` cannot be the same (type=value_error)";
    expect(() => diffReferences("p", [], [{ name: "r", referenceId: "p" }])).toThrow(new Refusal("badRequest", text));
  });

  const claim = (slug: string, checksum = slug) => ({ block_type_slug: slug, block_schema_checksum: checksum });
  const refersTo = (...names: string[]) => ({ anyOf: names.map((name) => ({ $ref: `#/definitions/${name}` })) });

  test("of schemas are followed at any depth, to the definition that the field names", async () => {
    const definitions = {
      B: { title: "B", block_type_slug: "other", properties: { c: refersTo("C") }, block_schema_references: { c: claim("c") } },
      C: { title: "C", block_type_slug: "c" },
    };
    const plan = await planSchema({ properties: { b: refersTo("Missing", "B") }, block_schema_references: { b: claim("b") }, definitions });
    expect([...plan.nested.keys()]).toEqual(["B", "C"]);
    expect(plan.root.nested).toEqual([{ name: "b", blockTypeSlug: "b", checksum: "b", definition: "B" }]);
    const bare = await planSchema({ title: "A" });
    expect(bare.answer).toStrictEqual({ title: "A", block_schema_references: {} });
  });

  test.each([
    [[], "block_schema_references must be an object"],
    [{ b: { block_schema_checksum: "x" } }, "The block schema reference 'b' must have a block_type_slug and a block_schema_checksum"],
    [{ b: { block_type_slug: "x" } }, "The block schema reference 'b' must have a block_type_slug and a block_schema_checksum"],
  ])("%j are none", async (references, text) => {
    await expect(planSchema({ block_schema_references: references })).rejects.toThrow(new Refusal("invalid", text));
  });

  test("to what is not there are refused", async () => {
    const plan = await planSchema({ block_schema_references: { b: claim("b") } });
    const known = (slugs: [string, string][]) => ({ typeIds: new Map(slugs), newestSchemaIds: new Map(), unversionedSchemaIds: new Map() });
    const resolve = (slugs: [string, string][]) => () => resolveSchemaPlan(plan, "t", known(slugs), () => "id");
    const noType = "Cannot create block schema because block type 'b' was not found.Did you forget to register the block type?";
    expect(resolve([])).toThrow(new Refusal("conflict", noType));
    const noDefinition = "Unable to create nested block schema for 'b' due to missing definition.";
    expect(resolve([["b", "tb"]])).toThrow(new Refusal("invalid", noDefinition));
  });

  test("are read in the order in which the schemas were made, those without a row left out", () => {
    const row = (id: string, fields: JsonObject = {}) => ({ id, checksum: `sum-${id}`, fields, blockTypeSlug: `slug-${id}` });
    const rows = [row("p"), row("a", { title: "A" }), row("b", { title: 5 })];
    const links = ["b", "lost", "a"].map((referenceId) => ({ parentId: "p", name: "x", referenceId }));
    const entry = (id: string) => claim(`slug-${id}`, `sum-${id}`);
    expect(buildSchemaFields("p", rows, links)).toEqual({
      block_schema_references: { x: [entry("a"), entry("b")] },
      definitions: { A: { title: "A", block_schema_references: {} } },
    });
    expect(buildSchemaFields("p", rows, links.slice(1, 2))).toEqual({ block_schema_references: {} });
    expect(() => buildSchemaFields("nowhere", rows, [])).toThrow("No row for block schema nowhere");
  });
});

describe("definitions", () => {
  test("are named by references at any depth, in order", () => {
    const schema = { $ref: "#/definitions/A", x: [{ $ref: "#/definitions/B" }, { y: { $ref: "" } }], z: { $ref: 5, w: { $ref: "C" } } };
    expect(collectReferences(schema)).toEqual(["#/definitions/A", "#/definitions/B", "C"]);
    expect(collectReferences("text")).toEqual([]);
    expect(definitionKey("#/definitions/A")).toBe("A");
  });

  test("of blocks, and those nothing refers to, are left out", () => {
    const plain = { title: "Plain", properties: { i: { $ref: "#/definitions/Inner" } } };
    const definitions = {
      Plain: plain,
      Inner: { block_type_slug: null, title: "Inner" },
      Block: { block_type_slug: "b", title: "Block" },
      Unused: { title: "Unused" },
      Empty: {},
      Text: "text",
    };
    const properties = Object.fromEntries(
      ["Plain", "Block", "Empty", "Text", "Absent", "toString"].map((name) => [name, { $ref: `#/definitions/${name}` }]),
    );
    expect(withPlainDefinitions({ properties, definitions })).toEqual({
      properties,
      definitions: { Plain: plain, Inner: definitions.Inner },
    });
    expect(withPlainDefinitions({ a: 1, definitions: { Block: definitions.Block } })).toStrictEqual({ a: 1 });
    expect(withPlainDefinitions({ a: 1, definitions: "text" })).toStrictEqual({ a: 1 });
    for (const fields of [{ a: 1 }, { a: 1, definitions: {} }, { a: 1, definitions: null }]) {
      expect(withPlainDefinitions(fields)).toStrictEqual(fields);
    }
  });
});

describe("standard blocks", () => {
  const type = (slug: string) => STANDARD_TYPES.find((candidate) => candidate.slug === slug);

  test("come from their package, with an example of their use", () => {
    expect(type("local-file-system")).toMatchObject({
      name: "Local File System",
      collection: "prefect",
      codeExample:
        'Load a stored block:\n```python\nfrom prefect.filesystems import LocalFileSystem\n\nblock = LocalFileSystem.load("BLOCK_NAME")\n```',
    });
    expect(type("aws-credentials")?.collection).toBe("prefect-aws");
    expect(STANDARD_TYPES.filter(({ isProtected }) => isProtected).map(({ slug }) => slug)).toContain("secret");
  });

  test("have keys of their own, and fields with the type's description", () => {
    const keys = [...STANDARD_TYPES, ...STANDARD_SCHEMAS].map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    const schema = STANDARD_SCHEMAS.find(({ typeKey }) => typeKey === type("local-file-system")?.key);
    expect(schema?.fields).toMatchObject({ block_type_slug: "local-file-system", description: type("local-file-system")?.description });
    // The first 128 bits of the checksum but for the six that say which kind of UUID it is.
    const hex = schema?.checksum.slice(7, 39) ?? "";
    expect(schema?.key.slice(0, 13)).toBe(`${hex.slice(0, 8)}-${hex.slice(8, 12)}`);
    expect(schema?.key.slice(24)).toBe(hex.slice(20));
  });

  test("hold others that are standard, too", () => {
    const keys = new Set(STANDARD_SCHEMAS.map(({ key }) => key));
    const references = STANDARD_SCHEMAS.flatMap((schema) => schema.references);
    expect(references.length).toBeGreaterThan(10);
    expect(references.every(({ key, name }) => keys.has(key) && name !== "")).toBe(true);
  });
});
