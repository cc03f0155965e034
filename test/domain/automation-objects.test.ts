import { describe, expect, test } from "vitest";
import {
  automationObject,
  enumText,
  eventObject,
  firingObject,
  labelsObject,
  resourceObject,
  rowObject,
  stateObject,
} from "../../src/domain/automations/template-objects.ts";
import { timeObject } from "../../src/domain/automations/template-times.ts";
import type { EventTrigger, Trigger } from "../../src/domain/automations/triggers.ts";
import type { Event } from "../../src/domain/events/event.ts";
import type { TemplateValue } from "../../src/domain/jinja/values.ts";
import { rawNumber } from "../../src/domain/json.ts";
import { renderOrTell } from "../../src/domain/parameters/jinja.ts";

const render = (template: string, variables: Record<string, TemplateValue>) => renderOrTell(template, { variables, pageUrl: "http://p" });
/** What an expression of `x` prints. */
const of = (x: TemplateValue) => (expression: string) => render(`{{ ${expression} }}`, { x });

const AT = Date.UTC(2026, 6, 5, 16, 7, 8) * 1000 + 90_123;

describe("a time", () => {
  // By Python's `strftime` and `isoformat`.
  test.each([
    [AT, "%Y-%m-%d %H:%M:%S.%f", "2026-07-05 16:07:08.090123"],
    [AT, "%y %I %p %A %a %B %b %w %z %Z %F %T %%", "26 04 PM Sunday Sun July Jul 0 +0000 UTC 2026-07-05 16:07:08 %"],
    [0, "%I %p %A %B %y %w", "12 AM Thursday January 70 4"],
    [12 * 3_600_000_000, "%I %p", "12 PM"],
    [-1, "%Y %S %f", "1969 59 999999"],
    [-62_135_596_800_000_000, "%Y %d", "0001 01"],
    [86_400_000_000, "%a %q %", "Fri %q %"],
  ])("of %i as %s", (at, format, text) => expect(render(`{{ x.strftime('${format}') }}`, { x: timeObject(at) })).toBe(text));

  test("has its parts", () => {
    const x = timeObject(AT);
    expect(["year", "month", "day", "hour", "minute", "second"].map((part) => of(x)(`x.${part}`))).toEqual([
      "2026",
      "7",
      "5",
      "16",
      "7",
      "8",
    ]);
    expect(["x", "x.isoformat()", "x.timestamp()"].map(of(x))).toEqual([
      "2026-07-05T16:07:08.090123+00:00",
      "2026-07-05T16:07:08.090123+00:00",
      "1783267628.090123",
    ]);
  });
});

const labels = (id: string, more: Record<string, string> = {}) => ({ "prefect.resource.id": id, ...more });

describe("a resource", () => {
  test.each([
    ["prefect.automation.1", "automations/automation/1"],
    ["prefect.deployment.1", "deployments/deployment/1"],
    ["prefect.flow.1", "flows/flow/1"],
    ["prefect.flow-run.1", "flow-runs/flow-run/1"],
    ["prefect.task-run.1", "flow-runs/task-run/1"],
    ["prefect.work-queue.1", "work-queues/work-queue/1"],
    ["prefect.work-pool.1", "work-pools/work-pool/a%20b"],
    ["prefect.other.1", null],
    ["toString.1", null],
    ["1", null],
    [".1", null],
  ])("%s is shown at %s", (id, page) => {
    const x = of(resourceObject(labels(id, { "prefect.resource.name": "a b" })));
    expect(x("x|ui_url")).toBe(page === null ? "None" : `http://p/${page}`);
    expect(x("x|ui_resource_events_url")).toBe(`http://p/events?resource=${id}`);
  });

  test("has an id, a name, a role and labels, maybe", () => {
    const x = of(resourceObject(labels("a.b", { "prefect.resource.name": "n", "prefect.resource.role": "r" })));
    expect(["x.id", "x.name", "x.role", "x.labels.prefect.resource.id", "x['prefect.resource.role']"].map(x)).toEqual([
      "a.b",
      "n",
      "r",
      "a.b",
      "r",
    ]);
    const bare = of(resourceObject({}));
    expect(["x.id", "x.name", "x.role", "x", "x|ui_resource_events_url"].map(bare)).toEqual(["", "None", "None", "{}", "None"]);
    expect(of(resourceObject(labels("prefect.work-pool.1")))("x|ui_url")).toBe("http://p/work-pools/work-pool/");
  });

  test("has labels that are values and trees at once", () => {
    const x = of(labelsObject({ a: "1", "a.b": "2", "a.b.c": "3", ab: "4" }));
    expect(["x", "x.a", "x.a.b", "x.a.b.c", "x.ab", "x.b", "x.a.c"].map(x)).toEqual(["", "1", "2", "3", "4", "", ""]);
  });
});

