import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blockSchemaChecksum } from "../../src/domain/blocks/checksum.ts";
import { buildDocument, diffReferences, separateReferences, updateData } from "../../src/domain/blocks/document-references.ts";
import { buildSchemaFields, type KnownBlocks, planSchema, resolveSchemaPlan } from "../../src/domain/blocks/schema-references.ts";
import { OBFUSCATED, obfuscateSecrets, restoreSecrets, secretFields } from "../../src/domain/blocks/secrets.ts";
import { Refusal } from "../../src/domain/errors.ts";
import type { JsonObject } from "../../src/domain/json.ts";

const A = "00000000-0000-4000-8000-00000000000a";
const B = "00000000-0000-4000-8000-00000000000b";

describe("secrets", () => {
  const paths = ["a", "n.*", "o", "deep.key"];

  test("are masked as the reference masks them", () => {
    const data = { a: null, n: { x: 1, y: null, z: { q: [1] }, e: {} }, o: { open: "v" }, deep: { key: "k", other: "o" }, free: 2 };
    const masked = { x: OBFUSCATED, y: OBFUSCATED, z: { q: OBFUSCATED }, e: OBFUSCATED };
    expect(obfuscateSecrets(data, paths)).toEqual({ ...data, n: masked, deep: { key: OBFUSCATED, other: "o" } });
  });

  test("are masked where a value stands for the object that has them, and a list as a whole", () => {
    expect(obfuscateSecrets({ n: "flat", a: ["l"], "deep.key": 1 }, paths)).toEqual({ n: OBFUSCATED, a: OBFUSCATED, "deep.key": 1 });
    expect(obfuscateSecrets({ a: 5, n: {} }, paths)).toEqual({ a: OBFUSCATED, n: OBFUSCATED });
  });

  test("stay when their mask comes back", () => {
    const stored = { a: "s", n: { x: 1, y: null }, open: "o" };
    const submitted = { a: OBFUSCATED, n: { x: OBFUSCATED, y: OBFUSCATED, new: OBFUSCATED }, open: OBFUSCATED };
    expect(restoreSecrets(submitted, stored, paths)).toEqual({ a: "s", n: { x: 1, y: null, new: OBFUSCATED }, open: OBFUSCATED });
  });

  test("are those that the schema names", () => {
    expect(secretFields({ secret_fields: ["a", 1, "n.*"] })).toEqual(["a", "n.*"]);
    expect(secretFields({})).toEqual([]);
  });

  const key = fc.constantFrom("a", "b", "c.d", "__proto__", "constructor");
  const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant({}), fc.array(fc.integer()));
  const data = fc.letrec<{ object: JsonObject }>((tie) => ({
    object: fc.dictionary(key, fc.oneof({ depthSize: "small", withCrossShrink: true }, leaf, tie("object"))) as fc.Arbitrary<JsonObject>,
  })).object;
  const somePaths = fc.array(fc.constantFrom("a", "b", "a.b", "a.*", "b.a.*", "*", "c.d", "constructor"));

  test("what was read masked can be written back", () => {
    fc.assert(
      fc.property(data, somePaths, (stored, secret) => {
        expect(restoreSecrets(obfuscateSecrets(stored, secret), stored, secret)).toEqual(stored);
      }),
    );
  });

  test("masking twice is masking once, and keeps the keys", () => {
    fc.assert(
      fc.property(data, somePaths, (stored, secret) => {
        const masked = obfuscateSecrets(stored, secret);
        expect(obfuscateSecrets(masked, secret)).toEqual(masked);
        expect(Object.keys(masked)).toEqual(Object.keys(stored));
      }),
    );
  });
});

