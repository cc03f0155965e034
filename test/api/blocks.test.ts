import { env } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { TenantId } from "../../src/domain/ids.ts";
import { Secrets } from "../../src/storage/secrets.ts";
import { type Body, type Client, newTenant } from "./tenant.ts";

const MASK = "********";

const makeType = (me: Client, slug: string, more = {}): Promise<Body> => me.must("POST", "/block_types/", { name: slug, slug, ...more });

function makeSchema(me: Client, type: Body, fields: object = {}, more = {}): Promise<Body> {
  const body = {
    title: type.name,
    type: "object",
    properties: {},
    block_type_slug: type.slug,
    secret_fields: [],
    block_schema_references: {},
    ...fields,
  };
  return me.must("POST", "/block_schemas/", { fields: body, block_type_id: type.id, ...more });
}

const makeDocument = (me: Client, schema: Body, name: string, data: object, more = {}): Promise<Body> =>
  me.must("POST", "/block_documents/", { name, data, block_schema_id: schema.id, block_type_id: schema.block_type_id, ...more });

const refTo = (document: Body) => ({ $ref: { block_document_id: document.id } });

/** The schema of a block that holds a block of another schema under `name`. */
const holding = (name: string, child: Body) => ({
  properties: { [name]: { $ref: `#/definitions/${child.fields.title}` } },
  block_schema_references: { [name]: { block_type_slug: child.block_type.slug, block_schema_checksum: child.checksum } },
  definitions: { [child.fields.title]: child.fields },
});

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

