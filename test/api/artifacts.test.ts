import { env } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { type Body, type Client, newTenant } from "./tenant.ts";

const RUN = "00000000-0000-4000-8000-00000000000a";
const TASK = "00000000-0000-4000-8000-00000000000b";
const make = (me: Client, artifact: unknown) => me.must("POST", "/artifacts/", artifact);
const keys = (rows: Body) => rows.map((row: { key: string | null }) => row.key);

describe("artifacts", () => {
  it("are made, read, changed and deleted; their key's collection follows", async () => {
    const me = await newTenant();
    await me.must("GET", "/hello");
    const a = await me.post("/artifacts/", {
      key: "k",
      type: "table",
      data: [{ a: 1.5 }],
      metadata_: { long: "x".repeat(600), n: 1 },
      flow_run_id: RUN,
    });
    expect([a.status, a.cost.roundTrips]).toEqual([201, 1]);
    expect(a.body).toMatchObject({
      key: "k",
      type: "table",
      description: null,
      flow_run_id: RUN,
      task_run_id: null,
      metadata_: { long: `${"x".repeat(500)}...`, n: "1" },
    });
    expect((await me.get(`/artifacts/${a.body.id}`)).body).toEqual(a.body);
    const [first] = await me.must("POST", "/artifacts/latest/filter", {});
    expect(first).toMatchObject({ key: "k", latest_id: a.body.id, data: [{ a: 1.5 }] });

    const b = await make(me, { key: "k", data: "2" });
    expect(await me.must("POST", "/artifacts/latest/filter", {})).toMatchObject([
      { id: first.id, latest_id: b.id, data: "2", type: null, created: first.created },
    ]);
    expect(await me.must("GET", "/artifacts/k/latest")).toMatchObject({ id: first.id, data: "2" });
    expect(await me.must("POST", "/artifacts/latest/count", {})).toBe(1);
    expect(await me.must("POST", "/artifacts/count", {})).toBe(2);

    const changed = await me.patch(`/artifacts/${b.id}`, { data: { x: 2 }, description: "new", metadata_: null });
    expect([changed.status, changed.cost.roundTrips]).toEqual([204, 1]);
    expect(await me.must("GET", "/artifacts/k/latest")).toMatchObject({ data: { x: 2 }, description: "new" });
    // One that is not the newest of its key is changed too, but the answer is 404.
    expect((await me.patch(`/artifacts/${a.body.id}`, { description: "old" })).status).toBe(404);
    expect((await me.must("GET", `/artifacts/${a.body.id}`)).description).toBe("old");

    expect((await me.delete(`/artifacts/${b.id}`)).status).toBe(204);
    expect(await me.must("POST", "/artifacts/latest/filter", {})).toMatchObject([
      { id: first.id, latest_id: a.body.id, created: a.body.created },
    ]);
    expect((await me.delete(`/artifacts/${a.body.id}`)).status).toBe(204);
    expect(await me.must("POST", "/artifacts/latest/filter", {})).toEqual([]);
    for (const path of [`/artifacts/${a.body.id}`, "/artifacts/k/latest"])
      expect((await me.get(path)).body).toEqual({ detail: "Artifact not found." });
    expect((await me.delete(`/artifacts/${a.body.id}`)).status).toBe(404);
  });

  it("refuse what is no artifact", async () => {
    const me = await newTenant();
    const answer = await me.post("/artifacts/", { key: "A b", metadata_: { b: null }, flow_run_id: 1, nope: 1 });
    expect(answer.body.exception_detail.map(({ loc, msg }: { loc: unknown; msg: string }) => [loc, msg])).toEqual([
      [["body", "key"], "Artifact key must only contain lowercase letters, numbers, and dashes."],
      [["body", "metadata_", "b"], "none is not an allowed value"],
      [["body", "flow_run_id"], "value is not a valid uuid"],
      [["body", "nope"], "extra fields not permitted"],
    ]);
    expect((await me.patch(`/artifacts/${RUN}`, { key: "x" })).status).toBe(422);
    expect((await me.post("/artifacts/", { description: "x".repeat(3_000_000) })).status).toBe(413);
  });

  it("keep large and odd data", async () => {
    const me = await newTenant();
    const large = { text: "x".repeat(1_000_000) };
    const { id } = await make(me, { key: "large", data: large });
    expect((await me.must("GET", `/artifacts/${id}`)).data).toEqual(large);
    expect((await me.must("GET", "/artifacts/large/latest")).data).toEqual(large);
    const [{ data }] = (await env.DB_0.prepare("SELECT data FROM artifacts WHERE id = ?").bind(id).all<{ data: string }>()).results as [
      { data: string },
    ];
    expect(data.length).toBeLessThan(200);
    await me.must("PATCH", `/artifacts/${id}`, { data: { text: "y".repeat(1_000_000) } });
    expect((await me.must("POST", "/artifacts/filter", {}))[0].data.text.at(-1)).toBe("y");
    for (const [sent, kept] of [
      ["1.0", "1"],
      ['{"n": 1.0, "big": 12345678901234567890}', '{"n":1.0,"big":12345678901234567890}'],
      ["[]", "{}"],
      ["[1]", "[1]"],
      ["null", "null"],
      ["0", "0"],
    ]) {
      const made = await me.call("POST", "/artifacts/", `{"data": ${sent}}`, { "content-type": "application/json" });
      expect([made.status, JSON.stringify(made.body.data)]).toEqual([201, kept]);
    }
  });

  it("are filtered, sorted and paged", async () => {
    const me = await newTenant();
    await make(me, { key: "b", type: "table", flow_run_id: RUN });
    await make(me, { key: "a", type: "markdown", flow_run_id: RUN, task_run_id: TASK });
    await make(me, { type: "result", flow_run_id: RUN });
    const changed = await make(me, { key: "c" });
    await me.must("PATCH", `/artifacts/${changed.id}`, { data: 1 });
    const found = async (artifacts: unknown, more = {}) =>
      keys(await me.must("POST", "/artifacts/filter", { artifacts, sort: "KEY_ASC", ...more }));
    expect(await found({ flow_run_id: { any_: [RUN] } })).toEqual([null, "a", "b"]);
    expect(await found({ task_run_id: { any_: [TASK] } })).toEqual(["a"]);
    expect(await found({ key: { exists_: false } })).toEqual([null]);
    expect(await found({ key: { like_: "A" } })).toEqual(["a"]);
    expect(await found({ type: { not_any_: ["result"] } })).toEqual(["a", "b"]);
    expect(await found({ operator: "or_", key: { any_: ["c"] }, type: { any_: ["table"] } })).toEqual(["b", "c"]);
    expect(await found({}, { sort: "KEY_DESC", limit: 2, offset: 1 })).toEqual(["b", "a"]);
    expect(await found({}, { sort: "UPDATED_DESC", limit: 1 })).toEqual(["c"]);
    expect(await found({}, { sort: "CREATED_DESC" })).toEqual(["c", null, "a", "b"]);
    expect(keys(await me.must("POST", "/artifacts/latest/filter", { artifacts: { type: { any_: ["table", "result"] } } }))).toEqual(["b"]);
    expect(await me.must("POST", "/artifacts/count", { artifacts: { key: { exists_: true } } })).toBe(3);
  });

  it("are found by their runs, flows and deployments", async () => {
    const me = await newTenant();
    const flow = await me.must("POST", "/flows/", { name: "f" });
    const deployment = await me.must("POST", "/deployments/", { name: "d", flow_id: flow.id });
    const run = await me.must("POST", `/deployments/${deployment.id}/create_flow_run`, { name: "r" });
    const task = await me.must("POST", "/task_runs/", { flow_run_id: run.id, task_key: "t", dynamic_key: "0", name: "t" });
    await make(me, { key: "mine", flow_run_id: run.id, task_run_id: task.id });
    await make(me, { key: "other", flow_run_id: RUN, task_run_id: TASK });
    for (const filter of [
      { flows: { name: { any_: ["f"] } } },
      { flow_runs: { id: { any_: [run.id] } } },
      { flow_runs: {} },
      { task_runs: { name: { like_: "T" } } },
      { deployments: { name: { any_: ["d"] } }, flows: {}, task_runs: {} },
    ]) {
      const answer = await me.post("/artifacts/filter", filter);
      expect([filter, keys(answer.body), answer.cost.roundTrips]).toEqual([filter, ["mine"], 1]);
      expect(await me.must("POST", "/artifacts/count", filter)).toBe(1);
      expect(keys(await me.must("POST", "/artifacts/latest/filter", filter))).toEqual(["mine"]);
      expect(await me.must("POST", "/artifacts/latest/count", filter)).toBe(1);
    }
    expect(await me.must("POST", "/artifacts/filter", { flows: { name: { any_: ["g"] } } })).toEqual([]);
  });

  it("are found by the indexes of their key and runs", async () => {
    const plan = async (condition: string) =>
      (
        await env.DB_0.prepare(`EXPLAIN QUERY PLAN SELECT * FROM artifacts WHERE tenant_id = 't' AND ${condition}`).all<{
          detail: string;
        }>()
      ).results
        .map(({ detail }) => detail)
        .join("; ");
    const any = "IN (SELECT value FROM json_each('[]'))";
    expect(await plan(`key = 'k' ORDER BY created_at DESC, id DESC LIMIT 1`)).toBe(
      "SEARCH artifacts USING INDEX artifacts_by_key (tenant_id=? AND key=?)",
    );
    expect(await plan(`flow_run_id ${any}`)).toContain("artifacts_by_flow_run (tenant_id=? AND flow_run_id=?)");
    expect(await plan(`task_run_id ${any}`)).toContain("artifacts_by_task_run (tenant_id=? AND task_run_id=?)");
  });
});
