import { env } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { tick } from "../../src/scheduler/tick.ts";
import { planOf } from "../api/statements.ts";
import { type Body, type Client, newTenant } from "../api/tenant.ts";

let clock = Date.now() - 30_000;

const event = (name: string, more: object = {}): Body => {
  clock += 1000;
  return {
    occurred: new Date(clock).toISOString(),
    event: name,
    resource: { "prefect.resource.id": "r" },
    id: crypto.randomUUID(),
    ...more,
  };
};

const send = (me: Client, ...list: object[]) => me.must("POST", "/events", list);
const fired = async (me: Client): Promise<number> =>
  (await me.must("POST", "/events/filter", { filter: { event: { name: ["prefect.automation.triggered"] } } })).total;

const automate = (me: Client, trigger: object) => me.must("POST", "/automations/", { name: "a", trigger, actions: [] });

describe("events that follow others", () => {
  const both = { type: "event", posture: "Reactive", after: ["begin"], expect: ["end"], within: 600 };

  it("wait for them, however deep", async () => {
    const me = await newTenant();
    await automate(me, both);
    const begin = event("begin");
    const between = event("between", { follows: begin.id });
    const end = event("end", { follows: begin.id });
    await send(me, end);
    await send(me, between);
    expect(await fired(me)).toBe(0);
    await send(me, begin);
    expect(await fired(me)).toBe(1);
  });

  it("wait in a row, and take their turns by when they occurred", async () => {
    const me = await newTenant();
    await automate(me, {
      type: "sequence",
      triggers: [
        { ...both, after: [], expect: ["b"] },
        { ...both, after: [], expect: ["c"] },
      ],
      within: 600,
    });
    const a = event("a");
    const b = event("b", { follows: a.id });
    const c = event("c", { follows: b.id });
    await send(me, c);
    await send(me, b, a);
    expect(await fired(me)).toBe(1);
  });

  it("wait no more when they have waited long, or what they follow was seen long ago", async () => {
    const me = await newTenant();
    await automate(me, { ...both, after: [], threshold: 2 });
    await send(me, event("end"), event("end", { follows: crypto.randomUUID() }));
    expect(await fired(me)).toBe(0);
    await tick(env, Date.now() + 120_000);
    expect(await fired(me)).toBe(1);
    const left = await env.DB_0.prepare("SELECT count(*) AS n FROM waiting_events").first<{ n: number }>();
    expect(left?.n).toBe(0);
  });

  it("do not wait where nothing is remembered, nor for what nobody looks at", async () => {
    const me = await newTenant();
    await automate(me, { type: "event", posture: "Reactive", expect: ["end"] });
    await send(me, event("end", { follows: crypto.randomUUID() }));
    expect(await fired(me)).toBe(1);
    await automate(me, both);
    const other = event("other");
    await send(me, other);
    await send(me, event("begin", { follows: other.id }));
    await send(me, event("end"));
    expect(await fired(me)).toBe(3);
  });

  it("of a run's states count in their order", async () => {
    const me = await newTenant();
    await automate(me, {
      ...both,
      after: ["prefect.flow-run.Running"],
      expect: ["prefect.flow-run.Completed"],
      for_each: ["prefect.resource.id"],
    });
    const flow = await me.must("POST", "/flows/", { name: "f" });
    const run = await me.must("POST", "/flow_runs/", { flow_id: flow.id, state: { type: "PENDING" } });
    for (const type of ["RUNNING", "COMPLETED"]) await me.must("POST", `/flow_runs/${run.id}/set_state`, { state: { type } });
    expect(await fired(me)).toBe(1);
  });
});

describe("filters that name resources", () => {
  it("look events up by them, and by ids", async () => {
    const me = await newTenant();
    const related = [
      { "prefect.resource.id": "x.1", "prefect.resource.role": "a" },
      { "prefect.resource.id": "x.1", "prefect.resource.role": "b" },
    ];
    const [first, second] = [event("one", { related }), event("two", { resource: { "prefect.resource.id": "x.1" } })];
    await send(me, first, second, event("three"));
    const found = async (filter: object) =>
      (await me.must("POST", "/events/filter", { filter: { ...filter, order: "ASC" } })).events.map((one: Body) => one.event);
    expect(await found({ any_resource: { id: ["x.1"] } })).toEqual(["one", "two"]);
    expect(await found({ resource: { id: ["x.1"] } })).toEqual(["two"]);
    expect(await found({ resource: { id: ["x.1", "r"], distinct: true } })).toEqual(["one", "two"]);
    expect(await found({ related: { id: ["x.1"], role: ["b"] } })).toEqual(["one"]);
    expect(await found({ related: { resources_in_roles: [["x.1", "c"]] } })).toEqual([]);
    expect(await found({ related: { labels: { "prefect.resource.id": "x.1" } } })).toEqual(["one"]);
    expect(await found({ resource: { labels: { "prefect.resource.id": ["x.*", "r"] } } })).toEqual(["one", "two", "three"]);
    expect(await found({ id: { id: [second.id] } })).toEqual(["two"]);
    expect(await found({ id: { id: [first.id] }, any_resource: { id: ["x.1"] } })).toEqual(["one"]);
    let counts: Body[] = [];
    const steps = await planOf(async () => {
      counts = await me.must("POST", "/events/count-by/event", { filter: { any_resource: { id: ["x.1"] } } });
    });
    expect(counts.map((one) => one.value).sort()).toEqual(["one", "two"]);
    const reads = steps.map(({ step }) => step).filter((step) => /^SEARCH (events|found) /.test(step));
    expect(new Set(reads.map((step) => step.replace(/^SEARCH (\w+).*\((.*)\)$/, "$1: $2")))).toEqual(
      new Set([
        "found: tenant_id=? AND resource_id=? AND occurred_at>? AND occurred_at<?",
        "events: tenant_id=? AND occurred_at=? AND id=?",
      ]),
    );
  });

  it("find nobody else's, and nothing that was forgotten", async () => {
    const [me, other] = [await newTenant(), await newTenant()];
    await send(other, event("one", { resource: { "prefect.resource.id": "mine" } }));
    expect((await me.must("POST", "/events/filter", { filter: { any_resource: { id: ["mine"] } } })).total).toBe(0);
    const old = new Date(Date.now() - 8 * 86_400_000).toISOString();
    await send(other, event("old", { occurred: old, related: [{ "prefect.resource.id": "gone", "prefect.resource.role": "x" }] }));
    const hour = 3_600_000;
    await tick(env, Math.ceil(Date.now() / hour) * hour);
    const { results } = await env.DB_0.prepare("SELECT resource_id FROM event_resources WHERE tenant_id = ?1")
      .bind(other.workspaceId)
      .all();
    expect(results).toEqual([{ resource_id: "mine" }]);
  });
});
