import { z } from "@hono/zod-openapi";
import type { Action } from "../../domain/automations/actions.ts";
import { parametersProblem } from "../../domain/automations/parameters.ts";
import { templateProblem } from "../../domain/jinja/check.ts";
import type { Json, JsonObject } from "../../domain/json.ts";
import { checkedModel, union } from "./checked.ts";
import { dict, literal, oneOf, optional, text, uuid, withDefault } from "./model.ts";
import { STATE_TYPES } from "./states.ts";

const VALUE_ERROR = { type: "value_error" };
const PAYLOAD_INDENT = 2;

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
function action(type: Action["type"], shape: z.ZodRawShape = {}, rule: (values: object) => string | undefined = anything) {
  return checkedModel({ ...typed(type), ...shape }, rule).transform((body) => ({
    ...Object.fromEntries(Object.keys(shape).map((key) => [camel(key), (body as Record<string, unknown>)[key] ?? null])),
    type,
  })) as unknown as z.ZodType<Action>;
}

const targeted = (type: Action["type"], key: string, shape: z.ZodRawShape = {}) =>
  action(type, { ...chosen(key), ...shape }, chosenRule(key));

const camel = (key: string) => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const snake = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A text that is a template; `name` is its field, which errors name. */
const template = (name: string) =>
  text().transform((value, context) => {
    const problem = templateProblem(value);
    if (problem)
      context.addIssue({ code: "custom", message: `'${name}' is not a valid template: ${problem.message}`, params: VALUE_ERROR });
    return value;
  });

/** A template of a webhook's payload; of what is not text, as older pages send it, its JSON. */
const payload = () =>
  z.preprocess(
    (value: Json | undefined) =>
      value === null || value === undefined || typeof value === "string" ? value : JSON.stringify(value, null, PAYLOAD_INDENT),
    template("payload"),
  );

/** Parameters whose templates and the like are well-formed. */
const parameters = () =>
  dict().transform((value, context) => {
    const problem = parametersProblem(value);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem, params: VALUE_ERROR });
    return value;
  });

const MODELS: z.ZodType<Action>[] = [
  action("do-nothing"),
  targeted("run-deployment", "deployment_id", { parameters: optional(parameters()), job_variables: optional(dict()) }),
  targeted("pause-deployment", "deployment_id"),
  targeted("resume-deployment", "deployment_id"),
  action("cancel-flow-run"),
  action("change-flow-run-state", { name: optional(text()), state: oneOf(...STATE_TYPES), message: optional(text()) }),
  targeted("pause-work-queue", "work_queue_id"),
  targeted("resume-work-queue", "work_queue_id"),
  action("send-notification", {
    block_document_id: uuid(),
    subject: withDefault(template("subject"), "Prefect automated notification"),
    body: template("body"),
  }),
  action("call-webhook", { block_document_id: uuid(), payload: withDefault(payload(), "") }),
  targeted("pause-automation", "automation_id"),
  targeted("resume-automation", "automation_id"),
  action("suspend-flow-run"),
  targeted("pause-work-pool", "work_pool_id"),
  targeted("resume-work-pool", "work_pool_id"),
];

export const ActionModel = union<Action>(...MODELS.map((model) => () => model));

/** An action as the dialect shows it; what lies inside its parameters keeps its names. */
export const actionToWire = ({ type, ...rest }: Action): JsonObject => ({
  type,
  ...(Object.fromEntries(Object.entries(rest).map(([key, value]) => [snake(key), value])) as JsonObject),
});
