import { describe, expect, it } from "vitest";
import { holding, MASK, makeDocument, makeSchema, makeType } from "./block-makers.ts";
import { type Body, newTenant } from "./tenant.ts";

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
