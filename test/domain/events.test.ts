import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bucketingKey, covers, type EventTrigger, expects, startsAfter } from "../../src/domain/automations/triggers.ts";
import { actionEvent, eventAsJson, triggeredEvent } from "../../src/domain/events/automation-events.ts";
import {
  type Event,
  idOfKind,
  type Labels,
  matchesAnyResource,
  matchesResource,
  type ResourceSpecification,
} from "../../src/domain/events/event.ts";
import { type EventFilter, type EventNameFilter, passes, type RelatedFilter, type ResourceFilter } from "../../src/domain/events/filter.ts";
import { type FlowRunChange, flowRunEvent } from "../../src/domain/events/flow-run-events.ts";
import { deploymentStatusEvent, poolStatusEvent, queueStatusEvent } from "../../src/domain/events/status-events.ts";
import { type TimeUnit, timeSpans } from "../../src/domain/events/time-spans.ts";
import { truncatedTo } from "../../src/domain/events/truncate.ts";
import { formatTime, MAX_MICROS, MICROS_PER_SECOND, MIN_MICROS, parseTime } from "../../src/domain/time.ts";
import { NOW, past, seconds } from "./state-machine.ts";

type Told = Pick<Event, "event" | "resource" | "related" | "id">;
interface NamedFilters {
  event?: { prefix?: string[]; exclude_prefix?: string[]; name?: string[]; exclude_name?: string[] };
  resource?: { id?: string[]; id_prefix?: string[]; labels?: ResourceSpecification };
  any_resource?: { id?: string[]; id_prefix?: string[]; labels?: ResourceSpecification };
  id?: { id?: string[] };
}
interface NamedTrigger {
  expect?: string[];
  after?: string[];
  match?: ResourceSpecification;
  match_related?: ResourceSpecification;
  for_each?: string[];
}
type Spans = { error: string } | { first: number; starts: string[]; count: number };

/** What Prefect's filters and triggers take, and how it cuts, made by `vectors/events.py`. */
interface Vectors {
  events: Told[];
  filters: [NamedFilters, boolean[]][];
  specifications: [ResourceSpecification, matched: boolean[], related: boolean[]][];
  triggers: [NamedTrigger, covered: boolean[], expected: boolean[], first: boolean[], keys: string[][]][];
  spans: [since: string, until: string, TimeUnit, interval: number, Spans][];
  texts: [text: string, length: number, cut: string][];
}
const vectors: Vectors = JSON.parse(readFileSync(join(import.meta.dirname, "vectors/events.json"), "utf8"));
const full = (told: Told): Event => ({ occurredAt: NOW, payload: {}, follows: null, receivedAt: NOW, ...told });
const EVENTS = vectors.events.map(full);

const filter = (more: Partial<EventFilter>): EventFilter => ({ occurred: { since: 0, until: 0 }, id: {}, order: "ASC", ...more });
const nameFilter = (of: NonNullable<NamedFilters["event"]>): EventNameFilter => ({
  ...of,
  excludePrefix: of.exclude_prefix,
  excludeName: of.exclude_name,
});
const resourceFilter = (of: NonNullable<NamedFilters["resource"]>): ResourceFilter => ({ ...of, idPrefix: of.id_prefix });

describe("a filter lets pass what Prefect's does", () => {
  test.each(vectors.filters)("%j", (named, expected) => {
    const made = filter({
      ...(named.event && { event: nameFilter(named.event) }),
      ...(named.resource && { resource: { ...resourceFilter(named.resource), distinct: false } }),
      ...(named.any_resource && { anyResource: resourceFilter(named.any_resource) }),
      ...(named.id && { id: named.id }),
    });
    expect(EVENTS.map((event) => passes(made, event))).toEqual(expected);
  });

  test.each<[RelatedFilter, boolean[]]>([
    [{}, [true, true, true]],
    [{ id: [], role: [], resourcesInRoles: [], labels: {} }, [true, true, true]],
    [{ id: ["y.1", "x.3"] }, [false, true, true]],
    [{ role: ["tag"] }, [false, true, false]],
    [{ id: ["y.1"], role: ["tag"] }, [false, false, false]],
    [{ resourcesInRoles: [["y.1", "tag"]] }, [false, false, false]],
    [
      {
        resourcesInRoles: [
          ["y.1", "q"],
          ["x.1", "a:b"],
        ],
      },
      [false, false, true],
    ],
    [{ labels: { size: ["small", "last"] } }, [false, true, true]],
    [{ id: ["y.1"], labels: { size: "small" } }, [false, false, false]],
    [{ id: null, role: null, resourcesInRoles: null, labels: null }, [true, true, true]],
  ])("of related resources %j", (related, expected) => {
    expect(EVENTS.map((event) => passes(filter({ related }), event))).toEqual(expected);
  });

  test("a related resource without a role is in none", () => {
    const event = full({ event: "a", resource: {}, related: [{ "prefect.resource.id": "x" }], id: "1" });
    expect(passes(filter({ related: { role: [""] } }), event)).toBe(true);
    expect(passes(filter({ related: { resourcesInRoles: [["x", "flow"]] } }), event)).toBe(false);
  });
});

