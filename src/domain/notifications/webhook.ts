import { type JsonObject, stringifyJson } from "../json.ts";
import { str } from "../parameters/python/repr.ts";
import { addressProblem } from "./address.ts";
import { type OutboundRequest, objectOf, optionalText, textOf, Unsendable } from "./request.ts";

export const WEBHOOK_SLUG = "webhook";
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/**
 * The request of a Webhook block's `call` (prefect/blocks/webhook.py), to a public address: the payload, a text, goes as JSON. Throws
 * Unsendable, with the reason, for data that is not whole and an address that is not public.
 */
export function webhookRequest(data: JsonObject, payload: string): OutboundRequest {
  const method = optionalText(data, "method") ?? "POST";
  if (!METHODS.includes(method)) throw new Unsendable("its block has an unknown method");
  const url = textOf(data, "url");
  const problem = addressProblem(url);
  if (problem !== null) throw new Unsendable(problem);
  const headers = Object.entries(objectOf(data, "headers")).map(([name, value]) => [name.toLowerCase(), str(value)]);
  return {
    method,
    url,
    headers: { accept: "*/*", "content-type": "application/json", ...Object.fromEntries(headers) },
    // A GET has no body for `fetch`.
    body: method === "GET" ? null : stringifyJson(payload),
    timeoutSeconds: null,
  };
}

/** Headers of an answer that are not shown: sensitive or noisy ones (`should_redact_header`). */
const REDACTED = ["x-forwarded", "x-b3", "x-cloud-trace", "x-envoy", "x-prefect"];

export const isShownHeader = (name: string): boolean =>
  !["authorization", "traceparent", "via"].includes(name) && !REDACTED.some((prefix) => name.startsWith(prefix));
