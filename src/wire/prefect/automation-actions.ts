import type { z } from "@hono/zod-openapi";
import type { Action } from "../../domain/automations/actions.ts";
import type { JsonObject } from "../../domain/json.ts";
import { checkedModel, union } from "./checked.ts";
import { dict, literal, oneOf, optional, text, uuid, withDefault } from "./model.ts";
import { STATE_TYPES } from "./states.ts";

/** An action that is read, and then refused: this server sends nothing to other places. */
export interface SendingAction {
  type: "send-notification" | "call-webhook";
}

type AnyAction = Action | SendingAction;

const typed = <const T extends string>(type: T) => ({ type: withDefault(literal(type), type as never) });

/** A target that is selected by its id, or inferred from the event. */
const chosen = <K extends string>(key: K) => ({
  source: withDefault(literal("selected", "inferred"), "selected"),
  [key]: optional(uuid()),
});

/** An id goes with `selected`, and with nothing else. */
const chosenRule = (key: string) => (values: object) => {
  const { source, [key]: id } = values as Record<string, unknown>;
  if ((source === "selected") === Boolean(id)) return undefined;
  return `${key} is ${id ? "not allowed" : "required"}`;
};

const anything = () => undefined;

/** The model of an action type, read into neutral keys; what is optional is null. */
function action(type: AnyAction["type"], shape: z.ZodRawShape = {}, rule: (values: object) => string | undefined = anything) {
  return checkedModel({ ...typed(type), ...shape }, rule).transform((body) => ({
    ...Object.fromEntries(Object.keys(shape).map((key) => [camel(key), (body as Record<string, unknown>)[key] ?? null])),
    type,
  })) as unknown as z.ZodType<AnyAction>;
}

const targeted = (type: Action["type"], key: string, shape: z.ZodRawShape = {}) =>
  action(type, { ...chosen(key), ...shape }, chosenRule(key));

const camel = (key: string) => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const snake = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const MODELS: z.ZodType<AnyAction>[] = [
  action("do-nothing"),
  targeted("run-deployment", "deployment_id", { parameters: optional(dict()), job_variables: optional(dict()) }),
  targeted("pause-deployment", "deployment_id"),
  targeted("resume-deployment", "deployment_id"),
  action("cancel-flow-run"),
  action("change-flow-run-state", { name: optional(text()), state: oneOf(...STATE_TYPES), message: optional(text()) }),
  targeted("pause-work-queue", "work_queue_id"),
  targeted("resume-work-queue", "work_queue_id"),
  action("send-notification", { block_document_id: uuid(), subject: withDefault(text(), ""), body: text() }),
  action("call-webhook", { block_document_id: uuid() }),
  targeted("pause-automation", "automation_id"),
  targeted("resume-automation", "automation_id"),
  action("suspend-flow-run"),
  targeted("pause-work-pool", "work_pool_id"),
  targeted("resume-work-pool", "work_pool_id"),
];

export const ActionModel = union<AnyAction>(...MODELS.map((model) => () => model));

/** An action as the dialect shows it; what lies inside its parameters keeps its names. */
export const actionToWire = ({ type, ...rest }: Action): JsonObject => ({
  type,
  ...(Object.fromEntries(Object.entries(rest).map(([key, value]) => [snake(key), value])) as JsonObject),
});
