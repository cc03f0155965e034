import { z } from "@hono/zod-openapi";
import type { Action } from "../../domain/automations/actions.ts";
import { loopProblem } from "../../domain/automations/loops.ts";
import type { Trigger } from "../../domain/automations/triggers.ts";
import type { AutomationRow } from "../../store/automations.ts";
import { ActionModel, actionToWire } from "./automation-actions.ts";
import { TriggerModel, triggerToWire } from "./automation-triggers.ts";
import { checkedModel } from "./checked.ts";
import { NameSort } from "./flows.ts";
import { boolean, datetime, list, model, oneOf, optional, text, uuid, withDefault } from "./model.ts";
import { freeObject, ormFields, ormToWire } from "./objects.ts";
import { limitKey, offsetKey } from "./paging.ts";

const actions = () => list(ActionModel);

const fields = {
  name: text(),
  description: withDefault(text(), ""),
  enabled: withDefault(boolean(), true),
  trigger: TriggerModel,
  actions: actions(),
  actions_on_trigger: actions().default([]),
  actions_on_resolve: actions().default([]),
};

const rule = (body: { enabled?: boolean; trigger?: Trigger; actions?: Action[] }) =>
  body.enabled === undefined || !body.trigger || !body.actions ? undefined : loopProblem(body.enabled, body.trigger, body.actions);

export const AutomationCreate = checkedModel({ ...fields, owner_resource: optional(text()) }, rule, { strict: true });
export const AutomationUpdate = checkedModel(fields, rule, { strict: true });
export const AutomationPartialUpdate = model("AutomationPartialUpdate", { enabled: withDefault(boolean(), true) });

/** A request's automation. */
export function automationOf(body: z.output<typeof AutomationUpdate>) {
  return {
    name: body.name,
    description: body.description,
    enabled: body.enabled,
    trigger: body.trigger,
    actions: body.actions,
    actionsOnTrigger: body.actions_on_trigger,
    actionsOnResolve: body.actions_on_resolve,
  };
}

const AutomationFilter = model("AutomationFilter", {
  operator: withDefault(oneOf("and_", "or_"), "and_"),
  name: optional(model("AutomationFilterName", { any_: optional(list(text())) })),
  created: optional(model("AutomationFilterCreated", { before_: optional(datetime()) })),
});

export const AutomationsFilterBody = z.object({
  ...limitKey,
  sort: withDefault(NameSort, "NAME_ASC"),
  ...offsetKey,
  automations: optional(AutomationFilter),
});

export const paramsOfAutomation = z.object({ id: uuid() });
export const paramsOfResource = z.object({ resource_id: text() });

export const Automation = z
  .object({
    name: z.string(),
    description: z.string(),
    enabled: z.boolean(),
    trigger: freeObject(),
    actions: z.array(freeObject()),
    actions_on_trigger: z.array(freeObject()),
    actions_on_resolve: z.array(freeObject()),
    ...ormFields,
  })
  .openapi("Automation");

export const automationToWire = (row: AutomationRow): z.input<typeof Automation> => ({
  name: row.name,
  description: row.description,
  enabled: row.enabled,
  trigger: triggerToWire(row.trigger),
  actions: row.actions.map(actionToWire),
  actions_on_trigger: row.actionsOnTrigger.map(actionToWire),
  actions_on_resolve: row.actionsOnResolve.map(actionToWire),
  ...ormToWire(row),
});
