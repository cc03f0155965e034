import { describe, expect, it } from "vitest";
import { newTenant, send } from "./tenant.ts";

describe("flows", () => {
  it("are created once a name, read by id and name, changed and deleted", async () => {
    const me = await newTenant();
    const first = await me.post("/flows/", { name: "f", tags: ["a"] });
    expect(first.status).toBe(201);
    expect(first.body).toEqual({
      id: expect.any(String),
      created: expect.any(String),
      updated: expect.any(String),
      name: "f",
      tags: ["a"],
    });
    const second = await me.post("/flows/", { name: "f", tags: ["b"] });
    expect([second.status, second.body]).toEqual([200, first.body]);
    expect((await me.get("/flows/name/f")).body).toEqual(first.body);
    expect((await me.patch(`/flows/${first.body.id}`, { tags: ["c"] })).status).toBe(204);
    const read = await me.get(`/flows/${first.body.id.toUpperCase()}`);
    expect(read.body.tags).toEqual(["c"]);
    expect(read.cost.roundTrips).toBe(1);
    expect((await me.delete(`/flows/${first.body.id}`)).status).toBe(204);
    expect((await me.get(`/flows/${first.body.id}`)).status).toBe(404);
  });

  it("report every invalid place in pydantic's words", async () => {
    const me = await newTenant();
    const answer = await me.patch("/flows/xx", { name: "x", tags: 5 });
    expect(answer.status).toBe(422);
    expect(answer.body).toEqual({
      exception_message: "Invalid request received.",
      exception_detail: [
        { loc: ["path", "id"], msg: "value is not a valid uuid", type: "type_error.uuid" },
        { loc: ["body", "tags"], msg: "value is not a valid list", type: "type_error.list" },
        { loc: ["body", "name"], msg: "extra fields not permitted", type: "value_error.extra" },
      ],
      request_body: { name: "x", tags: 5 },
    });
    expect((await me.post("/flows/", {})).body.exception_detail).toEqual([
      { loc: ["body", "name"], msg: "field required", type: "value_error.missing" },
    ]);
    expect((await me.post("/flows/", { name: "a/b" })).status).toBe(422);
  });

  it("are filtered, sorted and counted", async () => {
    const me = await newTenant();
    for (const [name, tags] of [
      ["one", ["red"]],
      ["two", ["red", "blue"]],
      ["three", []],
    ] as const)
      await me.must("POST", "/flows/", { name, tags });
    const names = async (flows: unknown, more = {}) =>
      (await me.must("POST", "/flows/filter", { flows, ...more })).map((f: { name: string }) => f.name);
    expect(await names({ tags: { all_: ["red"] } })).toEqual(["one", "two"]);
    expect(await names({ tags: { is_null_: true } })).toEqual(["three"]);
    expect(await names({ name: { like_: "T" } }, { sort: "NAME_DESC" })).toEqual(["two", "three"]);
    expect(await names({ name: { like_: "_h" } })).toEqual(["three"]);
    expect(await names({ operator: "or_", name: { any_: ["one"] }, tags: { all_: ["blue"] } })).toEqual(["one", "two"]);
    // The criteria of a name belong together, and one with nothing in it is met by all.
    expect(await names({ operator: "or_", name: { any_: ["one"], like_: "w" }, tags: { all_: ["blue"] } })).toEqual(["two"]);
    const all = await names({});
    for (const empty of [{ name: {} }, { tags: {} }, { deployment: {} }, { id: {} }])
      expect(await names({ operator: "or_", ...(empty.id ? { name: { any_: [] } } : { id: { any_: [] } }), ...empty })).toEqual(all);
    expect(await names({}, { limit: 1, offset: 1 })).toEqual(["three"]);
    expect(await me.must("POST", "/flows/count")).toBe(3);
    // A limit out of bounds is refused before anything else is looked at.
    expect((await me.post("/flows/filter", { limit: 201, sort: "NOPE" })).body).toEqual({
      detail: "Invalid limit: must be less than or equal to 200.",
    });
  });

  it("need a key", async () => {
    const answer = await send(new Request("http://slipway.test/api/flows/filter", { method: "POST" }));
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    expect((await (await newTenant()).call("PUT", "/flows/")).status).toBe(405);
  });
});
