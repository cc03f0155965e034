import { z } from "@hono/zod-openapi";
import { templateProblem } from "../../domain/message-template.ts";
import type { NotificationPolicyRow } from "../../store/notification-policies.ts";
import { NotificationPolicyFilter } from "./filters.ts";
import { boolean, list, model, optional, text, uuid, withDefault } from "./model.ts";
import { id, ormFields, ormToWire } from "./objects.ts";
import { limitKey, offsetKey } from "./paging.ts";

function checkTemplate(template: string) {
  const msg = templateProblem(template);
  return msg === undefined ? undefined : { msg, type: "value_error" };
}

const messageTemplate = () => optional(text({ check: checkTemplate }));

export const NotificationPolicyCreate = model("FlowRunNotificationPolicyCreate", {
  is_active: withDefault(boolean(), true),
  state_names: list(text()),
  tags: list(text()),
  block_document_id: uuid(),
  message_template: messageTemplate(),
});

export const NotificationPolicyUpdate = model("FlowRunNotificationPolicyUpdate", {
  is_active: optional(boolean()),
  state_names: optional(list(text())),
  tags: optional(list(text())),
  block_document_id: optional(uuid()),
  message_template: messageTemplate(),
});

export const NotificationPoliciesFilterBody = z.object({
  ...limitKey,
  flow_run_notification_policy_filter: optional(NotificationPolicyFilter),
  ...offsetKey,
});

export const NotificationPolicy = z
  .object({
    ...ormFields,
    is_active: z.boolean(),
    state_names: z.array(z.string()),
    tags: z.array(z.string()),
    block_document_id: id(),
    message_template: z.string().nullable(),
  })
  .openapi("FlowRunNotificationPolicy");

/** A policy as the dialect shows it. */
export const notificationPolicyToWire = (row: NotificationPolicyRow): z.input<typeof NotificationPolicy> => ({
  ...ormToWire(row),
  is_active: row.isActive,
  state_names: row.stateNames,
  tags: row.tags,
  block_document_id: row.blockDocumentId,
  message_template: row.messageTemplate,
});
