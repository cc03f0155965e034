import { env } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { tick } from "../../src/scheduler/tick.ts";
import { type Body, type Client, newTenant } from "../api/tenant.ts";

const base = Date.now() - 3_600_000;
const at = (seconds: number) => new Date(base + seconds * 1000).toISOString();

const event = (name: string, resource: string, more: object = {}) => ({
  occurred: at(0),
  event: name,
  resource: { "prefect.resource.id": resource },
  id: crypto.randomUUID(),
  ...more,
});

const names = async (me: Client, filter: object): Promise<string[]> =>
  (await me.must("POST", "/events/filter", { filter })).events.map((one: Body) => one.event);

describe("events", () => {
  it("are kept once and shown as they came", async () => {
    const me = await newTenant();
    const one = event("made.up", "thing.1", {
      related: [{ "prefect.resource.id": "thing.2", "prefect.resource.role": "friend", size: "big" }],
      payload: { deep: { a: [1] } },
    });
    expect((await me.post("/events", [one, event("made.too", "thing.3")])).status).toBe(204);
    expect((await me.post("/events", [one])).status).toBe(204);
    const answer = await me.post("/events/filter", { filter: { event: { name: ["made.up"] } } });
    expect(answer.cost.roundTrips).toBe(1);
    expect(answer.body).toEqual({
      events: [
        {
          occurred: one.occurred.replace("Z", "000+00:00"),
          event: "made.up",
          resource: one.resource,
          related: [{ "prefect.resource.id": "thing.2", "prefect.resource.role": "friend", size: "big" }],
          payload: { deep: { a: [1] } },
          id: one.id,
          follows: null,
          received: expect.any(String),
        },
      ],
      total: 1,
      next_page: null,
    });
    expect((await (await newTenant()).post("/events/filter", {})).body.total).toBe(0);
  });

  it("are refused where they are none", async () => {
    const me = await newTenant();
    const answer = await me.post("/events", [
      { occurred: "x", resource: 5, related: [{ a: "b" }, { "prefect.resource.id": "a" }], payload: 5, x: 1 },
      { occurred: at(0), event: "e", id: crypto.randomUUID(), resource: { "prefect.resource.id": "x", y: [1] } },
    ]);
    expect(answer.status).toBe(422);
    expect(answer.body.exception_detail.map(({ loc, msg }: Body) => [loc.slice(1).join("."), msg])).toEqual([
      ["0.occurred", "Unable to parse string [x]"],
      ["0.event", "field required"],
      ["0.resource.__root__", "value is not a valid dict"],
      ["0.related.0.__root__", "Resources must include the prefect.resource.id label"],
      ["0.related.1.__root__", "Related Resources must include the prefect.resource.role label"],
      ["0.payload", "value is not a valid dict"],
      ["0.id", "field required"],
      ["1.resource.__root__.y", "str type expected"],
    ]);
    const related = Array.from({ length: 501 }, (_, index) => ({ "prefect.resource.id": `r.${index}`, "prefect.resource.role": "r" }));
    expect((await me.post("/events", [event("e", "r", { related })])).body.exception_detail[0].msg).toBe(
      "The maximum number of related resources is 500",
    );
    // As by the real server, one too large is dropped, and the others are kept.
    await me.must("POST", "/events", [event("large", "r", { payload: { text: "x".repeat(1_500_001) } }), event("small", "r")]);
    expect(await names(me, {})).toEqual(["small"]);
  });

  it("are filtered by name, resource, related resource and time", async () => {
    const me = await newTenant();
    const related = (id: string, role: string) => ({
      related: [{ "prefect.resource.id": id, "prefect.resource.role": role, color: "red" }],
    });
    await me.must("POST", "/events", [
      event("a.one", "x.1", { occurred: at(1), ...related("flow.1", "flow") }),
      event("a.two", "x.2", { occurred: at(2), ...related("flow.1", "other") }),
      event("b.one", "y.1", { occurred: at(3), resource: { "prefect.resource.id": "y.1", color: "blue" } }),
    ]);
    expect(await names(me, {})).toEqual(["b.one", "a.two", "a.one"]);
    expect(await names(me, { order: "ASC", event: { prefix: ["a."], exclude_name: ["a.two"] } })).toEqual(["a.one"]);
    expect(await names(me, { event: { exclude_prefix: ["a."] } })).toEqual(["b.one"]);
    expect(await names(me, { resource: { id_prefix: ["x."] } })).toEqual(["a.two", "a.one"]);
    expect(await names(me, { resource: { labels: { color: ["!red", "bl*"] } } })).toEqual(["b.one"]);
    expect(await names(me, { any_resource: { id: ["flow.1"] } })).toEqual(["a.two", "a.one"]);
    expect(await names(me, { any_resource: { labels: { color: "blue" } } })).toEqual(["b.one"]);
    expect(await names(me, { related: { role: ["flow"] } })).toEqual(["a.one"]);
    // The resource itself is none of the related ones.
    expect(await names(me, { related: { id: ["x.1"] } })).toEqual([]);
    expect(await names(me, { related: { resources_in_roles: [["flow.1", "other"]] } })).toEqual(["a.two"]);
    expect(await names(me, { occurred: { since: at(2), until: at(2.5) } })).toEqual(["a.two"]);
    expect((await me.post("/events/filter", { filter: 5, limit: "x" })).body.exception_detail.map(({ loc }: Body) => loc)).toEqual([
      ["body", "filter"],
      ["body", "limit"],
    ]);
  });

  it("come in pages, and are counted", async () => {
    const me = await newTenant();
    const many = Array.from({ length: 60 }, (_, index) =>
      event(index < 40 ? "often" : "seldom", `r.${index % 3}`, { occurred: at(index) }),
    );
    await me.must("POST", "/events", many);
    const first = await me.must("POST", "/events/filter", {});
    expect([first.events.length, first.total]).toEqual([50, 60]);
    const second = await me.must("GET", first.next_page.replace(/^.*\/api/, ""));
    expect([second.events.length, second.total, second.next_page]).toEqual([10, 60, null]);
    expect(new Set([...first.events, ...second.events].map(({ id }: Body) => id)).size).toBe(60);
    expect((await me.must("POST", "/events/filter", { filter: { resource: { distinct: true } } })).events.length).toBe(3);
    for (const token of ["xx", "", btoa("{}"), btoa(btoa("{}"))]) {
      const answer = await me.get(`/events/filter/next?page-token=${token}`);
      expect([answer.status, answer.body]).toEqual([403, { detail: "Forbidden" }]);
    }
    const filter = { occurred: { since: at(-1), until: at(100) } };
    const byName = await me.must("POST", "/events/count-by/event", { filter });
    expect(byName.map(({ value, label, count }: Body) => [value, label, count])).toEqual([
      ["often", "often", 40],
      ["seldom", "seldom", 20],
    ]);
    const byTime = await me.must("POST", "/events/count-by/time", { filter, time_unit: "minute" });
    expect(byTime.reduce((sum: number, { count }: Body) => sum + count, 0)).toBe(60);
    expect((await me.post("/events/count-by/time", { filter: {}, time_unit: "minute" })).body.detail).toMatch(
      /^The given interval would create \d+ buckets/,
    );
    for (const time_interval of [1e12, 1e30])
      expect((await me.post("/events/count-by/time", { filter, time_unit: "second", time_interval })).body.detail).toBe(
        "The given interval reaches beyond the times there are. Please reduce the interval.",
      );
    const never = { occurred: { since: "9999-12-31T00:00:00Z", until: "9999-12-31T01:00:00Z" } };
    expect(await me.must("POST", "/events/count-by/time", { filter: never, time_unit: "week" })).toEqual([]);
  });

  it("tell of flow runs' states", async () => {
    const me = await newTenant();
    const flow = await me.must("POST", "/flows/", { name: "f", tags: ["t"] });
    const run = await me.must("POST", "/flow_runs/", { flow_id: flow.id, name: "r", tags: ["u"], state: { type: "PENDING" } });
    const set = await me.post(`/flow_runs/${run.id}/set_state`, { state: { type: "RUNNING", message: "go" } });
    const { events } = await me.must("POST", "/events/filter", { filter: { event: { prefix: ["prefect.flow-run."] }, order: "ASC" } });
    expect(events.map((one: Body) => one.event)).toEqual(["prefect.flow-run.Pending", "prefect.flow-run.Running"]);
    expect(events[1]).toMatchObject({
      id: set.body.state.id,
      occurred: set.body.state.timestamp,
      follows: events[0].id,
      resource: {
        "prefect.resource.id": `prefect.flow-run.${run.id}`,
        "prefect.resource.name": "r",
        "prefect.state-message": "go",
        "prefect.state-name": "Running",
        "prefect.state-type": "RUNNING",
      },
      related: [
        { "prefect.resource.id": `prefect.flow.${flow.id}`, "prefect.resource.role": "flow", "prefect.resource.name": "f" },
        { "prefect.resource.id": "prefect.tag.t", "prefect.resource.role": "tag" },
        { "prefect.resource.id": "prefect.tag.u", "prefect.resource.role": "tag" },
      ],
      payload: {
        intended: { from: "PENDING", to: "RUNNING" },
        initial_state: { type: "PENDING", name: "Pending" },
        validated_state: { type: "RUNNING", name: "Running", message: "go" },
      },
    });
  });

  it("are forgotten after a week", async () => {
    const [me, other] = [await newTenant(), await newTenant()];
    const HOUR = 3_600_000;
    const day = (days: number) => ({ occurred: new Date(Math.floor(base / HOUR) * HOUR + days * 24 * HOUR).toISOString() });
    await me.must("POST", "/events", [event("old", "r", day(-10)), event("younger", "r", day(0))]);
    await other.must("POST", "/events", [event("old", "r", day(-10)), event("old.too", "r", day(-9))]);
    // Once an hour, on the hour.
    await tick(env, (Math.floor(Date.now() / HOUR) + 1) * HOUR);
    expect([await names(me, {}), await names(other, {})]).toEqual([["younger"], []]);
  });
});
