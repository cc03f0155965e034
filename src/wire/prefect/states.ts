import { z } from "@hono/zod-openapi";
import type { SetStateAnswer } from "../../domain/states/answer.ts";
import type { ResponseDetails } from "../../domain/states/decision.ts";
import { proposeState, STATE_TYPES } from "../../domain/states/state.ts";
import type { StateDetails as DomainDetails, State as DomainState, ProposedState } from "../../domain/states/types.ts";
import { formatTime, type Micros } from "../../domain/time.ts";
import { anything, boolean, datetime, model, oneOf, optional, text, textDict, uuid, withDefault } from "./model.ts";
import { freeJson, id, time, timeOrNull } from "./objects.ts";

/** In the order in which the dialect's errors list them. */
export { STATE_TYPES };

const StateDetailsCreate = model(
  "StateDetailsCreate",
  {
    flow_run_id: optional(uuid()),
    task_run_id: optional(uuid()),
    child_flow_run_id: optional(uuid()),
    scheduled_time: optional(datetime()),
    cache_key: optional(text()),
    cache_expiration: optional(datetime()),
    untrackable_result: withDefault(boolean(), false),
    pause_timeout: optional(datetime()),
    pause_reschedule: withDefault(boolean(), false),
    pause_key: optional(text()),
    run_input_keyset: optional(textDict()),
    refresh_cache: optional(boolean()),
    retriable: optional(boolean()),
    transition_id: optional(uuid()),
    task_parameters_id: optional(uuid()),
  },
  { strict: false },
);

/** A state somebody proposes. `timestamp` and `id` are read and ignored: both are the server's to give. */
export const StateCreate = model("StateCreate", {
  type: oneOf(...STATE_TYPES),
  name: optional(text()),
  message: optional(text()),
  data: anything().optional(),
  state_details: StateDetailsCreate.prefault({}),
  timestamp: optional(datetime()),
  id: optional(uuid()),
});

/** A request's state as the domain takes it. One that is SCHEDULED without a time is scheduled for `now`. */
export function proposalOf(
  { type, name, message, data, state_details: details }: z.output<typeof StateCreate>,
  now: Micros,
): ProposedState {
  const proposed: DomainDetails = {
    flowRunId: details.flow_run_id ?? null,
    taskRunId: details.task_run_id ?? null,
    childFlowRunId: details.child_flow_run_id ?? null,
    scheduledTime: details.scheduled_time ?? null,
    cacheKey: details.cache_key ?? null,
    cacheExpiration: details.cache_expiration ?? null,
    untrackableResult: details.untrackable_result,
    pauseTimeout: details.pause_timeout ?? null,
    pauseReschedule: details.pause_reschedule,
    pauseKey: details.pause_key ?? null,
    runInputKeyset: details.run_input_keyset ?? null,
    refreshCache: details.refresh_cache ?? null,
    retriable: details.retriable ?? null,
    transitionId: details.transition_id ?? null,
    taskParametersId: details.task_parameters_id ?? null,
  };
  return proposeState({ type, name: name ?? null, message: message ?? null, data: data ?? null, details: proposed }, now);
}

/** The state of a new run for which none was sent. */
export const pendingState = (now: Micros): ProposedState => proposeState({ type: "PENDING" }, now);

const StateDetails = z
  .object({
    flow_run_id: id().nullable(),
    task_run_id: id().nullable(),
    child_flow_run_id: id().nullable(),
    scheduled_time: time().nullable(),
    cache_key: z.string().nullable(),
    cache_expiration: time().nullable(),
    untrackable_result: z.boolean(),
    pause_timeout: time().nullable(),
    pause_reschedule: z.boolean(),
    pause_key: z.string().nullable(),
    run_input_keyset: z.record(z.string(), z.string()).nullable(),
    refresh_cache: z.boolean().nullable(),
    retriable: z.boolean().nullable(),
    transition_id: id().nullable(),
    task_parameters_id: id().nullable(),
  })
  .openapi("StateDetails");

export const StateTypeName = z.enum(STATE_TYPES).openapi("StateType");

export const State = z
  .object({
    id: id(),
    type: StateTypeName,
    name: z.string(),
    timestamp: time(),
    message: z.string().nullable(),
    data: freeJson(),
    state_details: StateDetails,
  })
  .openapi("State");

export const stateToWire = ({ details, ...state }: DomainState): z.input<typeof State> => ({
  id: state.id,
  type: state.type,
  name: state.name,
  timestamp: formatTime(state.timestamp),
  message: state.message,
  data: state.data,
  state_details: {
    flow_run_id: details.flowRunId,
    task_run_id: details.taskRunId,
    child_flow_run_id: details.childFlowRunId,
    scheduled_time: timeOrNull(details.scheduledTime),
    cache_key: details.cacheKey,
    cache_expiration: timeOrNull(details.cacheExpiration),
    untrackable_result: details.untrackableResult,
    pause_timeout: timeOrNull(details.pauseTimeout),
    pause_reschedule: details.pauseReschedule,
    pause_key: details.pauseKey,
    run_input_keyset: details.runInputKeyset,
    refresh_cache: details.refreshCache,
    retriable: details.retriable,
    transition_id: details.transitionId,
    task_parameters_id: details.taskParametersId,
  },
});

export const stateOrNull = (state: DomainState | null) => (state === null ? null : stateToWire(state));

/** The body of `set_state`. */
export const SetStateBody = z.object({ state: StateCreate, force: withDefault(boolean(), false) });

export const OrchestrationResult = z
  .object({
    state: State.nullable(),
    status: z.enum(["ACCEPT", "REJECT", "ABORT", "WAIT"]),
    details: z.discriminatedUnion("type", [
      z.object({ type: z.literal("accept_details") }),
      z.object({ type: z.literal("reject_details"), reason: z.string().nullable() }),
      z.object({ type: z.literal("abort_details"), reason: z.string().nullable() }),
      z.object({ type: z.literal("wait_details"), delay_seconds: z.int(), reason: z.string().nullable() }),
    ]),
  })
  .openapi("OrchestrationResult");

const detailsToWire = (details: ResponseDetails) =>
  details.type === "wait_details" ? { type: details.type, delay_seconds: details.delaySeconds, reason: details.reason } : details;

/** The answer to a proposed state: 201 if and only if a new state was written. */
export const orchestrationAnswer = ({ state, written, status, details }: SetStateAnswer) => ({
  status: written ? 201 : 200,
  body: { state: stateOrNull(state), status, details: detailsToWire(details) } satisfies z.input<typeof OrchestrationResult>,
});
