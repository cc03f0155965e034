import { describe, expect, it } from "vitest";
import { newTenant } from "./tenant.ts";

const ID = "00000000-0000-4000-8000-00000000000a";
const JSON_TYPE = { "content-type": "application/json" };

describe("the server's own routes", () => {
  it("show signs of life, the version and the settings", async () => {
    const me = await newTenant();
    expect(await me.must("GET", "/hello")).toBe("👋");
    expect(await me.must("GET", "/ready")).toEqual({ message: "OK" });
    expect(await me.must("GET", "/admin/version")).toMatch(/^2\.20\.\d+$/);
    expect(await me.must("GET", "/admin/settings")).toMatchObject({ PREFECT_API_DEFAULT_LIMIT: 200, PREFECT_EXPERIMENTAL_EVENTS: false });
    expect((await me.get("/csrf-token?client=x")).body).toEqual({ detail: "CSRF protection is disabled." });
    expect((await me.get("/csrf-token")).body.exception_detail).toEqual([
      { loc: ["query", "client"], msg: "field required", type: "value_error.missing" },
    ]);
  });

  it("let nobody touch the database", async () => {
    const me = await newTenant();
    await me.must("POST", "/variables/", { name: "v", value: "1" });
    for (const change of ["clear", "drop", "create"]) {
      for (const body of [undefined, {}, { confirm: false }]) {
        const answer = await me.post(`/admin/database/${change}`, body);
        expect([answer.status, answer.body]).toEqual([400, null]);
      }
      const confirmed = await me.post(`/admin/database/${change}`, { confirm: true });
      expect([change, confirmed.status]).toEqual([change, change === "create" ? 204 : 403]);
    }
    expect(await me.must("GET", "/variables/name/v")).toMatchObject({ value: "1" });
  });

  it("say that events and automations are off, whatever is asked of them", async () => {
    const me = await newTenant();
    for (const [method, path] of [
      ["POST", "/events"],
      ["POST", "/events/filter"],
      ["GET", "/events/filter/next"],
      ["POST", "/events/count-by/day"],
    ] as const) {
      expect((await me.call(method, path, method === "GET" ? undefined : [])).body).toEqual({
        detail: "Events are not enabled. Please enable the PREFECT_EXPERIMENTAL_EVENTS setting.",
      });
    }
    for (const [method, path] of [
      ["POST", "/automations/"],
      ["POST", "/automations/filter"],
      ["POST", "/automations/count"],
      ["GET", `/automations/${ID}`],
      ["PUT", `/automations/${ID}`],
      ["PATCH", `/automations/${ID}`],
      ["DELETE", `/automations/${ID}`],
      ["GET", "/automations/related-to/a.b"],
      ["DELETE", "/automations/owned-by/a.b"],
    ] as const) {
      const answer = await me.call(method, path, method === "GET" || method === "DELETE" ? undefined : {});
      expect([path, answer.status, answer.body.detail]).toEqual([path, 404, expect.stringContaining("Automations are not enabled.")]);
    }
    expect((await me.post("/events", "{", JSON_TYPE)).status).toBe(422);
    expect((await me.get("/automations/x")).body).toEqual({ detail: "Not Found" });
  });

  it("check forms and templates", async () => {
    const me = await newTenant();
    await me.must("GET", "/hello");
    const schema = { type: "object", properties: { x: { type: "integer" } }, required: ["x"] };
    const free = await me.post("/ui/schemas/validate", { schema, values: { x: 1 } });
    expect([free.body, free.cost.roundTrips]).toEqual([{ errors: [], valid: true }, 0]);
    expect(await me.must("POST", "/ui/schemas/validate", { schema, values: {} })).toEqual({
      errors: [{ property: "x", errors: ["'x' is a required property"] }],
      valid: false,
    });
    await me.must("POST", "/variables/", { name: "v", value: "no number" });
    const variable = (name: string) => ({ x: { __prefect_kind: "workspace_variable", variable_name: name } });
    const named = await me.post("/ui/schemas/validate", { schema, values: variable("v") });
    expect([named.body.errors, named.cost.roundTrips]).toEqual([[{ property: "x", errors: ["'no number' is not of type 'integer'"] }], 1]);
    expect((await me.must("POST", "/ui/schemas/validate", { schema, values: variable("w") })).errors[0].errors).toEqual([
      "Variable 'w' not found in workspace.",
    ]);
    expect((await me.post("/ui/schemas/validate", { schema: { type: 5 }, values: {} })).status).toBe(422);
    for (const template of ["{{ x }}", "", null])
      expect((await me.post("/templates/validate", JSON.stringify(template), JSON_TYPE)).status).toBe(204);
    expect((await me.post("/templates/validate")).status).toBe(204);
    expect((await me.post("/templates/validate", '"a\\n{{ x"', JSON_TYPE)).body).toEqual({
      error: { line: 2, message: "unexpected end of template, expected 'end of print statement'.", source: "a\n{{ x" },
    });
  });
});