describe("references of documents", () => {
  const reference = (id: string) => ({ $ref: { block_document_id: id } });

  test("are taken from the top level only", () => {
    const data = { r: reference(A.toUpperCase()), k: 1, deep: { r: reference(B) } };
    expect(separateReferences(data)).toEqual({ data: { k: 1, deep: { r: reference(B) } }, references: [{ name: "r", referenceId: A }] });
  });

  test.each([
    [{}, "Received block reference without a block_document_id in key r"],
    ["x", "Received block reference without a block_document_id in key r"],
    [
      { block_document_id: "nope" },
      "1 validation error for BlockDocumentReferenceCreate\nreference_block_document_id\n  value is not a valid uuid (type=type_error.uuid)",
    ],
  ])("are refused without an id: %j", (target, text) => {
    expect(() => separateReferences({ r: { $ref: target } })).toThrow(new Refusal("badRequest", text));
  });

  test("an update merges data but not references", () => {
    expect(updateData({ k: 1, s: "x" }, { k: 2, s: OBFUSCATED }, ["s"], true)).toEqual({ data: { k: 2, s: "x" }, references: [] });
    expect(updateData({ k: 1, s: "x" }, { k: 2, r: reference(A) }, ["s"], true)).toEqual({
      data: { k: 2, s: "x" },
      references: [{ name: "r", referenceId: A }],
    });
    expect(updateData({ k: 1, s: "x" }, { m: 3 }, ["s"], false)).toEqual({ data: { m: 3 }, references: [] });
  });

  test("only changed references are written", () => {
    const current = [
      { parentId: "p", name: "same", referenceId: A },
      { parentId: "p", name: "gone", referenceId: A },
      { parentId: "p", name: "moved", referenceId: A },
    ];
    const wanted = [
      { name: "same", referenceId: A },
      { name: "moved", referenceId: B },
    ];
    expect(diffReferences("p", current, wanted)).toEqual({
      removed: [current[1], current[2]],
      added: [{ parentId: "p", name: "moved", referenceId: B }],
    });
    expect(() => diffReferences(A, [], wanted)).toThrow(Refusal);
  });

  const rows = [
    { id: "p", data: { k: 1, s: "secret" }, secretPaths: ["s"], name: "parent" },
    { id: "c", data: { s: "open" }, secretPaths: [], name: "child" },
    { id: "g", data: { s: "secret" }, secretPaths: ["s"], name: "grandchild" },
  ];
  const links = [
    { parentId: "p", name: "child", referenceId: "c" },
    { parentId: "c", name: "grandchild", referenceId: "g" },
    { parentId: "g", name: "round", referenceId: "p" },
    { parentId: "g", name: "lost", referenceId: "nowhere" },
  ];

  test("a document is read with what it refers to, each masked by its own schema", () => {
    const document = buildDocument("p", rows, links, false);
    expect(document.data).toEqual({ k: 1, s: OBFUSCATED, child: { s: "open", grandchild: { s: OBFUSCATED } } });
    const child = document.references.get("child");
    expect(child?.row.name).toBe("child");
    expect([...(child?.references.get("grandchild")?.references.keys() ?? [])]).toEqual([]);
    expect(buildDocument("p", rows, links, true).data).toEqual({ k: 1, s: "secret", child: { s: "open", grandchild: { s: "secret" } } });
    expect(() => buildDocument("x", rows, links, true)).toThrow("No row for block document x");
  });
});

