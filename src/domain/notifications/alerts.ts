import type { JsonObject } from "../json.ts";
import {
  isOn,
  jsonRequest,
  kindOf,
  type Notification,
  type OutboundRequest,
  objectOf,
  optionalText,
  pictureOf,
  SENDER,
  textOf,
  textsOf,
  Unsendable,
} from "./request.ts";

/** Services that call people: what the blocks of prefect/blocks/notifications.py post there through apprise. */

const SEVERITIES: Readonly<Record<string, string>> = { info: "info", success: "info", warning: "warning", failure: "critical" };

/** PagerDuty's Events API, version 2: the body goes into the details, where it is not cut. */
export function pagerDutyRequests(data: JsonObject, { subject, body }: Notification): OutboundRequest[] {
  const kind = optionalText(data, "notify_type") ?? "info";
  const picture = isOn(data, "include_image", true) ? pictureOf(kind, 128) : null;
  const [group, classId, link] = [optionalText(data, "group"), optionalText(data, "class_id"), optionalText(data, "clickable_url")];
  const event: JsonObject = {
    routing_key: textOf(data, "integration_key"),
    payload: {
      summary: `${subject}\r\n`,
      severity: SEVERITIES[kind] ?? "info",
      source: optionalText(data, "source") ?? "Prefect",
      component: optionalText(data, "component") ?? "Notification",
      ...(group !== null && { group }),
      ...(classId !== null && { class: classId }),
      custom_details: { ...objectOf(data, "custom_details"), "Prefect Notification Body": body.trim() },
    },
    client: SENDER,
    event_action: "trigger",
    ...(link !== null && { links: [{ href: link }] }),
    ...(picture !== null && { images: [{ src: picture, alt: kind }] }),
  };
  const host = optionalText(data, "region_name") === "eu" ? "events.eu.pagerduty.com" : "events.pagerduty.com";
  return [jsonRequest(`https://${host}/v2/enqueue`, event, { authorization: `Token token=${textOf(data, "api_key")}` })];
}

/** How Opsgenie names those it calls: the block's field, the kind, and the field of the name. */
const RESPONDERS = [
  ["target_team", "team", "name"],
  ["target_schedule", "schedule", "name"],
  ["target_escalation", "escalation", "name"],
  ["target_user", "user", "username"],
] as const;
const RESPONDERS_A_BATCH = 50;
const LONGEST_OPSGENIE_TITLE = 130;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Opsgenie's Alert API: one alert a responder, or for all of them in batches. */
export function opsgenieRequests(data: JsonObject, { subject, body }: Notification): OutboundRequest[] {
  const tags = textsOf(data, "tags");
  const [entity, alias] = [optionalText(data, "entity"), optionalText(data, "alias")];
  const alert: JsonObject = {
    source: SENDER,
    message: subject.length > LONGEST_OPSGENIE_TITLE ? `${subject.slice(0, LONGEST_OPSGENIE_TITLE - 3)}...` : subject,
    description: body.trimEnd(),
    details: { type: kindOf(data), ...objectOf(data, "details") },
    priority: `P${(optionalText(data, "priority") ?? "3").replace(/^P/i, "")}`,
    ...(tags.length > 0 && { tags }),
    ...(entity !== null && { entity }),
    ...(alias !== null && { alias }),
  };
  const host = optionalText(data, "region_name") === "eu" ? "api.eu.opsgenie.com" : "api.opsgenie.com";
  const headers = { authorization: `GenieKey ${textOf(data, "apikey")}` };
  const responders = RESPONDERS.flatMap(([key, type, nameKey]) =>
    textsOf(data, key).map((name): JsonObject => ({ type, [UUID.test(name) ? "id" : nameKey]: name })),
  );
  const size = isOn(data, "batch", false) ? RESPONDERS_A_BATCH : 1;
  const batches = Array.from({ length: Math.ceil(responders.length / size) }, (_, index) => ({
    responders: responders.slice(index * size, (index + 1) * size),
  }));
  return (batches.length > 0 ? batches : [{}]).map((batch) => jsonRequest(`https://${host}/v2/alerts`, { ...alert, ...batch }, headers));
}

/** Sendgrid's Mail Send API, version 3: one mail a recipient. */
export function sendgridRequests(data: JsonObject, { subject, body }: Notification): OutboundRequest[] {
  const recipients = textsOf(data, "to_emails");
  if (recipients.length === 0) throw new Unsendable("its block names no recipient");
  const headers = { authorization: `Bearer ${textOf(data, "api_key")}` };
  return recipients.map((email) =>
    jsonRequest(
      "https://api.sendgrid.com/v3/mail/send",
      {
        personalizations: [{ to: [{ email }] }],
        from: { email: textOf(data, "sender_email") },
        subject,
        // Apprise says text/html of the same text, and loses its lines.
        content: [{ type: "text/plain", value: body.trimEnd() }],
      },
      headers,
    ),
  );
}
