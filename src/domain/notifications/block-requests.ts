import type { JsonObject } from "../json.ts";
import { addressProblem } from "./address.ts";
import { opsgenieRequests, pagerDutyRequests, sendgridRequests } from "./alerts.ts";
import { discordRequests, mattermostRequests, slackRequests, teamsRequests } from "./chat.ts";
import { customWebhookRequests } from "./custom-webhook.ts";
import { type Notification, type OutboundRequest, Unsendable } from "./request.ts";
import { twilioRequests } from "./twilio.ts";

/** What each type of block sends, by its slug. */
const SENDERS: Readonly<Record<string, (data: JsonObject, notification: Notification) => OutboundRequest[]>> = {
  "slack-webhook": slackRequests,
  "ms-teams-webhook": teamsRequests,
  "discord-webhook": discordRequests,
  "mattermost-webhook": mattermostRequests,
  "pager-duty-webhook": pagerDutyRequests,
  "opsgenie-webhook": opsgenieRequests,
  "sendgrid-email": sendgridRequests,
  "twilio-sms": twilioRequests,
  "custom-webhook": customWebhookRequests,
};

/** Whether a block of a type is one to send notifications through. */
export const isSender = (slug: string): boolean => Object.hasOwn(SENDERS, slug);

/**
 * The HTTP requests that a block's `notify` makes (prefect/blocks/notifications.py), all to public addresses. Throws Unsendable,
 * with the reason, for a type that sends nothing here, data that is not whole, and an address that is not public.
 */
export function blockRequests(slug: string, data: JsonObject, notification: Notification): OutboundRequest[] {
  const sender = isSender(slug) ? SENDERS[slug] : undefined;
  if (sender === undefined) throw new Unsendable(`blocks of type ${slug} cannot be sent through by this service`);
  const requests = sender(data, notification);
  for (const { url } of requests) {
    const problem = addressProblem(url);
    if (problem !== null) throw new Unsendable(problem);
  }
  return requests;
}