test.each(vectors.specifications)("%j is met as by Prefect", (specification, matched, related) => {
  expect(EVENTS.map(({ resource }) => matchesResource(specification, resource))).toEqual(matched);
  expect(EVENTS.map((event) => matchesAnyResource(specification, event.related))).toEqual(related);
});

test.each(vectors.triggers)("the trigger %j covers, expects, starts after and counts apart as Prefect's", (named, ...expected) => {
  const trigger: EventTrigger = {
    ...{ type: "event", id: "t", after: named.after ?? [], expect: named.expect ?? [], posture: "Reactive", threshold: 1, within: 0 },
    ...{ match: named.match ?? {}, matchRelated: named.match_related ?? {}, forEach: named.for_each ?? [] },
  };
  expect([
    EVENTS.map((event) => covers(trigger, event)),
    EVENTS.map((event) => expects(trigger, event.event)),
    EVENTS.map((event) => startsAfter(trigger, event.event)),
    EVENTS.map((event) => bucketingKey(trigger, event)),
  ]).toEqual(expected);
});

test("the id of a kind is that of the first involved resource", () => {
  const event = full({
    ...{ event: "a", id: "1", resource: { "prefect.resource.id": "prefect.flow-run.f.1" } },
    related: [{ "prefect.resource.id": "prefect.flow.2" }, { "prefect.resource.id": "prefect.flow.3" }, {}],
  });
  const ids = ["prefect.flow", "prefect.flow-run.f", "prefect.flow-run", "prefect", ""].map((kind) => idOfKind(event, kind));
  expect(ids).toEqual(["2", "1", undefined, undefined, ""]);
});

describe("spans of time", () => {
  const at = (text: string) => parseTime(text) ?? Number.NaN;

  test.each(vectors.spans)("from %s to %s by %s %d", (since, until, unit, interval, expected) => {
    const spans = timeSpans({ since: at(since), until: at(until) }, unit, interval, at("2026-01-01"));
    if (typeof spans === "string") expect({ error: spans }).toEqual(expected);
    else {
      const starts = spans.starts.slice(0, 20).map((start) => formatTime(start));
      expect({ first: spans.first, starts, count: spans.starts.length }).toEqual(expected);
    }
  });

  test("reach to the end of the unit that is now", () => {
    const starts = (unit: TimeUnit, until: string) => {
      const spans = timeSpans({ since: at("2024-04-08T00:00:00"), until: at(until) }, unit, 1, at("2024-04-10T12:30:00"));
      return typeof spans === "string" ? spans : [spans.starts.length, formatTime(spans.starts.at(-1) ?? 0)];
    };
    expect(starts("day", "2024-04-30")).toEqual([3, "2024-04-10T00:00:00+00:00"]);
    expect(starts("week", "2024-04-30")).toEqual([1, "2024-04-08T00:00:00+00:00"]);
    expect(starts("hour", "2024-04-30")).toEqual([61, "2024-04-10T12:00:00+00:00"]);
    expect(starts("day", "2024-04-10T12:30:00")).toEqual([3, "2024-04-10T00:00:00+00:00"]);
    expect(starts("hour", "2024-04-10T12:30:00.000001")).toEqual([61, "2024-04-10T12:00:00+00:00"]);
  });

  test("lie within the calendar", () => {
    const reaches = (since: number, until: number) => typeof timeSpans({ since, until }, "day", 1, MAX_MICROS) !== "string";
    const day = 86_400 * MICROS_PER_SECOND;
    expect([reaches(MIN_MICROS, MIN_MICROS + day), reaches(MAX_MICROS - 3 * day, MAX_MICROS - 2 * day)]).toEqual([true, true]);
    expect([reaches(MIN_MICROS - 2 * day, MIN_MICROS + day), reaches(MAX_MICROS - 3 * day, MAX_MICROS)]).toEqual([false, false]);
    expect(timeSpans({ since: MAX_MICROS - day, until: MAX_MICROS }, "day", 1, MAX_MICROS)).toBe(
      "The given interval reaches beyond the times there are. Please reduce the interval.",
    );
  });
});

