import type { OutboundRequest } from "../../domain/notifications/request.ts";

/** How long one notification may take, in all; a claim holds longer than this. */
const PATIENCE_MILLIS = 20_000;
const TIMEOUT_SECONDS = 10;

/** What came of a notification: whether it was taken, and if not, why, and whether trying again could help. */
export type Sent = { ok: true } | { ok: false; reason: string; final: boolean };

/**
 * Sends the requests of one notification, in order, up to the first that fails. Redirects are not followed: they could lead to
 * addresses that are not public. Answers are not read, but for their status.
 */
export async function sendRequests(requests: readonly OutboundRequest[]): Promise<Sent> {
  const deadline = AbortSignal.timeout(PATIENCE_MILLIS);
  for (const request of requests) {
    const response = await sendRequest(request, deadline);
    if (typeof response === "string") return { ok: false, reason: response, final: false };
    await response.body?.cancel();
    if (!response.ok) return { ok: false, reason: `it was answered with status ${response.status}`, final: isFinal(response.status) };
  }
  return { ok: true };
}

/** Sends one request; gives the answer, whatever its status and its body unread, or why there is none. */
export async function sendRequest(
  { method, url, headers, body, timeoutSeconds }: OutboundRequest,
  deadline = AbortSignal.timeout(PATIENCE_MILLIS),
): Promise<Response | string> {
  const seconds = timeoutSeconds !== null && timeoutSeconds > 0 ? timeoutSeconds : TIMEOUT_SECONDS;
  const signal = AbortSignal.any([deadline, AbortSignal.timeout(Math.min(seconds * 1000, PATIENCE_MILLIS))]);
  try {
    return await fetch(url, { method, headers, body, redirect: "manual", signal });
  } catch (error) {
    // What the error says may hold the URL, which is a secret.
    const timedOut = error instanceof Error && (error.name === "TimeoutError" || error.name === "AbortError");
    return timedOut ? "it was not answered in time" : "its receiver could not be reached";
  }
}

/** A redirect or a refusal stays one, but for those that mean "later". */
const isFinal = (status: number): boolean => status < 500 && ![408, 425, 429].includes(status);
