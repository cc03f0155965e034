import type { JsonObject } from "../json.ts";
import {
  colourOf,
  isOn,
  joined,
  jsonRequest,
  kindOf,
  type Notification,
  type OutboundRequest,
  optionalText,
  pictureOf,
  SENDER,
  textOf,
  textsOf,
  Unsendable,
} from "./request.ts";

/** Rooms of people: what the blocks of prefect/blocks/notifications.py post there through apprise. */

const escapeSlack = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** Slack's incoming webhook, by its URL or apprise's `slack://name@token/token/token/#channel`. */
export function slackRequests(data: JsonObject, { subject, body }: Notification): OutboundRequest[] {
  const url = textOf(data, "url");
  const kind = kindOf(data);
  const picture = pictureOf(kind, 72);
  const message: JsonObject = {
    mrkdwn: true,
    attachments: [
      {
        title: escapeSlack(subject),
        text: escapeSlack(body.trimEnd()),
        color: colourOf(kind),
        footer: SENDER,
        ...(picture !== null && { footer_icon: picture }),
      },
    ],
    ...(picture !== null && { icon_url: picture }),
  };
  if (!url.startsWith("slack://")) return [jsonRequest(url, message)];
  const parts = /^slack:\/\/(?:([^@/]*)@)?([^/?]+)\/([^/?]+)\/([^/?]+)\/?([^?]*)/.exec(url);
  if (parts === null) throw new Unsendable("its Slack URL names no incoming webhook");
  const [, name, a, b, c, targets = ""] = parts;
  const webhook = `https://hooks.slack.com/services/${a}/${b}/${c}`;
  const named = { ...message, ...(name && { username: decodeURIComponent(name) }) };
  const channels = targets.split("/").filter((channel) => channel !== "");
  return channels.length === 0
    ? [jsonRequest(webhook, named)]
    : channels.map((channel) => jsonRequest(webhook, { ...named, channel: decodeURIComponent(channel) }));
}

/** A Microsoft Teams workflow: an adaptive card. */
export function teamsRequests(data: JsonObject, { subject, body }: Notification): OutboundRequest[] {
  const kind = kindOf(data);
  const picture = isOn(data, "include_image", true) ? pictureOf(kind, 32) : null;
  const card: JsonObject = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    body: [
      ...(picture === null ? [] : [{ type: "Image", url: picture, height: "32px", altText: kind }]),
      { type: "TextBlock", text: subject, style: "heading", weight: "Bolder", size: "Large", id: "title" },
      { type: "TextBlock", text: body.trimEnd(), style: "default", wrap: isOn(data, "wrap", true), id: "body" },
    ],
    msteams: { width: "full" },
  };
  const attachment = { contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content: card };
  return [jsonRequest(textOf(data, "url"), { type: "message", attachments: [attachment] })];
}

/** Discord's incoming webhook. */
export function discordRequests(data: JsonObject, notification: Notification): OutboundRequest[] {
  const tts = isOn(data, "tts", false);
  const avatar = isOn(data, "avatar", false) ? (optionalText(data, "avatar_url") ?? pictureOf(kindOf(data), 256)) : null;
  const botName = optionalText(data, "botname");
  const [id, token] = [textOf(data, "webhook_id"), textOf(data, "webhook_token")].map(encodeURIComponent);
  return [
    jsonRequest(`https://discord.com/api/webhooks/${id}/${token}`, {
      tts,
      wait: !tts,
      ...(avatar !== null && { avatar_url: avatar }),
      ...(botName !== null && { username: botName }),
      content: joined(notification),
    }),
  ];
}

/** A Mattermost server's incoming webhook: one request a channel, without TLS, as the block's URL in apprise has none. */
export function mattermostRequests(data: JsonObject, notification: Notification): OutboundRequest[] {
  const path = (optionalText(data, "path") ?? "").replace(/^\/+|\/+$/g, "");
  const port = optionalText(data, "port") ?? "8065";
  const token = encodeURIComponent(textOf(data, "token"));
  const url = `http://${textOf(data, "hostname")}:${port}/${path === "" ? "" : `${path}/`}hooks/${token}`;
  const picture = isOn(data, "include_image", false) ? pictureOf(kindOf(data), 72) : null;
  const message: JsonObject = {
    text: joined(notification),
    ...(picture !== null && { icon_url: picture }),
    username: optionalText(data, "botname") ?? SENDER,
  };
  const channels = textsOf(data, "channels").map((channel) => channel.replace(/^#/, ""));
  return channels.length === 0 ? [jsonRequest(url, message)] : channels.map((channel) => jsonRequest(url, { ...message, channel }));
}