test.each(vectors.texts)("%s in %i characters", (text, length, cut) => expect(truncatedTo(length, text)).toBe(cut));

const moment = { at: NOW, id: "e" };
const common = { occurredAt: NOW, receivedAt: NOW, id: "e", follows: null, payload: {} };

describe("events of a status", () => {
  const pool = { id: "p", name: "P", type: "process" };
  const poolLabels = { "prefect.resource.id": "prefect.work-pool.p", "prefect.resource.name": "P", "prefect.work-pool.type": "process" };
  const relatedPool = { ...poolLabels, "prefect.resource.role": "work-pool" };
  const queueLabels = {
    "prefect.resource.id": "prefect.work-queue.q",
    "prefect.resource.name": "Q",
    "prefect.resource.role": "work-queue",
  };

  test("of a work pool follow the last one within ten minutes", () => {
    const expected = { ...common, event: "prefect.work-pool.not-ready", resource: poolLabels, related: [] };
    expect(poolStatusEvent(pool, "NOT_READY", null, moment)).toEqual(expected);
    const since = (microseconds: number) => poolStatusEvent(pool, "READY", { at: NOW - microseconds, id: "l" }, moment);
    expect(since(seconds(600) - 1)).toEqual({ ...expected, event: "prefect.work-pool.ready", follows: "l" });
    expect(since(seconds(600)).follows).toBeNull();
  });

  test("of a work queue and a deployment", () => {
    expect(queueStatusEvent({ id: "q", name: "Q" }, pool, "PAUSED", moment)).toEqual({
      ...{ ...common, event: "prefect.work-queue.paused", resource: queueLabels, related: [relatedPool] },
    });
    const flow = { "prefect.resource.id": "prefect.flow.f", "prefect.resource.name": "F", "prefect.resource.role": "flow" };
    const parts = { deployment: { id: "d", name: "D" }, flow: { id: "f", name: "F" }, queue: null, pool: null };
    const expected = {
      ...{ ...common, event: "prefect.deployment.ready" },
      resource: { "prefect.resource.id": "prefect.deployment.d", "prefect.resource.name": "D" },
      related: [flow],
    };
    expect(deploymentStatusEvent(parts, "READY", moment)).toEqual(expected);
    expect(deploymentStatusEvent({ ...parts, queue: { id: "q", name: "Q" }, pool }, "READY", moment)).toEqual({
      ...{ ...expected, related: [flow, queueLabels, relatedPool] },
    });
  });
});

describe("events of automations", () => {
  const trigger: EventTrigger = {
    ...{ type: "event", id: "t", match: {}, matchRelated: {}, after: [], expect: [], forEach: [] },
    ...{ posture: "Proactive", threshold: 1, within: 10 },
  };
  const automation = { id: "a", name: "A", trigger };
  const resource = { "prefect.resource.id": "prefect.automation.a", "prefect.resource.name": "A" };
  const composite = { type: "compound" as const, id: "c", triggers: [trigger], within: null };

  test("that are triggered, by an event or its absence", () => {
    const event = full({ event: "x", resource: { "prefect.resource.id": "r" }, related: [], id: "1" });
    expect(triggeredEvent(automation, trigger, { labels: { l: "v" }, event, ...moment })).toEqual({
      ...{ ...common, event: "prefect.automation.triggered", resource: { ...resource, "prefect.posture": "Proactive" } },
      related: [{ "prefect.resource.id": "prefect.event.1", "prefect.resource.role": "triggering-event" }],
      payload: { triggering_labels: { l: "v" }, triggering_event: eventAsJson(event) },
    });
    expect(triggeredEvent(automation, composite, { labels: {}, event: null, ...moment })).toEqual({
      ...{ ...common, event: "prefect.automation.triggered", resource, related: [] },
      payload: { triggering_labels: {}, triggering_event: null },
    });
    expect(eventAsJson({ ...event, follows: "f", payload: { n: 1 } })).toEqual({
      ...{ occurred: formatTime(NOW), received: formatTime(NOW), event: "x", resource: { "prefect.resource.id": "r" } },
      ...{ related: [], payload: { n: 1 }, id: "1", follows: "f" },
    });
  });

  test("of an action that was done or failed", () => {
    const done = { action: { type: "do-nothing" as const }, index: 2, invocation: "i", reason: null };
    const related: Labels[] = [{ "prefect.resource.id": "r" }];
    expect(actionEvent(automation, done, { related, details: { status_code: 200 } }, moment)).toEqual({
      ...{ ...common, event: "prefect.automation.action.executed", related },
      resource: { ...resource, "prefect.trigger-type": "event", "prefect.posture": "Proactive" },
      payload: { action_index: 2, action_type: "do-nothing", invocation: "i", status_code: 200 },
    });
    const failed = actionEvent({ ...automation, trigger: composite }, { ...done, reason: "no" }, { related: [], details: {} }, moment);
    expect(failed).toEqual({
      ...{ ...common, event: "prefect.automation.action.failed", related: [] },
      resource: { ...resource, "prefect.trigger-type": "compound" },
      payload: { action_index: 2, action_type: "do-nothing", invocation: "i", reason: "no" },
    });
  });
});

