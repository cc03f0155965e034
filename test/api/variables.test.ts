import { describe, expect, it } from "vitest";
import { newTenant } from "./tenant.ts";

describe("variables", () => {
  it("are made, read, changed and deleted by id and by name", async () => {
    const me = await newTenant();
    const made = await me.post("/variables/", { name: "v_1", value: 5, tags: ["a"] });
    expect([made.status, made.body]).toEqual([
      201,
      { id: made.body.id, created: made.body.created, updated: made.body.updated, name: "v_1", value: "5", tags: ["a"] },
    ]);
    const { id } = made.body;
    expect((await me.get("/variables/name/v_1")).body).toEqual(made.body);
    const read = await me.get(`/variables/${id}`);
    expect([read.body, read.cost.roundTrips]).toEqual([made.body, 1]);
    expect((await me.patch("/variables/name/v_1", { name: "w", tags: [] })).status).toBe(204);
    expect((await me.patch(`/variables/${id}`, { value: "6" })).status).toBe(204);
    expect(await me.must("GET", "/variables/name/w")).toMatchObject({ id, value: "6", tags: [] });
    expect((await me.delete("/variables/name/w")).status).toBe(204);
    for (const answer of [
      await me.get(`/variables/${id}`),
      await me.delete(`/variables/${id}`),
      await me.patch("/variables/name/w", {}),
      await me.get("/variables/name/w"),
    ]) {
      expect([answer.status, answer.body]).toEqual([404, { detail: "Variable not found." }]);
    }
  });

  it("refuse taken and bad names, long values, nulls", async () => {
    const me = await newTenant();
    const v = await me.must("POST", "/variables/", { name: "v", value: "1" });
    await me.must("POST", "/variables/", { name: "w", value: "1" });
    const problem = async (body: unknown) => {
      const { exception_detail: places } = (await me.post("/variables/", body)).body;
      return places?.map(({ loc, msg }: { loc: string[]; msg: string }) => [loc.at(-1), msg]);
    };
    expect((await me.post("/variables/", { name: "v", value: "2" })).body.detail).toContain("Data integrity conflict.");
    expect((await me.patch("/variables/name/w", { name: "v" })).status).toBe(409);
    expect((await me.patch(`/variables/${v.id}`, { value: null })).status).toBe(409);
    expect((await me.patch(`/variables/${v.id}`, { name: null })).body.exception_detail[0].msg).toBe(
      "expected string or bytes-like object, got 'NoneType'",
    );
    expect(await problem({ name: "Has-dash", value: "1" })).toEqual([
      ["name", "Variable name must only contain lowercase letters, numbers, and underscores."],
    ]);
    expect(await problem({ name: "x".repeat(256), value: "x".repeat(5001) })).toEqual([
      ["name", "ensure this value has at most 255 characters"],
      ["value", "ensure this value has at most 5000 characters"],
    ]);
    expect(await problem({ name: "x", value: "😀".repeat(5000) })).toBeUndefined();
    // A text that is no id is no path of a variable.
    for (const method of ["GET", "PATCH", "DELETE", "PUT"])
      expect((await me.call(method, "/variables/x", method === "GET" ? undefined : {})).body).toEqual({ detail: "Not Found" });
    expect((await me.put(`/variables/${v.id}`, {})).status).toBe(405);
  });

  it("are filtered, sorted and counted", async () => {
    const me = await newTenant();
    for (const [name, value, tags] of [
      ["a", "One", ["red", "blue"]],
      ["b", "two", ["red"]],
      ["c", "two", []],
    ] as const)
      await me.must("POST", "/variables/", { name, value, tags });
    const found = async (variables: unknown, more = {}) =>
      (await me.must("POST", "/variables/filter", { variables, ...more })).map((v: { name: string }) => v.name);
    expect(await found({ value: { like_: "ONE" } })).toEqual(["a"]);
    expect(await found({ value: { any_: ["two"] }, tags: { is_null_: true } })).toEqual(["c"]);
    expect(await found({ tags: { all_: ["red"] } }, { sort: "NAME_DESC" })).toEqual(["b", "a"]);
    expect(await found({ operator: "or_", name: { any_: ["c"] }, tags: { all_: ["blue"] } })).toEqual(["a", "c"]);
    expect(await found({}, { sort: "CREATED_DESC", limit: 1 })).toEqual(["c"]);
    expect(await me.must("POST", "/variables/count", { variables: { tags: { is_null_: false } } })).toBe(2);
    expect(await me.must("POST", "/variables/count")).toBe(3);
  });
});
