import { describe, expect, it } from "vitest";
import { filledParameters, parametersProblem, templatesIn } from "../../src/domain/automations/parameters.ts";
import {
  automationObject,
  eventObject,
  firstOfKind,
  labelsObject,
  resourceObject,
  rowObject,
  stateObject,
} from "../../src/domain/automations/template-objects.ts";
import type { Event, Labels } from "../../src/domain/events/event.ts";
import { TemplateObject, TemplateText, type TemplateValue } from "../../src/domain/jinja/values.ts";
import { rawNumber } from "../../src/domain/json.ts";
import { renderOrTell } from "../../src/domain/parameters/jinja.ts";

const render = (template: string, variables: Record<string, TemplateValue> = {}) =>
  renderOrTell(template, { variables, pageUrl: "https://page.example" });

const event: Event = {
  occurredAt: Date.UTC(2026, 0, 2, 3, 4, 5) * 1000,
  event: "order.placed",
  resource: { "prefect.resource.id": "prefect.flow-run.1", "prefect.resource.name": "cat", kind: "big" },
  related: [
    { "prefect.resource.id": "prefect.flow.2", "prefect.resource.role": "flow", "prefect.resource.name": "F" },
    { "prefect.resource.id": "prefect.tag.t", "prefect.resource.role": "tag" },
    { "prefect.resource.id": "prefect.tag.u", "prefect.resource.role": "tag" },
  ],
  payload: { n: 1, float: rawNumber("2.0"), list: ["a", null] },
  id: "e1",
  follows: null,
  receivedAt: 0,
};