describe("block documents", () => {
  it("are saved, masked, merged and replaced", async () => {
    const me = await newTenant();
    const schema = await makeSchema(me, await makeType(me, "kind"), { secret_fields: ["token", "deep.key", "all.*"] });
    const data = { token: "t", deep: { key: 5, open: "o" }, all: { a: 1, b: { c: null } }, list: [1, { x: null }], big: null };
    const created = await me.post(
      "/block_documents/",
      JSON.stringify({ name: "doc", data, block_schema_id: schema.id, block_type_id: schema.block_type_id }).replace(
        '"big":null',
        '"big":12345678901234567890.10',
      ),
    );
    expect([created.status, created.cost.roundTrips]).toEqual([201, 1]);
    const masked = { token: MASK, deep: { key: MASK, open: "o" }, all: { a: MASK, b: { c: MASK } }, list: [1, { x: null }] };
    expect(created.body).toMatchObject({
      data: masked,
      block_schema: schema,
      block_type_name: "kind",
      block_document_references: {},
      is_anonymous: false,
    });
    const path = `/block_documents/${created.body.id}`;
    const read = await me.get(path);
    expect([read.body, read.cost.roundTrips]).toEqual([created.body, 1]);
    const open = await me.get(`${path}?include_secrets=true`);
    expect(open.body.data).toMatchObject({ token: "t", deep: { key: 5 }, all: { a: 1, b: { c: null } } });
    expect(JSON.stringify(open.body.data)).toContain("12345678901234567890.10");

    const change = await me.patch(path, { data: { ...masked, list: [2], more: 1 } });
    expect([change.status, change.cost.roundTrips]).toEqual([204, 2]);
    const merged = (await me.get(`${path}?include_secrets=1`)).body;
    expect(merged.data).toMatchObject({ token: "t", deep: { key: 5, open: "o" }, all: { a: 1, b: { c: null } }, list: [2], more: 1 });
    expect(merged.updated > merged.created).toBe(true);
    await me.must("PATCH", path, { data: { token: MASK }, merge_existing_data: false });
    expect((await me.get(`${path}?include_secrets=1`)).body.data).toEqual({ token: "t" });
    expect((await me.patch(path, { block_schema_id: crypto.randomUUID() })).cost.written).toBe(0);

    expect((await me.delete(path)).status).toBe(204);
    for (const answer of [await me.get(path), await me.delete(path), await me.patch(path, { data: {} })]) {
      expect([answer.status, answer.body]).toEqual([404, { detail: "Block document not found" }]);
    }
    expect((await me.get("/block_documents/x")).body).toEqual({ detail: "Not Found" });
  });

  it("are refused with the real server's texts", async () => {
    const me = await newTenant();
    const schema = await makeSchema(me, await makeType(me, "kind"));
    const body = { name: "doc", data: {}, block_schema_id: schema.id, block_type_id: schema.block_type_id };
    await me.must("POST", "/block_documents/", body);
    expect((await me.post("/block_documents/", body)).body).toEqual({ detail: "Block already exists" });
    const nameless = { loc: ["body", "__root__"], msg: "Names must be provided for block documents.", type: "value_error" };
    expect((await me.post("/block_documents/", { ...body, name: null })).body.exception_detail).toEqual([nameless]);
    expect((await me.post("/block_documents/", { ...body, name: "A B", data: 5, is_anonymous: "?", z: 1 })).body.exception_detail).toEqual([
      { loc: ["body", "name"], msg: "Block document name must only contain lowercase letters, numbers, and dashes.", type: "value_error" },
      { loc: ["body", "data"], msg: "value is not a valid dict", type: "type_error.dict" },
      { loc: ["body", "is_anonymous"], msg: "value could not be parsed to a boolean", type: "type_error.bool" },
      { loc: ["body", "z"], msg: "extra fields not permitted", type: "value_error.extra" },
      nameless,
    ]);
    expect((await me.post("/block_documents/", { ...body, name: "b", block_schema_id: crypto.randomUUID() })).status).toBe(409);
    expect((await me.post("/block_documents/", { ...body, name: "c", data: { x: "a".repeat(1024 * 1024) } })).status).toBe(413);
    const other = await makeSchema(me, await makeType(me, "other"));
    const { id } = await makeDocument(me, schema, "d", {});
    expect((await me.patch(`/block_documents/${id}`, { data: {}, block_schema_id: other.id })).body).toEqual({
      detail: "Must migrate block document to a block schema of the same block type.",
    });
  });

  it("hold other documents, read with them in one round trip however deep", async () => {
    const me = await newTenant();
    const a = await makeSchema(me, await makeType(me, "a"), { secret_fields: ["token"] });
    const b = await makeSchema(me, await makeType(me, "b"));
    let document = await makeDocument(me, a, "leaf", { token: "s", n: 0 });
    const leaf = document;
    for (let depth = 1; depth <= 6; depth += 1)
      document = await makeDocument(me, b, `d${depth}`, { child: refTo(document), leaf: refTo(leaf), depth });
    const read = await me.get(`/block_documents/${document.id}`);
    expect(read.cost.roundTrips).toBe(1);
    expect(read.body.data).toMatchObject({
      depth: 6,
      leaf: { token: MASK },
      child: { depth: 5, child: { depth: 4, child: { child: { child: { child: { token: MASK, n: 0 } } } } } },
    });
    const { child } = read.body.block_document_references;
    expect(child.block_document).toMatchObject({ name: "d5", is_anonymous: false, block_type: { slug: "b" } });
    expect(child.block_document.block_document_references.child.block_document.name).toBe("d4");

    const path = `/block_documents/${document.id}`;
    expect((await me.patch(path, { data: { x: refTo(document) } })).status).toBe(400);
    expect((await me.patch(path, { data: { x: { $ref: {} } } })).body).toEqual({
      detail: "Received block reference without a block_document_id in key x",
    });
    expect((await me.patch(path, { data: { x: { $ref: { block_document_id: crypto.randomUUID() } } } })).status).toBe(409);
    await me.must("PATCH", `/block_documents/${leaf.id}`, { data: { n: 1 } });
    await me.must("PATCH", path, { data: { leaf: refTo(leaf), child: { plain: true } } });
    expect((await me.get(`${path}?include_secrets=true`)).body.data).toEqual({
      depth: 6,
      leaf: { token: "s", n: 1 },
      child: { plain: true },
    });
    await me.must("DELETE", `/block_documents/${leaf.id}`);
    expect((await me.get(path)).body).toMatchObject({ data: { depth: 6, child: { plain: true } }, block_document_references: {} });
  });

  it("are refused when they hold more than can be put together", async () => {
    const me = await newTenant();
    const schema = await makeSchema(me, await makeType(me, "kind"));
    let document = await makeDocument(me, schema, "d0", {});
    for (let depth = 1; depth <= 12; depth += 1)
      document = await makeDocument(me, schema, `d${depth}`, { a: refTo(document), b: refTo(document) });
    const answer = await me.post("/block_documents/", {
      name: "d13",
      data: { a: refTo(document), b: refTo(document) },
      block_schema_id: schema.id,
      block_type_id: schema.block_type_id,
    });
    expect([answer.status, answer.body]).toEqual([413, { detail: "These blocks hold others in more than 10000 places." }]);
    expect((await me.get("/block_types/slug/kind/block_documents/name/d13")).status).toBe(404);
    expect(
      (
        await me.patch(`/block_documents/${document.id}`, {
          data: Object.fromEntries(["a", "b", "c"].map((name) => [name, refTo(document)])),
        })
      ).status,
    ).toBe(413);
    // A nested document that grows later: what holds it can no longer be put together, but still be deleted.
    const [leaf, more] = [
      (await me.get("/block_types/slug/kind/block_documents/name/d0")).body,
      await makeDocument(me, schema, "more", {}),
    ];
    await me.must("PATCH", `/block_documents/${leaf.id}`, { data: { x: refTo(more), y: refTo(more) } });
    expect((await me.get(`/block_documents/${document.id}`)).status).toBe(413);
    await me.must("DELETE", `/block_documents/${document.id}`);
    const block_schema_references = Object.fromEntries(
      Array.from({ length: 201 }, (_, n) => [`f${n}`, { block_type_slug: "kind", block_schema_checksum: "x" }]),
    );
    expect((await me.post("/block_schemas/", { fields: { block_schema_references }, block_type_id: schema.block_type_id })).status).toBe(
      413,
    );
  });

  it("are listed and counted in one round trip, without the anonymous ones unless asked for", async () => {
    const me = await newTenant();
    const [x, y] = [
      await makeSchema(me, await makeType(me, "x"), {}, { capabilities: ["cap"] }),
      await makeSchema(me, await makeType(me, "y")),
    ];
    for (const name of ["b", "c", "a"]) await makeDocument(me, x, name, { name });
    await makeDocument(me, y, "b", {});
    const anonymous = await me.must("POST", "/block_documents/", {
      data: {},
      block_schema_id: y.id,
      block_type_id: y.block_type_id,
      is_anonymous: true,
    });
    expect(anonymous.name).toMatch(/^anonymous-[0-9a-f-]{36}$/);
    const names = async (body: object) =>
      (await me.must("POST", "/block_documents/filter", body)).map((d: Body) => `${d.block_type_name}/${d.is_anonymous ? "?" : d.name}`);
    expect(await names({ sort: "BLOCK_TYPE_AND_NAME_ASC" })).toEqual(["x/a", "x/b", "x/c", "y/b"]);
    expect((await names({ sort: "NAME_DESC" })).slice(0, 1)).toEqual(["x/c"]);
    expect(await names({ block_types: { slug: { any_: ["x"] } }, limit: 1, offset: 1 })).toEqual(["x/b"]);
    expect(await names({ block_schemas: { block_capabilities: { all_: ["cap"] } }, block_documents: { name: { like_: "C" } } })).toEqual([
      "x/c",
    ]);
    expect(await names({ block_documents: { is_anonymous: { eq_: true } } })).toEqual(["y/?"]);
    expect(await names({ block_documents: { is_anonymous: null }, block_types: { name: { like_: "y" } } })).toEqual(["y/?", "y/b"]);
    const list = await me.post("/block_documents/filter", { include_secrets: true });
    expect([list.body.length, list.cost.roundTrips]).toEqual([4, 1]);
    const count = await me.post("/block_documents/count", { block_types: { slug: { any_: ["x"] } } });
    expect([count.body, count.cost.roundTrips]).toEqual([3, 1]);
    const ofType = await me.get("/block_types/slug/x/block_documents");
    expect([ofType.body.map((d: Body) => d.name), ofType.cost.roundTrips]).toEqual([["a", "b", "c"], 1]);
    expect((await me.get("/block_types/slug/none/block_documents")).body).toEqual({ detail: "Block type not found" });
    expect((await me.get("/block_types/slug/x/block_documents/name/c")).body.data).toEqual({ name: "c" });
    expect((await me.get("/block_types/slug/y/block_documents/name/c")).body).toEqual({ detail: "Block document not found" });
  });

  it("keep concurrent changes", async () => {
    const me = await newTenant();
    const { id } = await makeDocument(me, await makeSchema(me, await makeType(me, "kind")), "doc", {});
    const answers = await Promise.all([1, 2, 3, 4].map((n) => me.patch(`/block_documents/${id}`, { data: { [`k${n}`]: n } })));
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204]);
    expect((await me.get(`/block_documents/${id}`)).body.data).toEqual({ k1: 1, k2: 2, k3: 3, k4: 4 });
  });

  it("are encrypted at rest, each for its own tenant and document", async () => {
    const [me, other] = [await newTenant(), await newTenant()];
    const save = async (client: Client, name: string, data: object) =>
      makeDocument(client, await makeSchema(client, await makeType(client, name)), name, data);
    const mine = await save(me, "mine", { token: "hunter2-hunter2" });
    const big = await save(me, "big", { token: "hunter2-hunter2".repeat(20_000) });
    const theirs = await save(other, "theirs", { token: "other" });
    const { results } = await env.DB_0.prepare("SELECT * FROM block_documents").all<{ id: string; data: string }>();
    expect(JSON.stringify(results)).not.toContain("hunter2");
    const stored = new Map(results.map(({ id, data }) => [id, JSON.parse(data)]));
    expect(stored.get(mine.id)).toMatch(/^v1:[A-Za-z0-9+/]{16}:[A-Za-z0-9+/=]+$/);
    const object = await env.STORAGE.get(`tenants/${me.workspaceId}/bodies/${Object.values(stored.get(big.id))[0]}`);
    expect((await object?.text())?.startsWith('"v1:')).toBe(true);
    expect((await me.get(`/block_documents/${big.id}`)).body.data).toEqual(big.data);

    const move = (data: string, id: string) =>
      env.DB_0.prepare("UPDATE block_documents SET data = ? WHERE id = ?").bind(JSON.stringify(data), id).run();
    await move(stored.get(mine.id), theirs.id);
    expect((await other.get(`/block_documents/${theirs.id}?include_secrets=true`)).status).toBe(500);
    await move(stored.get(mine.id), big.id);
    expect((await me.get(`/block_documents/${big.id}?include_secrets=true`)).status).toBe(500);

    const key = new Uint8Array(32).fill(7);
    const [a, b] = ["a", "b"].map((tenant) => new Secrets(key, tenant as TenantId));
    const text = (await a?.encrypt("d", { x: 1 })) ?? "";
    expect(await a?.decrypt("d", text)).toEqual({ x: 1 });
    expect(await a?.encrypt("d", { x: 1 })).not.toBe(text);
    for (const attempt of [a?.decrypt("e", text), b?.decrypt("d", text)]) await expect(attempt).rejects.toThrow();
  });
});

