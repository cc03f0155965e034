import { env } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { type Body, newTenant } from "./tenant.ts";

const RUN = "00000000-0000-4000-8000-00000000000a";
const TASK = "00000000-0000-4000-8000-00000000000b";
const line = (message: string, more = {}) => ({ name: "n", level: 20, message, timestamp: "2050-01-01T00:00:00Z", ...more });
const messages = (logs: Body) => logs.map((log: { message: string }) => log.message);

describe("logs", () => {
  it("are written in one round trip and read in order of time, then of writing", async () => {
    const me = await newTenant();
    await me.must("GET", "/hello");
    const lines = Array.from({ length: 300 }, (_, index) => line(String(index), { flow_run_id: RUN }));
    const written = await me.post("/logs/", [
      line("late", { timestamp: "2050-01-02", flow_run_id: RUN, task_run_id: TASK, level: 50 }),
      ...lines,
    ]);
    expect([written.status, written.body, written.cost.roundTrips, written.cost.written]).toEqual([201, null, 1, 302]);
    const first = await me.post("/logs/filter", { logs: { flow_run_id: { any_: [RUN] } } });
    expect(messages(first.body)).toEqual(Array.from({ length: 200 }, (_, index) => String(index)));
    const last = await me.post("/logs/filter", { logs: { flow_run_id: { any_: [RUN] } }, sort: "TIMESTAMP_DESC", limit: 2 });
    expect(last.body).toMatchObject([
      { message: "late", level: 50, name: "n", timestamp: "2050-01-02T00:00:00+00:00", flow_run_id: RUN, task_run_id: TASK },
      { message: "299", task_run_id: null },
    ]);
    // A page of one run's logs reads no more than it shows, however many there are.
    expect(last.cost.roundTrips).toBe(1);
    expect(last.cost.read).toBeLessThan(5);
  });

  it("are filtered by level, time, runs and any of them", async () => {
    const me = await newTenant();
    await me.must(
      "POST",
      "/logs/",
      [1, 2, 3, 4, 5].map((n) =>
        line(String(n), {
          level: 10 * n,
          timestamp: `2050-01-0${n}`,
          ...(n > 1 ? { flow_run_id: RUN } : {}),
          ...(n === 5 ? { task_run_id: TASK } : {}),
        }),
      ),
    );
    const found = async (logs: unknown) => messages(await me.must("POST", "/logs/filter", { logs }));
    expect(await found({ level: { ge_: 20, le_: 30 } })).toEqual(["2", "3"]);
    expect(await found({ timestamp: { after_: "2050-01-03", before_: "2050-01-04" } })).toEqual(["3", "4"]);
    expect(await found({ task_run_id: { any_: [TASK] } })).toEqual(["5"]);
    expect(await found({ flow_run_id: { any_: [RUN, TASK] }, level: { le_: 20 } })).toEqual(["2"]);
    expect(await found({ operator: "or_", task_run_id: { any_: [TASK] }, level: { le_: 10 } })).toEqual(["1", "5"]);
    expect(await found({ flow_run_id: { any_: [] } })).toEqual([]);
    expect((await me.must("POST", "/logs/filter", { logs: { level: { le_: 10 } } }))[0]).toMatchObject({
      flow_run_id: null,
      task_run_id: null,
    });
  });

  it("keep any text, and large batches", async () => {
    const me = await newTenant();
    const odd = 'nul \u0000 quote " tab \t 🚀 \u2028 end';
    await me.must("POST", "/logs/", [
      line(odd, { flow_run_id: RUN }),
      line("x".repeat(1_000_000), { flow_run_id: RUN }),
      line("é".repeat(700_000), { flow_run_id: RUN }),
    ]);
    const logs = await me.must("POST", "/logs/filter", { logs: { flow_run_id: { any_: [RUN] } } });
    expect(logs.map((log: { message: string }) => log.message.length)).toEqual([odd.length, 1_000_000, 700_000]);
    expect(logs[0].message).toBe(odd);
    expect((await me.post("/logs/", [line("x".repeat(3_000_000))])).status).toBe(413);
  });

  it("refuse bad lines whole, and take none", async () => {
    const me = await newTenant();
    await me.must("GET", "/hello");
    expect((await me.post("/logs/", [])).cost.roundTrips).toBe(0);
    const answer = await me.post("/logs/", [line("ok"), { name: "n", level: "x", timestamp: 5, nope: 1, able: 2 }]);
    expect(answer.body.exception_detail).toEqual([
      { loc: ["body", 1, "level"], msg: "value is not a valid integer", type: "type_error.integer" },
      { loc: ["body", 1, "message"], msg: "field required", type: "value_error.missing" },
      { loc: ["body", 1, "timestamp"], msg: "Unrecognized datetime.", type: "value_error" },
      { loc: ["body", 1, "able"], msg: "extra fields not permitted", type: "value_error.extra" },
      { loc: ["body", 1, "nope"], msg: "extra fields not permitted", type: "value_error.extra" },
    ]);
    expect(await me.must("POST", "/logs/filter", {})).toEqual([]);
  });

  it("are found by the primary key or the task runs' index", async () => {
    const plan = async (condition: string) =>
      (
        await env.DB_0.prepare(`EXPLAIN QUERY PLAN SELECT * FROM logs WHERE tenant_id = 't' AND ${condition} ORDER BY at, id LIMIT 5`).all<{
          detail: string;
        }>()
      ).results
        .map(({ detail }) => detail)
        .join("; ");
    expect(await plan("flow_run_id = 'r'")).toBe("SEARCH logs USING PRIMARY KEY (tenant_id=? AND flow_run_id=?)");
    expect(await plan("task_run_id = 'r'")).toContain("USING INDEX logs_by_task_run (tenant_id=? AND task_run_id=?)");
    expect(await plan("task_run_id IN (SELECT value FROM json_each('[]'))")).toContain("USING INDEX logs_by_task_run");
  });
});