describe("templates of automations", () => {
  // Those without variables were rendered by Prefect 2.20.26 (`render_user_template_sync`).
  it.each([
    ["{{ [1, none, 'x']|join(', ') }}", "1, None, x"],
    ["{{ {'n': 'v', 'l': [1, none]}|tojson }}", '{"l": [1, null], "n": "v"}'],
    [
      "{{ 'hello world foo'|truncate(11) }} {{ 2.5|round }} {{ 2.567|round(2) }} {{ 5|round }} {{ 'hello wOrld'|title }}",
      "hello world foo 2.0 2.57 5 Hello World",
    ],
    ["{{ ''|replace('', 'x') }} {{ 'aaa'|replace('a', 'b', 2) }}", "x bba"],
    ["{{ zz|default('d') }} {{ zz|default }} {{ none|d('x', true) }}", "d  x"],
    ["{{ none ~ 1 }} {{ zz.a.b ~ 'x' }}", "None1 x"],
    ["{{ 'a b&c'|urlencode }} {{ '<a>'|e }}", "a%20b%26c &lt;a&gt;"],
    ["{{ {'a': 1}.b }}|{{ {'a': {'b': 2}}.a.b }}", "|2"],
    ["{% filter upper %}a{% endfilter %}", "A"],
  ])("%s is %s", (template, expected) => expect(render(template)).toBe(expected));

  it.each([
    ["{{ event.event }} {{ event.occurred }} {{ event.follows }}", "order.placed 2026-01-02T03:04:05+00:00 None"],
    ["{{ event.resource.id }} {{ event.resource['kind'] }} {{ event.resource.name }}", "prefect.flow-run.1 big cat"],
    [
      "{{ event.resource.labels.prefect.resource.name }}|{{ event.resource.labels.prefect }}|{{ event.resource.labels.none.at.all }}|",
      "cat|||",
    ],
    ["{{ event.payload.n + 1 }} {{ event.payload.float }} {{ event.payload.list }}", "2 2.0 ['a', None]"],
    ["{{ event.resource_in_role.flow.name }} {{ event.resources_in_role.tag|length }} {{ event.involved_resources|length }}", "F 2 4"],
    ["{{ event.related|map(attribute='prefect.resource.id')|list|length }}", "3"],
    ["{% for r in event.related %}{{ loop.index }}{{ r.role }};{% endfor %}", "1flow;2tag;3tag;"],
    [
      "{{ event|ui_url }} {{ event.resource|ui_url }}",
      "https://page.example/events/event/2026-01-02/e1 https://page.example/flow-runs/flow-run/1",
    ],
    [
      "{{ event.resource|ui_resource_events_url }} {{ event.payload|ui_url }}",
      "https://page.example/events?resource=prefect.flow-run.1 None",
    ],
    ["{% for k, v in event.resource.items() %}{{ k }},{% endfor %}", "prefect.resource.id,prefect.resource.name,kind,"],
    ["{{ labels.kind }}{{ labels['a.b'] }}{{ labels.a.b }}", "bigxx"],
    ["{{ state }} {{ state == 'FAILED' }} {{ state|lower }}", "StateType.FAILED True statetype.failed"],
  ])("%s is %s", (template, expected) => {
    const variables = {
      event: eventObject(event),
      labels: labelsObject({ kind: "big", "a.b": "x" }),
      state: new TemplateText("FAILED", "StateType.FAILED"),
    };
    expect(render(template, variables)).toBe(expected);
  });

  it("see times and states as Python's", () => {
    const state = { stateId: "s", stateType: "RUNNING", stateName: "Running", stateAt: event.occurredAt, stateMessage: "go" };
    const row = { id: "1", name: "cat", totalRunTime: 90_061_500_000, createdAt: 0 };
    const run = rowObject("prefect.flow-run", row, stateObject(state, {}));
    const told = stateObject(state, {
      "prefect.state-type": "CANCELLED",
      "prefect.state-name": "Gone",
      "prefect.state-timestamp": "2026-01-01T00:00:00Z",
      "prefect.state-message": "",
    });
    const context = { run, told: told.state, event: eventObject(event) };
    expect(
      render("{{ run.state }} {{ told }} {{ run.state.is_running() }} {{ run.state.is_final() }} {{ told.is_final() }}", context),
    ).toBe("Running('go') Gone(type=CANCELLED) True False True");
    expect(render("{{ run.total_run_time }} {{ run.created }} {{ run.state.timestamp.year }}", context)).toBe(
      "1 day, 1:01:01.500000 1970-01-01T00:00:00+00:00 2026",
    );
    expect(render("{{ event.occurred.strftime('%d.%m.%Y %H:%M:%S %b %q %%') }} {{ event.occurred.isoformat() }}", context)).toBe(
      "02.01.2026 03:04:05 Jan %q % 2026-01-02T03:04:05+00:00",
    );
    expect(render("{{ 'y' if event.occurred }}{{ [event.occurred] }}", context)).toBe("y['2026-01-02T03:04:05+00:00']");
  });

  it("see the automation", () => {
    const trigger = {
      ...{ type: "event" as const, id: "t", match: { a: "b" }, matchRelated: {}, after: [], expect: ["x"], forEach: ["k"] },
      ...{ posture: "Reactive" as const, threshold: 1, within: 0 },
    };
    const automation = automationObject({ id: "1", name: "n", description: "", enabled: true, trigger, createdAt: 0, updatedAt: 0 });
    expect(
      render("{{ automation.name }} {{ automation|ui_url }} {{ automation.trigger.for_each }} {{ automation.trigger.match.a }}", {
        automation,
      }),
    ).toBe("n https://page.example/automations/automation/1 ['k'] b");
  });

  it.each([
    ["{% set n = namespace(a=[1]) %}{% for i in range(40) %}{% set n.a = [n.a, n.a] %}{% endfor %}{{ n.a }}", "prints more than"],
    [
      "{% set n = namespace(a=[1]) %}{% for i in range(40) %}{% set n.a = [n.a, n.a] %}{% endfor %}{{ n.a|tojson }}{{ n.a ~ '' }}",
      "prints more than",
    ],
    ["{% set n = namespace(a=[1]) %}{% for i in range(40) %}{% set n.a = n.a + n.a %}{% endfor %}", "items"],
    [
      "{% set n = namespace(a='x') %}{% for i in range(19) %}{% set n.a = n.a ~ n.a %}{% endfor %}{{ n.a|replace('x', n.a) }}",
      "text of more than",
    ],
    [
      "{% set n = namespace(a='x') %}{% for i in range(19) %}{% set n.a = n.a ~ n.a %}{% endfor %}{{ n.a.replace('x', n.a) }}",
      "too long a text",
    ],
    [
      "{% set n = namespace(a='x') %}{% for i in range(19) %}{% set n.a = n.a ~ n.a %}{% endfor %}{{ n.a|list|join(n.a) }}",
      "Unknown StringValue filter: list",
    ],
    ["{{ 'x'|indent(1000000000) }}{{ 'a\nb'|indent(900000) }}{{ ['a', 'b', 'c']|join('x'|indent(900000, true)) }}", "text of more than"],
    [
      "{% set n = namespace(a='x') %}{% for i in range(19) %}{% set n.a = n.a ~ n.a %}{% endfor %}{% for i in range(100) %}{% set b = n.a|upper %}{% endfor %}",
      "makes more than",
    ],
    ["{{ 'a' + 1 }}", `TypeError('can only concatenate str (not "int") to str')`],
  ])("%s fails in its text", (template, text) => {
    const rendered = render(template);
    expect(rendered).toMatch(/^Failed to render template due to the following error: /);
    expect(rendered).toContain(text);
  });

  it("may name what every object of JavaScript has, and finds nothing", () => {
    const a = new TemplateObject({}, { attributes: { x: () => 1 } });
    expect(render("{{ a.constructor }}{{ a.__proto__ }}{{ a.toString }}{{ a.x.y }}{{ a.x }}", { a })).toBe("1");
    expect(labelsObject({ "__proto__.x": "1" } as Labels).traits.attributes).toBeDefined();
    expect(resourceObject({ "prefect.resource.id": "nothing" }).traits.page).toBeNull();
  });

  it("find the object of a kind", () => {
    expect(firstOfKind(event, "prefect.flow")).toEqual({ id: "2", labels: event.related[0] });
    expect(firstOfKind(event, "prefect")).toBeUndefined();
  });
});

describe("parameters of run-deployment", () => {
  const kind = (name: string, more: object = {}) => ({ __prefect_kind: name, ...more });

  it("are checked, but for what lies in lists", () => {
    expect(parametersProblem({})).toBeUndefined();
    expect(
      parametersProblem({ a: "{{ x }}", b: [{ c: "{{ ) }}" }], v: kind("workspace_variable", { variable_name: "none" }) }),
    ).toBeUndefined();
    expect(parametersProblem({ a: { b: "{% nope %}" }, c: kind("none") })).toBe(
      "Invalid parameters: \na.b: Invalid jinja: Encountered unknown tag 'nope'.\n  c: Missing 'value' key in __prefect object",
    );
    expect(parametersProblem(kind("none"))).toBe("Invalid parameters: \n Missing 'value' key in __prefect object");
  });

  it("are filled in", () => {
    const parameters = {
      a: "{{ x }}",
      b: ["{{ x }}", ["{{ x }}"], { c: "{{ x }}" }],
      d: kind("jinja", { template: "{{ x }}" }),
      e: "plain",
    };
    expect(filledParameters(parameters, new Map(), { variables: { x: 1 }, pageUrl: "" })).toEqual({
      a: "1",
      b: ["1", ["{{ x }}"], { c: "1" }],
      d: "1",
      e: "plain",
    });
    expect(templatesIn(parameters)).toHaveLength(5);
    expect(templatesIn([1, null, true, "plain", "{% x %}"])).toEqual(["{% x %}"]);
  });
});
