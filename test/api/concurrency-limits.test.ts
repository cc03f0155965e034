import { env } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { settle } from "../../src/domain/concurrency.ts";
import { type Client, newTenant } from "./tenant.ts";

const HOLDER = "00000000-0000-4000-8000-00000000000a";

describe("limits on tags", () => {
  it("are set, changed, read, reset and deleted", async () => {
    const me = await newTenant();
    await me.must("GET", "/hello");
    const made = await me.post("/concurrency_limits/", { tag: "t", concurrency_limit: 2 });
    expect([made.status, made.body, made.cost.roundTrips]).toEqual([
      200,
      { ...made.body, tag: "t", concurrency_limit: 2, active_slots: [] },
      1,
    ]);
    const reset = await me.post("/concurrency_limits/tag/t/reset", { slot_override: [HOLDER.toUpperCase()] });
    expect([reset.status, reset.body]).toEqual([200, null]);
    expect(await me.must("POST", "/concurrency_limits/", { tag: "t", concurrency_limit: 5 })).toMatchObject({
      id: made.body.id,
      created: made.body.created,
      concurrency_limit: 5,
      active_slots: [HOLDER],
    });
    await me.must("POST", "/concurrency_limits/tag/t/reset");
    expect((await me.must("GET", `/concurrency_limits/${made.body.id}`)).active_slots).toEqual([]);
    await me.must("POST", "/concurrency_limits/", { tag: "a/b", concurrency_limit: 1 });
    expect((await me.must("POST", "/concurrency_limits/filter", {})).map(({ tag }: { tag: string }) => tag)).toEqual(["a/b", "t"]);
    expect((await me.get("/concurrency_limits/tag/a%2Fb")).body.tag).toBe("a/b");
    expect((await me.delete("/concurrency_limits/tag/t")).body).toBeNull();
    for (const answer of [
      await me.get(`/concurrency_limits/${made.body.id}`),
      await me.delete("/concurrency_limits/tag/t"),
      await me.post("/concurrency_limits/tag/t/reset", {}),
    ]) {
      expect([answer.status, answer.body]).toEqual([404, { detail: "Concurrency limit not found" }]);
    }
    expect(
      (await me.post("/concurrency_limits/", { tag: null, concurrency_limit: "many", nope: 1 })).body.exception_detail.map(
        ({ loc }: { loc: string[] }) => loc[1],
      ),
    ).toEqual(["tag", "concurrency_limit", "nope"]);
  });
});

