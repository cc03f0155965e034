import { describe, expect, it } from "vitest";
import { holding, makeSchema, makeType } from "./block-makers.ts";
import { type Body, newTenant } from "./tenant.ts";

describe("block types", () => {
  it("are registered once a slug, read, changed and deleted", async () => {
    const me = await newTenant();
    const texts = { description: 'a < b & "c"', code_example: "x > y", logo_url: "https://example.com/a.png" };
    const type = await makeType(me, "kind", texts);
    expect(type).toMatchObject({
      description: 'a &lt; b &amp; "c"',
      code_example: "x &gt; y",
      documentation_url: null,
      is_protected: false,
    });
    expect((await me.post("/block_types/", { name: "other", slug: "kind" })).body).toEqual({
      detail: 'Block type with name "other" already exists',
    });
    expect((await me.post("/block_types/", { name: "kind", slug: "other" })).body.slug).toBe("kind");
    expect((await me.post("/block_types/", { name: "PreFect x", slug: "p" })).body).toEqual({
      detail: "Block type names beginning with 'Prefect' are reserved.",
    });
    const read = await me.get("/block_types/slug/kind");
    expect([read.body, read.cost.roundTrips]).toEqual([type, 1]);

    const same = { ...texts, documentation_url: null };
    expect((await me.patch(`/block_types/${type.id}`, same)).cost.written).toBe(0);
    await me.must("PATCH", `/block_types/${type.id}`, { description: "x < y" });
    expect((await me.get(`/block_types/${type.id}`)).body).toMatchObject({ description: "x < y", code_example: "x &gt; y" });

    expect((await me.delete(`/block_types/${type.id}`)).status).toBe(204);
    for (const answer of [
      await me.delete(`/block_types/${type.id}`),
      await me.get(`/block_types/${type.id}`),
      await me.patch(`/block_types/${type.id}`, {}),
    ]) {
      expect([answer.status, answer.body]).toEqual([404, { detail: "Block type not found" }]);
    }
  });

  it("report invalid values in pydantic's words", async () => {
    const me = await newTenant();
    const urls = ["nope", "ftp://a.com", "http://a", "http://", "http://-a.com", "https://a.com/x y", "http://a.com:99999", ""];
    const problems = await Promise.all(
      urls.map(async (url) => (await me.post("/block_types/", { name: "n", slug: "n", logo_url: url })).body.exception_detail[0].msg),
    );
    expect(problems).toEqual([
      "invalid or missing URL scheme",
      "URL scheme not permitted",
      "URL host invalid, top level domain required",
      "URL host invalid",
      "URL host invalid",
      "URL invalid, extra characters found after valid URL: ' y'",
      "URL port invalid, port cannot exceed 65535",
      "ensure this value has at least 1 characters",
    ]);
    const good = { name: "n", slug: "n", logo_url: " http://user:pw@münchen.de:80/ü?q#f", documentation_url: "http://[::1]:5/x" };
    expect(await me.must("POST", "/block_types/", good)).toMatchObject({
      logo_url: "http://user:pw@xn--mnchen-3ya.de/ü?q#f",
      documentation_url: "http://[::1]:5/x",
    });
  });
});

describe("block schemas", () => {
  it("are registered once a checksum and version, read and deleted", async () => {
    const me = await newTenant();
    const type = await makeType(me, "kind");
    const schema = await makeSchema(
      me,
      type,
      { properties: { a: { type: "number", default: 1 } } },
      { capabilities: ["b", "a"], version: "1" },
    );
    expect(schema.block_type).toEqual(type);
    const again = await me.post("/block_schemas/", { fields: schema.fields, block_type_id: type.id, version: "1", capabilities: ["x"] });
    expect([again.status, again.body, again.cost.roundTrips]).toEqual([200, schema, 1]);
    const second = await makeSchema(me, type, { properties: { a: { type: "number", default: 1 } } }, { version: "2" });
    expect(second.checksum).toBe(schema.checksum);
    expect((await me.get(`/block_schemas/checksum/${schema.checksum}`)).body).toEqual(second);
    expect((await me.get(`/block_schemas/checksum/${schema.checksum}?version=1`)).body).toEqual(schema);
    expect((await me.get(`/block_schemas/checksum/${schema.checksum}?version=3`)).status).toBe(404);

    const listed = async (filter: object) =>
      (await me.must("POST", "/block_schemas/filter", { block_schemas: { block_type_id: { any_: [type.id] }, ...filter } })).map(
        (s: Body) => s.version,
      );
    expect(await listed({})).toEqual(["2", "1"]);
    expect(await listed({ block_capabilities: { all_: ["a"] } })).toEqual(["1"]);
    expect(await listed({ block_capabilities: { all_: ["a", "c"] } })).toEqual([]);
    expect(await me.must("POST", "/block_types/filter", { block_schemas: { block_capabilities: { all_: ["a", "b"] } } })).toEqual([type]);
    expect((await me.get("/block_capabilities/")).body.sort()).toEqual(expect.arrayContaining(["a", "b"]));

    expect((await me.delete(`/block_schemas/${schema.id}`)).status).toBe(204);
    expect((await me.delete(`/block_schemas/${schema.id}`)).body).toEqual({ detail: "Block schema not found" });
    const unknown = crypto.randomUUID();
    expect((await me.post("/block_schemas/", { block_type_id: unknown })).body).toEqual({ detail: `Block type ${unknown} not found.` });
  });

  it("bring the schemas nested in them along, and are read with them in one round trip", async () => {
    const me = await newTenant();
    const [a, b, c] = [await makeType(me, "a"), await makeType(me, "b"), await makeType(me, "c")];
    const inner = await makeSchema(me, a, { properties: { x: { type: "string" } } });
    await me.must("DELETE", `/block_schemas/${inner.id}`);
    const middle = await makeSchema(me, b, holding("in", inner));
    const { definitions, ...middleFields } = middle.fields;
    const outer = await makeSchema(me, c, { ...holding("mid", middle), definitions: { ...definitions, b: middleFields } });
    const read = await me.get(`/block_schemas/${outer.id}`);
    expect([read.body, read.cost.roundTrips]).toEqual([outer, 1]);
    // The innermost was registered anew, under the middle one.
    const registered = await me.must("POST", "/block_schemas/filter", { block_schemas: { block_type_id: { any_: [a.id] } } });
    expect(registered).toMatchObject([{ checksum: inner.checksum, version: "non-versioned" }]);

    const missing = {
      properties: { d: { $ref: "#/definitions/d" } },
      block_schema_references: { d: { block_type_slug: "d", block_schema_checksum: "x" } },
    };
    const refused = await me.post("/block_schemas/", { fields: missing, block_type_id: a.id });
    expect([refused.status, refused.body]).toEqual([
      409,
      { detail: "Cannot create block schema because block type 'd' was not found.Did you forget to register the block type?" },
    ]);
  });

  it("are registered once when several register them together", async () => {
    const me = await newTenant();
    const type = await makeType(me, "kind");
    const made = await Promise.all([1, 2, 3, 4].map(() => me.post("/block_schemas/", { fields: { title: "k" }, block_type_id: type.id })));
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
    expect(made.map(({ status }) => status).filter((status) => status === 201)).toHaveLength(1);
  });
});
