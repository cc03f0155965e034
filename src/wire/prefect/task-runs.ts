import { z } from "@hono/zod-openapi";
import { isJsonObject, type JsonObject } from "../../domain/json.ts";
import { stateOfRun } from "../../domain/run-columns.ts";
import type { Micros } from "../../domain/time.ts";
import type { TaskRunRead } from "../../store/task-runs.ts";
import { invalidPlaces } from "./errors.ts";
import { runFilters } from "./filters.ts";
import { datetime, field, list, literal, model, oneOf, optional, text, uuid, withDefault } from "./model.ts";
import { id, ormFields, ormToWire, time, timeOrNull } from "./objects.ts";
import { limitKey, offsetKey } from "./paging.ts";
import { runFields, runName, runToWire, unionOf } from "./run-fields.ts";
import { TaskRunPolicy, TaskRunPolicyCreate, taskRunPolicyOf, taskRunPolicyToWire } from "./run-policies.ts";
import { pendingState, proposalOf, State, StateCreate, stateOrNull } from "./states.ts";

const loose = { strict: false };

/** Where the value of an argument came from. */
const taskRunInput = () =>
  unionOf<JsonObject>(
    { type: "object", properties: { input_type: { type: "string", enum: ["task_run", "parameter", "constant"] } } },
    model("TaskRunResult", { input_type: withDefault(literal("task_run"), "task_run"), id: uuid() }, loose),
    model("Parameter", { input_type: withDefault(literal("parameter"), "parameter"), name: text() }, loose),
    model("Constant", { input_type: withDefault(literal("constant"), "constant"), type: text() }, loose),
  );

/** `Dict[str, List[Union[TaskRunResult, Parameter, Constant]]]`: by argument. */
const taskInputs = () =>
  field<JsonObject>(
    (value, fail) => {
      const isEmpty = value === "" || (Array.isArray(value) && value.length === 0);
      if (!isEmpty && !isJsonObject(value)) return fail("value is not a valid dict", "type_error.dict");
      const inputs: JsonObject = {};
      for (const [argument, given] of Object.entries(isEmpty ? {} : (value as JsonObject))) {
        const result = list(taskRunInput()).safeParse(given);
        if (result.success) inputs[argument] = result.data;
        else for (const place of invalidPlaces(result.error, [argument], given)) fail(place.msg, place.type, place.ctx, place.loc);
      }
      return inputs;
    },
    { type: "object", additionalProperties: { type: "array", items: { type: "object" } } },
  );

const MAX_CACHE_KEY = 2000;

const cacheKey = () =>
  text().transform((value, context) => {
    if ([...value].length <= MAX_CACHE_KEY) return value;
    const message = `Cache key exceeded maximum allowed length of ${MAX_CACHE_KEY} characters.`;
    context.addIssue({ code: "custom", message, params: { type: "value_error" } });
    return z.NEVER;
  });

export const TaskRunCreate = model("TaskRunCreate", {
  id: optional(uuid()),
  state: optional(StateCreate),
  name: runName().optional(),
  flow_run_id: optional(uuid()),
  task_key: text(),
  dynamic_key: text(),
  cache_key: optional(cacheKey()),
  cache_expiration: optional(datetime()),
  task_version: optional(text()),
  empirical_policy: TaskRunPolicyCreate.prefault({}),
  tags: withDefault(list(text()), []),
  task_inputs: withDefault(taskInputs(), {}),
});

/** A request's task run as the services take it; without a state it is PENDING. */
export const newTaskRunOf = (body: z.output<typeof TaskRunCreate>, now: Micros) => ({
  id: body.id ?? null,
  state: body.state ? proposalOf(body.state, now) : pendingState(now),
  name: body.name ?? null,
  flowRunId: body.flow_run_id ?? null,
  taskKey: body.task_key,
  dynamicKey: body.dynamic_key,
  cacheKey: body.cache_key ?? null,
  cacheExpiresAt: body.cache_expiration ?? null,
  taskVersion: body.task_version ?? null,
  policy: taskRunPolicyOf(body.empirical_policy),
  tags: body.tags,
  taskInputs: body.task_inputs,
});

export const TaskRunUpdate = model("TaskRunUpdate", { name: runName().optional() });

const sort = () =>
  oneOf(
    "ID_DESC",
    "EXPECTED_START_TIME_ASC",
    "EXPECTED_START_TIME_DESC",
    "NAME_ASC",
    "NAME_DESC",
    "NEXT_SCHEDULED_START_TIME_ASC",
    "END_TIME_DESC",
  );

export const TaskRunsCountBody = z.object(runFilters);
export const TaskRunsFilterBody = z.object({ ...limitKey, sort: withDefault(sort(), "ID_DESC"), ...offsetKey, ...runFilters });

export const TaskRun = z
  .object({
    ...ormFields,
    name: z.string(),
    flow_run_id: id().nullable(),
    task_key: z.string(),
    dynamic_key: z.string(),
    cache_key: z.string().nullable(),
    cache_expiration: time().nullable(),
    task_version: z.string().nullable(),
    empirical_policy: TaskRunPolicy,
    tags: z.array(z.string()),
    task_inputs: z.record(z.string(), z.array(z.object({ input_type: z.enum(["task_run", "parameter", "constant"]) }).loose())),
    ...runFields,
    flow_run_run_count: z.int(),
    state: State.nullable(),
  })
  .openapi("TaskRun");

/** A run as the dialect shows it at `now`. */
export const taskRunToWire = (run: TaskRunRead, now: Micros): z.input<typeof TaskRun> => ({
  ...ormToWire(run),
  name: run.name,
  flow_run_id: run.flowRunId,
  task_key: run.taskKey,
  dynamic_key: run.dynamicKey,
  cache_key: run.cacheKey,
  cache_expiration: timeOrNull(run.cacheExpiresAt),
  task_version: run.taskVersion,
  empirical_policy: taskRunPolicyToWire(run.policy),
  tags: run.tags,
  task_inputs: run.taskInputs as z.input<typeof TaskRun>["task_inputs"],
  ...runToWire(run, now),
  flow_run_run_count: run.flowRunRunCount,
  state: stateOrNull(stateOfRun(run)),
});
