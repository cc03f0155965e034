import { isJsonObject, isRawNumber, type Json, type JsonObject, stringifyJson } from "../json.ts";

/** A notification as a block's `notify(body, subject)` takes it. */
export interface Notification {
  readonly subject: string;
  readonly body: string;
}

/** One HTTP request to somebody else's service. */
export interface OutboundRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Null where the block does not say. */
  readonly timeoutSeconds: number | null;
}

/** A block that nothing can be sent through. The message says why and holds nothing of the block's data. */
export class Unsendable extends Error {}

/** How the service names itself to others (Prefect's apprise `app_id`). */
export const SENDER = "Prefect Notifications";

/** A request with a JSON body, as apprise makes it. */
export const jsonRequest = (url: string, body: JsonObject, headers: Record<string, string> = {}): OutboundRequest => ({
  method: "POST",
  url,
  headers: { "user-agent": SENDER, "content-type": "application/json", ...headers },
  body: stringifyJson(body),
  timeoutSeconds: null,
});

/** Subject and body as one text, as apprise joins them for services that have no place for a subject. */
export const joined = ({ subject, body }: Notification): string => `${subject}\r\n${body.trimEnd()}`;

/** A text of a block's data; throws Unsendable when it is not there. */
export function textOf(data: JsonObject, key: string): string {
  const value = optionalText(data, key);
  if (value === null) throw new Unsendable(`its block has no ${key}`);
  return value;
}

/** A text, or a number as text; null when it is absent or empty. */
export function optionalText(data: JsonObject, key: string): string | null {
  const value = data[key];
  if (typeof value === "string") return value === "" ? null : value;
  return typeof value === "number" || isRawNumber(value) ? stringifyJson(value) : null;
}

/** The texts of a list; none when it is absent. */
export function textsOf(data: JsonObject, key: string): string[] {
  const value = data[key];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string" && item !== "") : [];
}

export const isOn = (data: JsonObject, key: string, fallback: boolean): boolean => {
  const value = data[key];
  return typeof value === "boolean" ? value : fallback;
};

/** An object of a block's data; empty when it is absent. */
export const objectOf = (data: JsonObject, key: string): JsonObject => {
  const value: Json | undefined = data[key];
  return isJsonObject(value) ? value : {};
};

const COLOURS: Readonly<Record<string, string>> = { info: "#3AA3E3", success: "#3AA337", failure: "#A32037", warning: "#CACF29" };

/** The block's kind of notification: `prefect_default` has no picture, and a colour that says nothing. */
export const kindOf = (data: JsonObject): string => optionalText(data, "notify_type") ?? "prefect_default";

export const colourOf = (kind: string): string => COLOURS[kind] ?? "#888888";

/** Where apprise's picture of a kind of notification is, for services that show one; null for a kind without one. */
export const pictureOf = (kind: string, pixels: number): string | null =>
  kind in COLOURS
    ? `https://github.com/caronc/apprise/raw/master/apprise/assets/themes/default/apprise-${kind}-${pixels}x${pixels}.png`
    : null;
