import { describe, expect, test } from "vitest";
import { InvalidRequest } from "../../src/domain/errors.ts";
import type { Json, JsonObject } from "../../src/domain/json.ts";
import { arrangePriorities } from "../../src/domain/work-pools/priorities.ts";
import { isOnline, isPolled } from "../../src/domain/work-pools/readiness.ts";
import {
  actionVariablesProblem,
  checkBaseJobTemplate,
  checkDeploymentVariables,
  checkPoolDefaults,
  checkUpdatedVariables,
  defaultBlockIds,
} from "../../src/domain/work-pools/template.ts";

const NOW = 1_767_225_600_000_000;
const secondsAgo = (seconds: number) => NOW - seconds * 1_000_000;

test.each([
  [null, 90, true],
  [null, 90.000001, false],
  [10, 30, true],
  [10, 30.000001, false],
  [60, 179, true],
  [10, -5, true],
])("a worker with an interval of %s s that was heard %s s ago is online: %s", (heartbeatIntervalSeconds, ago, online) => {
  expect(isOnline({ heartbeatIntervalSeconds, lastHeartbeatAt: secondsAgo(ago) }, NOW)).toBe(online);
});

test.each([
  [0, true],
  [120, true],
  [120.000001, false],
])("a queue polled %s s ago is ready: %s", (ago, ready) => expect(isPolled(secondsAgo(ago), NOW)).toBe(ready));

test("a queue that was never polled is not ready", () => expect(isPolled(null, NOW)).toBe(false));

test("queues that keep their priority are not written", () => {
  const queues = [
    { id: "a", priority: 1 },
    { id: "b", priority: 2 },
    { id: "c", priority: 3 },
  ];
  expect([...arrangePriorities(queues, new Map([["b", 1]]))]).toEqual([
    ["b", 1],
    ["a", 2],
  ]);
  const swapped = new Map([
    ["c", 1],
    ["a", 3],
  ]);
  expect([...arrangePriorities(queues, swapped)]).toEqual([
    ["c", 1],
    ["a", 3],
  ]);
});

describe("the variables of a template", () => {
  const template = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({ variables: { type: "object", properties, ...more } });
  const none = new Map<string, JsonObject>();

  test.each<[JsonObject]>([
    [{}],
    [{ variables: null }],
    [{ variables: {} }],
    [{ variables: { properties: [] } }],
    [template({ a: null, b: true, c: {}, d: { default: null }, e: { default: "text" }, f: { default: { $ref: null } } })],
    [template({ a: { default: { $ref: { block_document_id: 5 } } }, b: { default: { $ref: {} } } })],
  ])("%j have no blocks as defaults", (value) => expect(defaultBlockIds(value)).toEqual([]));

  test.each<[JsonObject]>([
    [template({ a: { type: "string" } }, { required: ["a"], additionalProperties: false })],
    [template({ a: { type: "string", default: { $ref: {} } } }, { required: ["a"] })],
  ])("%j are good for a pool", (value) => expect(() => checkPoolDefaults(value, none)).not.toThrow());

  test("are not looked at where there is nothing to check", () => {
    expect(() => checkDeploymentVariables(template({ a: { type: "nope" } }), {}, none)).not.toThrow();
  });

  const pool = template({ a: { type: "integer" }, b: { type: "string" } }, { required: ["a"] });

  test("need not all be there in an update", () => expect(() => checkUpdatedVariables(pool, { b: "x" })).not.toThrow());

  test.each<[JsonObject, string | undefined]>([
    [{ a: 1 }, undefined],
    [{ a: "x" }, "Validation failed for field 'a'. Failure reason: 'x' is not of type 'integer'"],
    [{}, "Validation failed. Failure reason: 'a' is a required property"],
  ])("for an automation: %j", (jobVariables, problem) => expect(actionVariablesProblem(pool, jobVariables, none)).toBe(problem));

  test("are told of as invalid values", () => {
    const check = () => checkBaseJobTemplate({ variables: {} } satisfies Record<string, Json>);
    expect(check).toThrow(InvalidRequest);
    expect(check).toThrow(expect.objectContaining({ places: [expect.objectContaining({ type: "value_error" })] }));
  });
});
