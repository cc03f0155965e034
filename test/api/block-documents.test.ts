import { env } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { TenantId } from "../../src/domain/ids.ts";
import { Secrets } from "../../src/storage/secrets.ts";
import { MASK, makeDocument, makeSchema, makeType, refTo } from "./block-makers.ts";
import { type Body, type Client, newTenant } from "./tenant.ts";

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