const event: Event = {
  ...{ occurredAt: AT, event: "e", resource: labels("r.1"), payload: { a: [1] }, id: "i", follows: "f", receivedAt: AT + 1 },
  related: [labels("s.1", { "prefect.resource.role": "q" }), labels("s.2", { "prefect.resource.role": "q" }), labels("s.3")],
};

test("an event has its parts", () => {
  const x = of(eventObject(event));
  expect(["x.event", "x.id", "x.follows", "x.payload.a", "x.resource.id", "x.received", "x.occurred"].map(x)).toEqual([
    ...["e", "i", "f", "[1]", "r.1", "2026-07-05T16:07:08.090124+00:00", "2026-07-05T16:07:08.090123+00:00"],
  ]);
  expect(["x.related|length", "x.related[1].id", "x.involved_resources[0].id", "x.resource_in_role.q.id"].map(x)).toEqual([
    ...["3", "s.2", "r.1", "s.1"],
  ]);
  expect(["x.resources_in_role.q|length", "x.resources_in_role.q[1].id", "x.resource_in_role.none.id"].map(x)).toEqual(["2", "s.2", ""]);
  expect(x("x|ui_url")).toBe("http://p/events/event/2026-07-05/i");
});

const single: EventTrigger = {
  ...{ type: "event", id: "t", match: { a: "b" }, matchRelated: { c: "d" }, after: ["e"], expect: ["f"], forEach: ["g"] },
  ...{ posture: "Proactive", threshold: 3, within: 60 },
};
const composite: Trigger = { type: "compound", id: "c", triggers: [single], within: null, require: "any" };

describe("an automation and its firing", () => {
  const automation = (trigger: Trigger) =>
    of(automationObject({ id: "1", name: "n", description: "d", enabled: false, trigger, createdAt: 0, updatedAt: 1_000_000 }));

  test("have their parts", () => {
    const x = automation(single);
    expect(
      ["x.id", "x.name", "x.description", "x.enabled", "x.created", "x.updated", "x|ui_url", "x|ui_resource_events_url"].map(x),
    ).toEqual([
      ...["1", "n", "d", "False", "1970-01-01T00:00:00+00:00", "1970-01-01T00:00:01+00:00"],
      ...["http://p/automations/automation/1", "http://p/events?resource=prefect.automation.1"],
    ]);
    const parts = ["type", "id", "match.a", "match_related.c", "after", "expect", "for_each", "within", "threshold", "posture"];
    expect(parts.map((part) => x(`x.trigger.${part}`))).toEqual([
      ...["event", "t", "b", "d", "['e']", "['f']", "['g']", "60", "3", "Posture.Proactive"],
    ]);
    expect(x("x.trigger.posture == 'Proactive'")).toBe("True");
    const nested = automation(composite);
    expect(["type", "id", "within", "require", "triggers[0].id"].map((part) => nested(`x.trigger.${part}`))).toEqual([
      ...["compound", "c", "None", "any", "t"],
    ]);
    expect(automation({ type: "sequence", id: "s", triggers: [], within: 1 })("x.trigger.require")).toBe("None");
  });

  test("tell what fired", () => {
    const x = of(firingObject({ id: "i", trigger: single, labels: { l: "v" }, event, at: 0 }));
    expect(["x.id", "x.trigger.id", "x.triggered", "x.triggering_labels.l", "x.triggering_event.id"].map(x)).toEqual([
      ...["i", "t", "1970-01-01T00:00:00+00:00", "v", "i"],
    ]);
    expect(["x.triggering_firings", "x.triggering_value", "x.trigger_states[0]", "x.trigger_states[0] == 'Triggered'"].map(x)).toEqual([
      ...["[]", "None", "TriggerState.Triggered", "True"],
    ]);
    expect(of(firingObject({ id: "i", trigger: single, labels: {}, event: null, at: 0 }))("x.triggering_event")).toBe("None");
  });
});

