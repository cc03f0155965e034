import { z } from "@hono/zod-openapi";
import { isRawNumber, type Json, stringifyJson } from "../../domain/json.ts";
import type { FlowRunPolicy as FlowPolicy, TaskRunPolicy as TaskPolicy } from "../../domain/states/types.ts";
import { boolean, field, float, integer, list, literal, model, optional, withDefault } from "./model.ts";
import { unionOf } from "./run-fields.ts";

/** What the dialect keeps of a policy beside what the rules read: two fields that were renamed. */
interface Renamed {
  deprecatedMaxRetries?: number;
  deprecatedRetryDelaySeconds?: number;
}

/** `Set[Any]` of scalars. */
const set = () =>
  field<Json[]>(
    (value, fail) => {
      if (!Array.isArray(value)) return fail("value is not a valid set", "type_error.set");
      const compound = value.find((item) => typeof item === "object" && item !== null && !isRawNumber(item));
      if (compound !== undefined) return fail(`unhashable type: '${Array.isArray(compound) ? "list" : "dict"}'`, "type_error");
      return [...new Map(value.map((item) => [stringifyJson(item), item])).values()];
    },
    { type: "array", items: {}, uniqueItems: true },
  );

const renamedFields = {
  max_retries: withDefault(integer(), 0),
  retry_delay_seconds: withDefault(float(), 0),
  retries: optional(integer()),
};

export const FlowRunPolicyCreate = model(
  "FlowRunPolicyCreate",
  {
    ...renamedFields,
    retry_delay: optional(integer()),
    pause_keys: optional(set()),
    resuming: optional(boolean()),
    retry_type: optional(literal("in_process", "reschedule")),
  },
  { strict: false },
);

const retryDelays = () =>
  unionOf<number | number[]>(
    { anyOf: [{ type: "integer" }, { type: "array", items: { type: "integer" } }] },
    integer(),
    list(integer()),
  ).transform((value, context) => {
    if (!Array.isArray(value) || value.length <= 50) return value;
    context.addIssue({ code: "custom", message: "Can not configure more than 50 retry delays per task.", params: { type: "value_error" } });
    return z.NEVER;
  });

const jitterFactor = () =>
  float().transform((value, context) => {
    if (value >= 0) return value;
    context.addIssue({ code: "custom", message: "`retry_jitter_factor` must be >= 0.", params: { type: "value_error" } });
    return z.NEVER;
  });

export const TaskRunPolicyCreate = model(
  "TaskRunPolicyCreate",
  { ...renamedFields, retry_delay: optional(retryDelays()), retry_jitter_factor: optional(jitterFactor()) },
  { strict: false },
);

type Given = { max_retries: number; retry_delay_seconds: number; retries?: number | null | undefined };

const renamed = (given: Given): Renamed => ({
  ...(given.max_retries !== 0 && { deprecatedMaxRetries: given.max_retries }),
  ...(given.retry_delay_seconds !== 0 && { deprecatedRetryDelaySeconds: given.retry_delay_seconds }),
});

/** The retries and the delay, taken from the fields' old names where the new ones say nothing. */
const retriesOf = (given: Given) => given.retries || given.max_retries || (given.retries ?? null);
const delayOf = <T>(delay: T | null | undefined, given: Given) =>
  (Array.isArray(delay) ? delay.length > 0 : delay) ? (delay as T) : oldDelay(given.retry_delay_seconds) || (delay ?? null);

/** The delay of the old name, read as whole seconds, but for one below a second. */
const oldDelay = (seconds: number) => Math.trunc(seconds) || seconds;

export const flowRunPolicyOf = (given: z.output<typeof FlowRunPolicyCreate>): FlowPolicy & Renamed => ({
  ...renamed(given),
  retries: retriesOf(given),
  retryDelaySeconds: delayOf(given.retry_delay, given),
  pauseKeys: (given.pause_keys ?? []) as string[],
  resuming: given.resuming ?? false,
  retryType: given.retry_type ?? null,
});

export const taskRunPolicyOf = (given: z.output<typeof TaskRunPolicyCreate>): TaskPolicy & Renamed => ({
  ...renamed(given),
  retries: retriesOf(given),
  retryDelaySeconds: delayOf(given.retry_delay, given),
  retryJitterFactor: given.retry_jitter_factor ?? null,
});

const renamedToWire = (policy: Renamed) => ({
  max_retries: policy.deprecatedMaxRetries ?? 0,
  retry_delay_seconds: policy.deprecatedRetryDelaySeconds ?? 0,
});

export const FlowRunPolicy = z
  .object({
    max_retries: z.int(),
    retry_delay_seconds: z.number(),
    retries: z.int().nullable(),
    retry_delay: z.number().nullable(),
    pause_keys: z.array(z.string()),
    resuming: z.boolean(),
    retry_type: z.enum(["in_process", "reschedule"]).nullable(),
  })
  .openapi("FlowRunPolicy");

export const flowRunPolicyToWire = (policy: FlowPolicy & Renamed): z.input<typeof FlowRunPolicy> => ({
  ...renamedToWire(policy),
  retries: policy.retries,
  retry_delay: policy.retryDelaySeconds,
  pause_keys: [...policy.pauseKeys],
  resuming: policy.resuming,
  retry_type: policy.retryType,
});

export const TaskRunPolicy = z
  .object({
    max_retries: z.int(),
    retry_delay_seconds: z.number(),
    retries: z.int().nullable(),
    retry_delay: z.union([z.number(), z.array(z.number())]).nullable(),
    retry_jitter_factor: z.number().nullable(),
  })
  .openapi("TaskRunPolicy");

export const taskRunPolicyToWire = (policy: TaskPolicy & Renamed): z.input<typeof TaskRunPolicy> => ({
  ...renamedToWire(policy),
  retries: policy.retries,
  retry_delay:
    typeof policy.retryDelaySeconds === "object" && policy.retryDelaySeconds ? [...policy.retryDelaySeconds] : policy.retryDelaySeconds,
  retry_jitter_factor: policy.retryJitterFactor,
});
