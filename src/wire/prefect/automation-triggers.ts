import type { z } from "@hono/zod-openapi";
import type { CompositeTrigger, EventTrigger, Trigger } from "../../domain/automations/triggers.ts";
import type { JsonObject } from "../../domain/json.ts";
import { checkedModel, textSet, union } from "./checked.ts";
import { invalidPlaces } from "./errors.ts";
import { resourceSpecification } from "./events.ts";
import { duration, field, integer, list, literal, optional, uuid, withDefault } from "./model.ts";

/** What a trigger that waits for absent events must be given, in seconds, at the least; and gets when it names no time. */
const MIN_PROACTIVE_WITHIN = 10;

/** A Python `Literal` of enum members, which its error shows by their Python names. */
const posture = () =>
  field<EventTrigger["posture"]>(
    (value, fail) => {
      if (value === "Reactive" || value === "Proactive") return value;
      const ctx = { given: value, permitted: ["Reactive", "Proactive"] };
      return fail("unexpected value; permitted: Posture.Reactive, Posture.Proactive", "value_error.const", ctx);
    },
    { type: "string", enum: ["Reactive", "Proactive"] },
  );

const within = () =>
  duration().transform((value, context) => {
    if (value >= 0) return value;
    context.addIssue({ code: "custom", message: "The minimum within is 0 seconds", params: { type: "value_error" } });
    return value;
  });

/** Ids that come with a trigger are never kept. */
const triggerId = () => optional(uuid());

const EventTriggerModel = checkedModel(
  {
    type: withDefault(literal("event"), "event"),
    id: triggerId(),
    match: withDefault(resourceSpecification(), {}),
    match_related: withDefault(resourceSpecification(), {}),
    after: withDefault(textSet(), []),
    expect: withDefault(textSet(), []),
    for_each: withDefault(textSet(), []),
    posture: posture(),
    threshold: withDefault(integer(), 1),
    within: withDefault(within(), 0),
  },
  ({ posture, within: seconds, ...others }) => {
    const isWhole = Object.keys(others).length >= 7 && seconds !== undefined;
    if (!isWhole || posture !== "Proactive" || seconds === 0 || seconds >= MIN_PROACTIVE_WITHIN) return undefined;
    return "The minimum within for Proactive triggers is 10 seconds";
  },
).transform(
  (body): Trigger => ({
    type: "event",
    id: "",
    match: body.match,
    matchRelated: body.match_related,
    after: body.after,
    expect: body.expect,
    forEach: body.for_each,
    posture: body.posture,
    threshold: body.threshold,
    within: body.posture === "Proactive" ? body.within || MIN_PROACTIVE_WITHIN : body.within,
  }),
);

const triggers = () => list(TriggerModel);

const requirement = () =>
  union<number | "any" | "all">(
    () => integer(),
    () => literal("any", "all"),
  );

const CompoundTriggerModel = checkedModel(
  {
    type: withDefault(literal("compound"), "compound"),
    id: triggerId(),
    triggers: lazyTriggers(),
    within: optional(duration()),
    require: requirement(),
  },
  ({ require, triggers }) => {
    if (typeof require !== "number") return undefined;
    if (require < 1) return "required must be at least 1";
    return require > (triggers?.length ?? 0) ? "required must be less than or equal to the number of triggers" : undefined;
  },
).transform((body): Trigger => ({ type: "compound", id: "", triggers: body.triggers, within: body.within ?? null, require: body.require }));

const SequenceTriggerModel = checkedModel(
  { type: withDefault(literal("sequence"), "sequence"), id: triggerId(), triggers: lazyTriggers(), within: optional(duration()) },
  () => undefined,
).transform((body): Trigger => ({ type: "sequence", id: "", triggers: body.triggers, within: body.within ?? null }));

export const TriggerModel: z.ZodType<Trigger> = union<Trigger>(
  () => EventTriggerModel,
  () => CompoundTriggerModel,
  () => SequenceTriggerModel,
);

/** The triggers within a trigger; read when a request is, since the model holds itself. */
function lazyTriggers() {
  return field<Trigger[]>(
    (value, fail) => {
      const read = triggers().safeParse(value);
      if (read.success) return read.data;
      for (const { msg, type, ctx, loc } of invalidPlaces(read.error, [], value)) fail(msg, type, ctx, loc);
      return [];
    },
    { type: "array", items: { type: "object" } },
  );
}

/** A trigger as the dialect shows it. */
export function triggerToWire(trigger: Trigger): JsonObject {
  return trigger.type === "event" ? eventTriggerToWire(trigger) : compositeTriggerToWire(trigger);
}

const eventTriggerToWire = ({ type, id, match, matchRelated, after, expect, forEach, posture, threshold, within }: EventTrigger) => ({
  ...{ type, id, match, match_related: matchRelated, after, expect, for_each: forEach, posture, threshold, within },
});

const compositeTriggerToWire = ({ type, id, triggers, within, require }: CompositeTrigger): JsonObject => ({
  ...{ type, id, triggers: triggers.map(triggerToWire), within },
  ...(require === undefined ? {} : { require }),
});
