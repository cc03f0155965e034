import { isJsonObject, type Json, type JsonObject, stringifyJson } from "../json.ts";
import { str } from "../parameters/python/repr.ts";
import { type Notification, type OutboundRequest, objectOf, optionalText, SENDER, textOf, Unsendable } from "./request.ts";

// Prefect's PLACEHOLDER_CAPTURE_REGEX; Python's \w knows all scripts.
const PLACEHOLDER = /\{\{\s*([\p{L}\p{N}_.\-[\]$]+)\s*\}\}/gu;
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** The request of a Custom Webhook block, every text of it with `{{ placeholders }}` filled in (`CustomWebhookNotificationBlock`). */
export function customWebhookRequests(data: JsonObject, { subject, body }: Notification): OutboundRequest[] {
  const values: JsonObject = { ...objectOf(data, "secrets"), subject, body, name: optionalText(data, "name") };
  const fill = (value: Json): Json => filled(value, values);
  const texts = (key: string): [string, string][] =>
    Object.entries(objectOf({ [key]: fill(data[key] ?? null) }, key)).map(([name, value]) => [name, str(value)]);
  const json = data.json_data ?? null;
  const form = data.form_data ?? null;
  if (json !== null && form !== null) throw new Unsendable("its block has both form data and JSON data");
  const method = optionalText(data, "method") ?? "POST";
  if (!METHODS.includes(method)) throw new Unsendable("its block has an unknown method");
  const cookies = texts("cookies").map(([name, value]) => `${name}=${value}`);
  const headers = {
    "user-agent": SENDER,
    ...(json !== null && { "content-type": "application/json" }),
    ...(form !== null && { "content-type": "application/x-www-form-urlencoded" }),
    ...(cookies.length > 0 && { cookie: cookies.join("; ") }),
    ...Object.fromEntries(texts("headers").map(([name, value]) => [name.toLowerCase(), value])),
  };
  const content = json !== null ? stringifyJson(fill(json)) : form !== null ? new URLSearchParams(texts("form_data")).toString() : null;
  return [
    {
      method,
      url: withQuery(str(fill(textOf(data, "url"))), texts("params")),
      headers,
      // A GET has no body for `fetch`.
      body: method === "GET" ? null : content,
      timeoutSeconds: Number(optionalText(data, "timeout") ?? 10),
    },
  ];
}

/** The URL with another query, when there is one, as httpx puts it. */
function withQuery(text: string, params: readonly [string, string][]): string {
  if (params.length === 0 || !URL.canParse(text)) return text;
  const url = new URL(text);
  url.search = new URLSearchParams(params.map(([name, value]) => [name, value])).toString();
  return url.href;
}

/** A template with its placeholders filled in: one that stands alone by its value as it is, others by their text. */
function filled(template: Json, values: JsonObject): Json {
  if (typeof template === "string") {
    const [only] = template.matchAll(PLACEHOLDER);
    if (only?.[0] === template) return placeholderValue(only[1] ?? "", values);
    return template.replace(PLACEHOLDER, (_, name: string) => str(placeholderValue(name, values)));
  }
  if (Array.isArray(template)) return template.map((item) => filled(item, values));
  if (!isJsonObject(template)) return template;
  return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, filled(value, values)]));
}

function placeholderValue(name: string, values: JsonObject): Json {
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  if (value === undefined) throw new Unsendable("its block names a placeholder that is neither known nor one of its secrets");
  return value;
}