describe("global limits", () => {
  const take = (me: Client, names: string[], slots = 1, more = {}) =>
    me.post("/v2/concurrency_limits/increment", { names, slots, ...more });
  const give = (me: Client, names: string[], slots = 1, more = {}) =>
    me.must("POST", "/v2/concurrency_limits/decrement", { names, slots, ...more });
  const make = (me: Client, name: string, limit: number, more = {}) => me.must("POST", "/v2/concurrency_limits/", { name, limit, ...more });
  const taken = async (me: Client, name: string) => (await me.must("GET", `/v2/concurrency_limits/${name}`)).active_slots;
  const rowOf = async (me: Client, name: string) =>
    await env.DB_0.prepare(
      'SELECT name, "limit", active, active_slots AS activeSlots, denied_slots AS deniedSlots, slot_decay_per_second AS slotDecayPerSecond, avg_slot_occupancy_seconds AS avgSlotOccupancySeconds, updated_at AS updatedAt FROM global_concurrency_limits WHERE tenant_id = ? AND name = ?',
    )
      .bind(me.workspaceId, name)
      .first<Parameters<typeof settle>[0]>();
  const age = (me: Client, name: string, seconds: number) =>
    env.DB_0.prepare("UPDATE global_concurrency_limits SET updated_at = updated_at - ? WHERE tenant_id = ? AND name = ?")
      .bind(seconds * 1e6, me.workspaceId, name)
      .run();

  it("are made, read, changed and deleted by id and by name", async () => {
    const me = await newTenant();
    const made = await me.post("/v2/concurrency_limits/", { name: "l", limit: 3, slot_decay_per_second: 0.5 });
    expect([made.status, made.body]).toEqual([
      201,
      { ...made.body, active: true, active_slots: 0, denied_slots: 0, avg_slot_occupancy_seconds: 2 },
    ]);
    const { denied_slots: _, avg_slot_occupancy_seconds: __, ...shown } = made.body;
    expect((await me.get(`/v2/concurrency_limits/${made.body.id}`)).body).toEqual(shown);
    expect((await me.patch("/v2/concurrency_limits/l", { name: "m", active: false, limit: 4 })).status).toBe(204);
    expect(await me.must("POST", "/v2/concurrency_limits/filter", {})).toMatchObject([
      { name: "m", active: false, limit: 4, slot_decay_per_second: 0.5 },
    ]);
    await make(me, "l", 1);
    expect((await me.post("/v2/concurrency_limits/", { name: "l", limit: 1 })).status).toBe(409);
    expect((await me.patch("/v2/concurrency_limits/l", { limit: null })).status).toBe(409);
    expect((await me.delete(`/v2/concurrency_limits/${made.body.id}`)).status).toBe(204);
    expect((await me.patch("/v2/concurrency_limits/m", { limit: 1 })).body).toEqual({ detail: "Concurrency Limit not found" });
    const problem = (await me.post("/v2/concurrency_limits/", { name: "a/b", limit: -1, slot_decay_per_second: ["x"] })).body
      .exception_detail;
    expect(problem.map(({ msg }: { msg: string }) => msg)).toEqual([
      "Name 'a/b' contains an invalid character. Must not contain any of: ['/', '%', '&', '>', '<'].",
      "1 validation error for constrained-int\n  Input should be greater than or equal to 0 [type=greater_than_equal, input_value=-1, input_type=int]\n    For further information visit https://errors.pydantic.dev/2.12/v/greater_than_equal",
      "1 validation error for constrained-float\n  Input should be a valid number [type=float_type, input_value=['x'], input_type=list]\n    For further information visit https://errors.pydantic.dev/2.12/v/float_type",
    ]);
  });

  it("give their slots to all that fit, or none, and tell how long to wait", async () => {
    const me = await newTenant();
    const a = await make(me, "a", 2);
    await make(me, "b", 1);
    await make(me, "off", 1, { active: false });
    const got = await take(me, ["a", "new"], 2);
    expect([got.status, got.cost.roundTrips]).toEqual([200, 2]);
    expect(got.body).toEqual([
      { id: a.id, name: "a", limit: 2 },
      { id: expect.any(String), name: "new", limit: 1 },
    ]);
    expect(await me.must("GET", "/v2/concurrency_limits/new")).toMatchObject({ active: false, limit: 1 });
    const refused = await take(me, ["a", "b", "off", "newer"]);
    expect([refused.status, refused.body, refused.headers.get("retry-after")]).toEqual([423, { detail: "Locked" }, "2.0"]);
    expect([await taken(me, "a"), await taken(me, "b")]).toEqual([2, 0]);
    expect((await me.get("/v2/concurrency_limits/newer")).status).toBe(404);
    // The slots denied before count: (1 + 1) / 2 slots of two seconds each.
    expect((await take(me, ["a"])).headers.get("retry-after")).toBe("2.0");
    expect((await take(me, ["a"])).headers.get("retry-after")).toBe("3.0");
    await give(me, ["a", "newest"], 1, { occupancy_seconds: 6 });
    expect(await rowOf(me, "a")).toMatchObject({ activeSlots: 1, deniedSlots: 3, avgSlotOccupancySeconds: 3 });
    expect((await take(me, ["a", "b"])).status).toBe(200);
    await give(me, ["a", "b"], 9);
    expect([await taken(me, "a"), await taken(me, "b"), (await me.must("GET", "/v2/concurrency_limits/newest")).active]).toEqual([
      0,
      0,
      false,
    ]);
    expect((await take(me, ["b"], 2)).body).toEqual({ detail: "Slots requested is greater than the limit" });
    expect((await take(me, ["a", "b"], 1, { mode: "rate_limit" })).body.detail).toContain("do not have a decay configured: 'a,b'");
    expect((await take(me, [], 0, { mode: "x" })).body.exception_detail.map(({ loc }: { loc: string[] }) => loc[1])).toEqual([
      "slots",
      "names",
      "mode",
    ]);
  });

  it("count decay in SQL as the domain does, and lose none of it to those who ask in vain", async () => {
    const me = await newTenant();
    const names = ["decays", "fixed", "fresh"];
    await make(me, "decays", 9, { slot_decay_per_second: 0.4, active_slots: 7, denied_slots: 5 });
    await make(me, "fixed", 9, { active_slots: 7, denied_slots: 5 });
    await make(me, "fresh", 9, { active_slots: 7 });
    for (const name of names) {
      // Far from a whole slot, so that the time the test takes does not count.
      await age(me, name, 6);
      const before = await rowOf(me, name);
      if (!before) throw new Error("no limit");
      await give(me, [name], 1);
      const after = await rowOf(me, name);
      const expected = settle(before, Date.now() * 1000);
      expect([name, after?.activeSlots, after?.deniedSlots]).toEqual([name, expected.activeSlots - 1, expected.deniedSlots]);
      expect(Math.abs((after?.updatedAt ?? 0) - expected.updatedAt)).toBeLessThan(name === "fresh" ? 5e6 : 2);
    }
    await make(me, "rate", 1, { slot_decay_per_second: 0.1, active_slots: 1 });
    for (let second = 0; second < 9; second += 1) {
      await age(me, "rate", 1);
      expect((await take(me, ["rate"])).status).toBe(423);
    }
    await age(me, "rate", 1);
    expect((await take(me, ["rate"])).status).toBe(200);
  });

  it("hold exactly, however many ask at once", async () => {
    const me = await newTenant();
    await make(me, "a", 7);
    await make(me, "b", 20);
    const answers = await Promise.all(Array.from({ length: 25 }, (_, index) => take(me, index % 2 ? ["a", "b"] : ["b", "a"])));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(7).fill(200), ...Array(18).fill(423)]);
    expect([await taken(me, "a"), await taken(me, "b")]).toEqual([7, 7]);
    await Promise.all(Array.from({ length: 7 }, () => give(me, ["a", "b"])));
    expect([await taken(me, "a"), await taken(me, "b")]).toEqual([0, 0]);
  });
});