describe("standard block types", () => {
  const slugs =
    "azure docker-container docker-registry github gitlab-repository gcs kubernetes-job kubernetes-cluster-config process remote-file-system s3 smb local-file-system secret json string date-time webhook slack-webhook".split(
      " ",
    );

  it("are there for every tenant without a row, under ids of its own", async () => {
    const [me, other] = [await newTenant(), await newTenant()];
    await me.must("GET", "/block_types/slug/json");
    const types = await me.post("/block_types/filter", {});
    expect(types.cost).toMatchObject({ roundTrips: 1, written: 0 });
    expect(types.body.map((type: Body) => type.slug)).toEqual(expect.arrayContaining(slugs));
    expect(types.body.map((type: Body) => type.name)).toEqual(types.body.map((type: Body) => type.name).toSorted());
    const protectedSlugs = types.body.filter((type: Body) => type.is_protected).map((type: Body) => type.slug);
    expect(protectedSlugs.sort()).toEqual(["date-time", "json", "local-file-system", "process", "secret", "webhook"]);
    const secret = await me.must("GET", "/block_types/slug/secret");
    expect(await me.must("GET", `/block_types/${secret.id}`)).toEqual(secret);
    expect((await other.get("/block_types/slug/secret")).body.id).not.toBe(secret.id);
    expect((await other.get(`/block_types/${secret.id}`)).status).toBe(404);
    const page = await me.must("POST", "/block_types/filter", { block_types: { name: { like_: "webhook" } }, offset: 1, limit: 2 });
    expect(page.map((type: Body) => type.slug)).toEqual(["discord-webhook", "mattermost-webhook"]);
    const capable = await me.must("POST", "/block_types/filter", {
      block_schemas: { block_capabilities: { all_: ["run-infrastructure", "nope"] } },
    });
    expect(capable).toEqual([]);
    expect((await me.get("/block_capabilities/")).body).toEqual(
      expect.arrayContaining(["notify", "read-path", "write-path", "run-infrastructure"]),
    );
  });

  it("have schemas, read by id, checksum and filter, with those nested in them", async () => {
    const me = await newTenant();
    const type = await me.must("GET", "/block_types/slug/docker-container");
    const [schema] = await me.must("POST", "/block_schemas/filter", { block_schemas: { block_type_id: { any_: [type.id] } } });
    expect(schema).toMatchObject({ block_type: type, capabilities: ["run-infrastructure"] });
    expect(schema.fields.definitions.DockerRegistry.properties.password.format).toBe("password");
    expect((await me.get(`/block_schemas/${schema.id}`)).body).toEqual(schema);
    expect((await me.get(`/block_schemas/checksum/${schema.checksum}?version=${schema.version}`)).body).toEqual(schema);
    const again = await me.post("/block_schemas/", { fields: schema.fields, block_type_id: type.id, version: schema.version });
    expect([again.status, again.body]).toEqual([200, schema]);
    expect((await me.get("/block_schemas/checksum/x")).status).toBe(404);
  });

  it("get a row when they are first used or changed, which reads like before", async () => {
    const me = await newTenant();
    const type = await me.must("GET", "/block_types/slug/docker-container");
    const [schema] = await me.must("POST", "/block_schemas/filter", { block_schemas: { block_type_id: { any_: [type.id] } } });
    await makeDocument(me, schema, "box", { image: "x", image_registry: { password: "p" } });
    const read = (await me.get("/block_types/slug/docker-container/block_documents/name/box")).body;
    expect(read).toMatchObject({ data: { image_registry: { password: MASK } }, block_schema: schema, block_type: type });
    expect((await me.get(`/block_types/${type.id}`)).body).toEqual(type);
    expect((await me.get(`/block_schemas/${schema.id}`)).body).toEqual(schema);
    const all = await me.must("POST", "/block_schemas/filter", {});
    expect(new Set(all.map((each: Body) => each.id)).size).toBe(all.length);

    // As the client registers a block whose type exists: it updates the type and registers its own schema.
    const secret = await me.must("GET", "/block_types/slug/secret");
    await me.must("PATCH", `/block_types/${secret.id}`, { description: "mine" });
    expect((await me.get("/block_types/slug/secret")).body).toMatchObject({ id: secret.id, description: "mine", is_protected: true });
    const own = await makeSchema(me, secret, { secret_fields: ["value"] }, { version: "mine" });
    expect(own.block_type.description).toBe("mine");
    expect((await makeDocument(me, own, "s", { value: "v" })).data).toEqual({ value: MASK });
    const nested = await makeSchema(
      me,
      await makeType(me, "holder"),
      holding(
        "registry",
        (
          await me.must("POST", "/block_schemas/filter", {
            block_schemas: { block_type_id: { any_: [(await me.get("/block_types/slug/docker-registry")).body.id] } },
          })
        )[0],
      ),
    );
    expect((await me.get(`/block_schemas/${nested.id}`)).body).toEqual(nested);
    expect((await me.must("POST", "/block_types/filter", {})).filter((each: Body) => each.slug === "secret")).toHaveLength(1);
  });

  it("can be deleted unless protected, and registered anew", async () => {
    const me = await newTenant();
    const [json, s3] = [await me.must("GET", "/block_types/slug/json"), await me.must("GET", "/block_types/slug/s3")];
    const schemaOf = async (type: Body) =>
      (await me.must("POST", "/block_schemas/filter", { block_schemas: { block_type_id: { any_: [type.id] } } }))[0];
    expect((await me.post("/block_types/", { name: "Mine", slug: "s3" })).status).toBe(409);
    const [jsonSchema, s3Schema] = [await schemaOf(json), await schemaOf(s3)];
    for (const materialised of [false, true]) {
      if (materialised) await makeDocument(me, jsonSchema, "doc", {});
      expect((await me.delete(`/block_types/${json.id}`)).body).toEqual({ detail: "protected block types cannot be deleted." });
      expect((await me.delete(`/block_schemas/${jsonSchema.id}`)).body).toEqual({
        detail: "Block schemas for protected block types cannot be deleted.",
      });
    }
    await makeDocument(me, s3Schema, "bucket", {});
    await me.must("DELETE", `/block_types/${s3.id}`);
    for (const path of [
      `/block_types/${s3.id}`,
      "/block_types/slug/s3",
      `/block_schemas/${s3Schema.id}`,
      `/block_schemas/checksum/${s3Schema.checksum}`,
    ]) {
      expect((await me.get(path)).status).toBe(404);
    }
    expect((await me.delete(`/block_types/${s3.id}`)).status).toBe(404);
    expect((await me.post("/block_documents/", { name: "b", block_schema_id: s3Schema.id, block_type_id: s3.id })).status).toBe(409);
    expect(await me.must("POST", "/block_documents/count", {})).toBe(1);
    const anew = await me.must("POST", "/block_types/", { name: "S3", slug: "s3" });
    expect((await me.get("/block_types/slug/s3")).body).toEqual(anew);
    expect(await schemaOf(anew)).toBeUndefined();
    const gcs = await schemaOf(await me.must("GET", "/block_types/slug/gcs"));
    expect([(await me.delete(`/block_schemas/${gcs.id}`)).status, (await me.delete(`/block_schemas/${gcs.id}`)).status]).toEqual([
      204, 404,
    ]);
    expect(await me.must("POST", "/block_types/install_system_block_types")).toBeNull();
  });
});

describe("collections", () => {
  it("are views of the known workers and blocks", async () => {
    const me = await newTenant();
    const workers = await me.must("GET", "/collections/views/aggregate-worker-metadata");
    const types = Object.values<Body>(workers).flatMap((workersOf) => Object.keys(workersOf));
    expect(types).toEqual(expect.arrayContaining(["prefect-agent", "process", "docker", "kubernetes", "ecs"]));
    const template = workers.prefect.process.default_base_job_configuration;
    expect(Object.keys(template.job_configuration).sort()).toEqual(Object.keys(template.variables.properties).sort());
    const blocks = await me.must("GET", "/collections/views/aggregate-block-metadata");
    expect(blocks.prefect.block_types.secret.block_schema.fields.secret_fields).toEqual(["value"]);
    expect(blocks["prefect-gitlab"].block_types["gitlab-repository"].block_schema.fields.definitions.GitLabCredentials.title).toBe(
      "GitLabCredentials",
    );
    expect(await me.must("GET", "/collections/views/demo-flows")).toEqual({});
    expect((await me.get("/collections/views/nope")).body).toEqual({ detail: "View nope not found in registry" });
    expect((await me.get("/collections/views/toString")).status).toBe(404);
  });
});