describe("a row", () => {
  const row = {
    ...{ id: "1", name: "n", tenantId: "T", stateAt: 1, stateMessage: "m", stateDetails: {}, stateData: {}, stateArtifactId: "a" },
    ...{ createdAt: 0, updatedAt: 0, expectedStartAt: 0, nextScheduledStartAt: 0, startedAt: 0, endedAt: null, lastPolledAt: 0 },
    ...{ cacheExpiresAt: 0, otherThingAt: 0, policy: { a: 1 }, runCount: 2, tags: ["x", ["y"]], big: rawNumber("1.0"), is: true },
    ...{ many: [undefined], nothing: null, gone: undefined },
  };
  const x = of(rowObject("prefect.flow-run", row, { more: "M" }));

  test("has Prefect's names, and of ours none", () => {
    const times = [
      "created",
      "updated",
      "expected_start_time",
      "next_scheduled_start_time",
      "start_time",
      "last_polled",
      "cache_expiration",
    ];
    for (const time of [...times, "other_thing_at"]) expect([time, x(`x.${time}`)]).toEqual([time, "1970-01-01T00:00:00+00:00"]);
    const parts = ["id", "name", "end_time", "empirical_policy", "run_count", "tags", "big", "is", "many", "nothing", "gone", "more"];
    expect(parts.map((part) => x(`x.${part}`))).toEqual([
      ...["1", "n", "None", "{'a': 1}", "2", "['x', ['y']]", "1.0", "True", "[None]", "None", "None", "M"],
    ]);
    for (const hidden of ["tenant_id", "state_at", "state_message", "state_details", "state_data", "state_artifact_id", "tenantId"]) {
      expect([hidden, x(`x.${hidden} is defined`)]).toEqual([hidden, "False"]);
    }
    expect(["x|ui_url", "x|ui_resource_events_url"].map(x)).toEqual([
      ...["http://p/flow-runs/flow-run/1", "http://p/events?resource=prefect.flow-run.1"],
    ]);
  });

  // By Python's `str` of a timedelta.
  test.each([
    [0, "0:00:00"],
    [1, "0:00:00.000001"],
    [59_000_000, "0:00:59"],
    [3_600_000_000 * 13, "13:00:00"],
    [86_400_000_000, "1 day, 0:00:00"],
    [86_400_000_000 * 12 + 500_000, "12 days, 0:00:00.500000"],
  ])("has a run time of %i as %s", (micros, text) => {
    const run = { id: "1", name: "n", totalRunTime: micros };
    expect(of(rowObject("k", run))("x.total_run_time")).toBe(text);
  });
});

describe("a state", () => {
  const columns = { stateId: "s", stateType: "FAILED", stateName: "Failed", stateAt: AT, stateMessage: "it's" };
  const state = (of: Partial<Record<keyof typeof columns, string | number | null>>, resource = {}) =>
    stateObject({ ...columns, ...of } as typeof columns, resource);

  test("is as it is by now", () => {
    const { state: x, state_type, state_name } = state({});
    expect(["x", "x.id", "x.type", "x.name", "x.message", "x.timestamp"].map(of(x))).toEqual([
      ...[`Failed("it's")`, "s", "StateType.FAILED", "Failed", "it's", "2026-07-05T16:07:08.090123+00:00"],
    ]);
    expect([of(state_type)("x"), state_name]).toEqual(["StateType.FAILED", "Failed"]);
    expect([of(state({ stateMessage: null }).state)("x"), of(state({ stateMessage: null }).state)("x.message")]).toEqual([
      "Failed()",
      "None",
    ]);
    expect(of(state({ stateName: "Gone" }).state)("x")).toBe(`Gone("it's", type=FAILED)`);
    expect(of(state({ stateName: "Gone", stateMessage: "" }).state)("x")).toBe("Gone(type=FAILED)");
    const none = state({ stateType: null, stateName: null, stateAt: null });
    expect([none.state, none.state_type, none.state_name]).toEqual([null, null, null]);
    expect(of(state({ stateAt: null }).state)("x.timestamp")).toBe("None");
  });

  test("is as the event told of it, if that did so wholly", () => {
    const resource = {
      "prefect.state-type": "RUNNING",
      "prefect.state-name": "Retrying",
      "prefect.state-timestamp": "2020-01-01T00:00:00Z",
      "prefect.state-message": "",
    };
    const told = state({}, resource);
    expect(["x", "x.timestamp", "x.is_running()", "x.is_failed()", "x.message"].map(of(told.state))).toEqual([
      ...["Retrying(type=RUNNING)", "2020-01-01T00:00:00+00:00", "True", "False", ""],
    ]);
    expect([of(told.state_type)("x"), told.state_name]).toEqual(["StateType.FAILED", "Failed"]);
    for (const key of Object.keys(resource)) {
      const { [key]: _, ...rest } = resource as Record<string, string>;
      expect([key, of(state({}, rest).state)("x")]).toEqual([key, `Failed("it's")`]);
    }
    expect(of(state({}, { ...resource, "prefect.state-timestamp": "soon" }).state)("x.name")).toBe("Failed");
  });

  test.each(["SCHEDULED", "PENDING", "RUNNING", "COMPLETED", "FAILED", "CRASHED", "CANCELLED", "CANCELLING", "PAUSED"])(
    "%s knows its type",
    (type) => {
      const x = of(state({ stateType: type }).state);
      expect([x(`x.is_${type.toLowerCase()}()`), x(`x.is_${type === "PAUSED" ? "running" : "paused"}()`)]).toEqual(["True", "False"]);
      expect(x("x.is_final()")).toBe(["COMPLETED", "CANCELLED", "FAILED", "CRASHED"].includes(type) ? "True" : "False");
    },
  );

  test("may be no member of an enumeration", () => expect(enumText("StateType", null)).toBeNull());
});