describe("bodies and paths", () => {
  it("that are no JSON are told where, as Python tells it", async () => {
    const me = await newTenant();
    const send = (text: string | Uint8Array, type?: string) =>
      me.call("POST", "/flows/", text as string, type === undefined ? JSON_TYPE : { "content-type": type });
    const broken = await send('{"name":\n "😀" x}');
    expect(broken.body).toEqual({
      exception_message: "Invalid request received.",
      exception_detail: [
        {
          loc: ["body", 14],
          msg: "Expecting ',' delimiter: line 2 column 6 (char 14)",
          type: "value_error.jsondecode",
          ctx: { msg: "Expecting ',' delimiter", doc: '{"name":\n "😀" x}', pos: 14, lineno: 2, colno: 6 },
        },
      ],
      request_body: '{"name":\n "😀" x}',
    });
    for (const text of [`{"name": ${"[".repeat(1000)}${"]".repeat(1000)}}`, '{"name": NaN}']) {
      expect((await send(text)).body).toEqual({ detail: "There was an error parsing the body" });
    }
    expect((await send(`{"name": ${"[".repeat(900)}${"]".repeat(900)}}`)).status).toBe(422);
    expect((await send('\ufeff{"name": "f"}')).status).toBe(201);
    const text = await send('{"name": "f"}', "text/plain");
    expect([text.body.exception_detail, text.body.request_body]).toEqual([
      [{ loc: ["body"], msg: "value is not a valid dict", type: "type_error.dict" }],
      '{"name": "f"}',
    ]);
    expect((await send('{"name": "f"}', "application/vnd.x+json; a=b")).status).toBe(200);
  });

  it("that are missing, null or of another kind are read as FastAPI and pydantic read them", async () => {
    const me = await newTenant();
    const places = async (path: string, body?: string) =>
      (await me.post(path, body, JSON_TYPE)).body.exception_detail?.map(
        ({ loc, msg }: { loc: string[]; msg: string }) => `${loc.join(".")}: ${msg}`,
      );
    expect(await places("/flows/")).toEqual(["body: field required"]);
    expect(await places("/flows/", "null")).toEqual(["body: field required"]);
    expect(await places("/flows/", "[]")).toEqual(["body.name: field required"]);
    expect(await places("/flows/", "2.0")).toEqual(["body: value is not a valid dict"]);
    expect(await places("/logs/", "{}")).toEqual(["body: value is not a valid list"]);
    expect(await places("/variables/filter", "2.0")).toEqual([
      "body.limit: field required",
      "body.offset: field required",
      "body.variables: field required",
      "body.sort: field required",
    ]);
    expect(await places("/variables/filter", '{"limit": null, "sort": null, "variables": []}')).toBeUndefined();
    expect(await places("/variables/filter", '{"variables": {"name": "", "tags": []}}')).toBeUndefined();
    expect(await places("/v2/concurrency_limits/increment", '{"slots": 1, "names": ""}')).toEqual([
      "body.names: value is not a valid list",
    ]);
    expect((await me.must("POST", "/concurrency_limits/", { tag: 1.5, concurrency_limit: "7" })).tag).toBe("1.5");
    expect(await places("/block_types/", '{"name": "n", "slug": "n", "logo_url": 1e3}')).toEqual([
      "body.logo_url: invalid or missing URL scheme",
    ]);
    expect((await me.call("POST", "/variables/", '{"name": "v", "value": 1e3}', JSON_TYPE)).body.value).toBe("1000.0");
  });

  it("are redirected to the final slash they want, and refused when there is none", async () => {
    const me = await newTenant();
    for (const [path, location] of [
      ["/flows?x=1", "/api/flows/?x=1"],
      ["/flows/filter/", "/api/flows/filter"],
      [`/variables/${ID}/`, `/api/variables/${ID}`],
    ]) {
      const answer = await me.post(path ?? "", {});
      expect([path, answer.status, answer.headers.get("location")]).toEqual([path, 307, location]);
    }
    for (const path of ["/nope", "/nope/", "/", "/flows/a/b"])
      expect([path, (await me.get(path)).body]).toEqual([path, { detail: "Not Found" }]);
    const wrong = await me.put("/flows/", {});
    expect([wrong.status, wrong.body, wrong.headers.get("allow")]).toEqual([405, { detail: "Method Not Allowed" }, "POST"]);
    // An id of these is no id at all where it is not spelled as one.
    for (const [method, path, status] of [
      ["GET", "/block_documents/filter", 405],
      ["PUT", `/block_documents/${ID}`, 405],
      ["PUT", "/block_documents/x", 404],
      ["GET", "/variables/filter", 405],
    ] as const)
      expect([method, path, (await me.call(method, path)).status]).toEqual([method, path, status]);
  });
});