describe("the event of a flow run's new state", () => {
  const written = { ...past({ type: "RUNNING", name: "Retrying", message: "m" }), id: "s", timestamp: NOW };
  const change: FlowRunChange = {
    ...{ run: { id: "r", name: "R", tags: ["b", "a"], createdBy: null }, initial: null, written },
    related: [
      { kind: "flow", id: "f", name: "F", tags: ["c", "a"] },
      { kind: "task-run", id: "t", name: "T", tags: [] },
    ],
  };
  const tag = (name: string) => ({ "prefect.resource.id": `prefect.tag.${name}`, "prefect.resource.role": "tag" });
  const related = [
    { "prefect.resource.id": "prefect.flow.f", "prefect.resource.role": "flow", "prefect.resource.name": "F" },
    { "prefect.resource.id": "prefect.task-run.t", "prefect.resource.role": "task-run", "prefect.resource.name": "T" },
    ...["a", "b", "c"].map(tag),
  ];

  test("has its id and time", () => {
    expect(flowRunEvent(change)).toEqual({
      ...{ occurredAt: NOW, receivedAt: NOW, id: "s", follows: null, event: "prefect.flow-run.Retrying", related },
      resource: {
        "prefect.resource.id": "prefect.flow-run.r",
        "prefect.resource.name": "R",
        "prefect.state-message": "m",
        "prefect.state-name": "Retrying",
        "prefect.state-timestamp": formatTime(NOW),
        "prefect.state-type": "RUNNING",
      },
      payload: {
        intended: { from: null, to: "RUNNING" },
        initial_state: null,
        validated_state: { type: "RUNNING", name: "Retrying", message: "m" },
      },
    });
  });

  test("follows the state before within five minutes, either way", () => {
    const since = (microseconds: number) =>
      flowRunEvent({ ...change, initial: { ...past({ type: "PENDING" }), id: "i", timestamp: NOW - microseconds } });
    expect([seconds(300) - 1, seconds(300), 1 - seconds(300), -seconds(300)].map((time) => since(time).follows)).toEqual([
      "i",
      null,
      "i",
      null,
    ]);
    expect(since(0).payload).toMatchObject({ intended: { from: "PENDING", to: "RUNNING" }, initial_state: { type: "PENDING" } });
  });

  test("tells who made the run, and when a pause ends", () => {
    const by = (createdBy: FlowRunChange["run"]["createdBy"]) =>
      flowRunEvent({ ...change, run: { ...change.run, createdBy } }).related.slice(related.length);
    const deployment = { "prefect.resource.id": "prefect.deployment.d", "prefect.resource.role": "creator" };
    expect(by({ id: "d", type: "DEPLOYMENT", displayValue: "D" })).toEqual([{ ...deployment, "prefect.resource.name": "D" }]);
    expect(by({ id: "d", type: "DEPLOYMENT", displayValue: null })).toEqual([deployment]);
    expect(by({ id: "a", type: "AUTOMATION", displayValue: null })).toEqual([
      { "prefect.resource.id": "prefect.automation.a", "prefect.resource.role": "creator" },
    ]);
    const paused = { ...past({ type: "PAUSED", message: null, details: { pauseReschedule: true } }), id: "p", timestamp: NOW };
    const event = flowRunEvent({ ...change, written: paused });
    expect(event.payload.validated_state).toEqual({ type: "PAUSED", name: paused.name, pause_reschedule: "true" });
    expect(event.resource["prefect.state-message"]).toBe("");
  });

  test("has a long message cut", () => {
    const { resource, payload } = flowRunEvent({ ...change, written: { ...written, message: "x".repeat(200_000) } });
    const cut = truncatedTo(100_000, "x".repeat(200_000));
    expect([cut.length < 101_000, resource["prefect.state-message"] === cut]).toEqual([true, true]);
    expect(payload).toMatchObject({ validated_state: { message: cut } });
  });
});