describe("references of schemas", () => {
  const claim = (slug: string, checksum: string) => ({ block_type_slug: slug, block_schema_checksum: checksum });
  const plain: JsonObject = { title: "Plain", type: "object" };
  const fieldsB: JsonObject = {
    title: "B",
    block_type_slug: "b",
    secret_fields: ["p"],
    properties: { p: { type: "string" }, m: { $ref: "#/definitions/Plain" } },
    block_schema_references: {},
  };
  const fieldsC: JsonObject = { title: "C", block_type_slug: "c", properties: { q: { type: "integer" } }, block_schema_references: {} };
  const fieldsA: JsonObject = {
    title: "A",
    block_type_slug: "a",
    properties: { b: { $ref: "#/definitions/B" }, u: { anyOf: [{ $ref: "#/definitions/B" }, { $ref: "#/definitions/C" }] } },
    block_schema_references: { b: claim("b", "sha256:x"), u: [claim("b", "sha256:x"), claim("c", "sha256:y")] },
    definitions: { B: fieldsB, C: fieldsC, Plain: plain },
  };
  const types = new Map([
    ["b", "type-b"],
    ["c", "type-c"],
  ]);
  const nothing: KnownBlocks = { typeIds: types, newestSchemaIds: new Map(), unversionedSchemaIds: new Map() };
  const counter = () => {
    let count = 0;
    return () => `s${++count}`;
  };

  test("a schema is taken apart and put together again", async () => {
    const plan = await planSchema(fieldsA);
    expect(plan.slugs).toEqual(["b", "c"]);
    expect(plan.answer).toEqual(fieldsA);
    const { schemas, references } = resolveSchemaPlan(plan, "type-a", nothing, counter());

    const { block_schema_references: _b, ...storedB } = fieldsB;
    const { block_schema_references: _c, ...storedC } = fieldsC;
    const { block_schema_references: _a, ...storedA } = fieldsA;
    const definitions = { Plain: plain };
    expect(schemas.map(({ id, fields, blockTypeId }) => ({ id, fields, blockTypeId }))).toEqual([
      { id: "s1", fields: { ...storedA, definitions }, blockTypeId: "type-a" },
      { id: "s2", fields: { ...storedB, definitions }, blockTypeId: "type-b" },
      { id: "s3", fields: { ...storedC, definitions }, blockTypeId: "type-c" },
    ]);
    expect(references).toEqual([
      { parentId: "s1", name: "b", referenceId: "s2" },
      { parentId: "s1", name: "u", referenceId: "s2" },
      { parentId: "s1", name: "u", referenceId: "s3" },
    ]);

    const slugs: Record<string, string> = { "type-a": "a", "type-b": "b", "type-c": "c" };
    const rows = schemas.map((schema) => ({ ...schema, blockTypeSlug: slugs[schema.blockTypeId] ?? "" }));
    const [b, c] = [claim("b", schemas[1]?.checksum ?? ""), claim("c", schemas[2]?.checksum ?? "")];
    expect(buildSchemaFields("s1", rows, references)).toEqual({ ...fieldsA, block_schema_references: { b, u: [b, c] } });
    expect(buildSchemaFields("s3", rows, references)).toEqual({ ...fieldsC, definitions });
  });

  test("checksums are those of the fields with all definitions at hand", async () => {
    const plan = await planSchema(fieldsA);
    const checksumB = await blockSchemaChecksum({ ...fieldsB, definitions: { Plain: plain } });
    expect(plan.nested.get("B")?.checksum).toBe(checksumB);
    expect(plan.checksums).toEqual([await blockSchemaChecksum(fieldsA), checksumB, plan.nested.get("C")?.checksum, "sha256:x", "sha256:y"]);
  });

  test("nested schemas that exist are linked to", async () => {
    const plan = await planSchema(fieldsA);
    const known: KnownBlocks = {
      typeIds: types,
      newestSchemaIds: new Map([["sha256:x", "old-b"]]),
      unversionedSchemaIds: new Map([[plan.nested.get("C")?.checksum ?? "", "old-c"]]),
    };
    const { schemas, references } = resolveSchemaPlan(plan, "type-a", known, counter());
    expect(schemas.map(({ id }) => id)).toEqual(["s1"]);
    expect(references.map(({ referenceId }) => referenceId)).toEqual(["old-b", "old-b", "old-c"]);
  });

  test("a schema may hold itself", async () => {
    const fields: JsonObject = {
      title: "A",
      properties: { x: { $ref: "#/definitions/B" } },
      block_schema_references: { x: claim("b", "1") },
      definitions: {
        B: {
          title: "B",
          block_type_slug: "b",
          properties: { x: { $ref: "#/definitions/B" } },
          block_schema_references: { x: claim("b", "2") },
        },
      },
    };
    const { schemas, references } = resolveSchemaPlan(await planSchema(fields), "type-a", nothing, counter());
    expect(references).toEqual([
      { parentId: "s2", name: "x", referenceId: "s2" },
      { parentId: "s1", name: "x", referenceId: "s2" },
    ]);
    const rows = schemas.map((schema) => ({ ...schema, blockTypeSlug: "b" }));
    expect(Object.keys((buildSchemaFields("s1", rows, references).definitions ?? {}) as JsonObject)).toEqual(["B"]);
  });

  test.each([
    [
      "nope",
      { B: fieldsB },
      "Cannot create block schema because block type 'nope' was not found.Did you forget to register the block type?",
    ],
    ["b", undefined, "Unable to create nested block schema for 'b' due to missing definition."],
  ])("an unknown type or a missing definition is refused: %s", async (slug, definitions, text) => {
    const properties = { b: { $ref: "#/definitions/B" } };
    const plan = await planSchema({ properties, block_schema_references: { b: claim(slug, "z") }, ...(definitions && { definitions }) });
    expect(() => resolveSchemaPlan(plan, "type-a", nothing, counter())).toThrow(text);
  });

  test.each([[[]], [null], [{ b: { block_type_slug: "b" } }], [{ b: "x" }]])("references must be references: %j", async (references) => {
    await expect(planSchema({ block_schema_references: references })).rejects.toThrow(Refusal);
  });
});
