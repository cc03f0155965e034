import { relayByKey } from "./keyed-socket.ts";
import { log } from "./observe/log.ts";
import { recordEvents } from "./services/events/record-events.ts";
import type { TenantContext } from "./tenancy/context.ts";
import { EventCreate, eventOf } from "./wire/prefect/events.ts";

/** The sockets of Prefect's events: one that takes them in, and one that sends them out. */

const INVALID_DATA = 1007;
const TOO_BIG = 1009;
const INTERNAL_ERROR = 1011;

/** An event is at most this long, as text. */
const MAX_MESSAGE = 1_600_000;

export const isUpgrade = (request: Request): boolean => request.headers.get("upgrade")?.toLowerCase() === "websocket";

const speaksPrefect = (request: Request): boolean =>
  (request.headers.get("sec-websocket-protocol") ?? "").split(",").some((name) => name.trim() === "prefect");

/** `/events/in`: every message is an event. What is none ends the socket. */
export function takeEvents(tenant: TenantContext): Response {
  const { 0: client, 1: server } = new WebSocketPair();
  server.accept();
  // One after the other, so that they are kept in the order they were sent.
  let last = Promise.resolve();
  server.addEventListener("message", ({ data }) => {
    last = last.then(() => takeEvent(tenant, server, data));
  });
  server.addEventListener("close", () => server.close());
  return new Response(null, { status: 101, webSocket: client });
}

async function takeEvent(tenant: TenantContext, socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
  const text = typeof data === "string" ? data : new TextDecoder().decode(data);
  if (text.length > MAX_MESSAGE) return socket.close(TOO_BIG, "The event is too large");
  const event = readEvent(text);
  if (!event) return socket.close(INVALID_DATA, "Invalid event");
  try {
    await recordEvents(tenant, [eventOf(event, tenant.now())]);
  } catch (error) {
    log("error", "an event could not be kept", { error: String(error) });
    socket.close(INTERNAL_ERROR, "The event could not be kept");
  }
}

function readEvent(text: string) {
  try {
    return EventCreate.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** `/events/out` of a caller that is known already. Undefined for one that does not speak the protocol. */
export async function sendEvents(tenant: TenantContext, request: Request): Promise<Response | undefined> {
  if (!speaksPrefect(request)) return undefined;
  const { webSocket } = await tenant.events.open(request);
  return new Response(null, { status: 101, webSocket, headers: { "sec-websocket-protocol": "prefect" } });
}

/** `/events/out` of a client that names its key in its first message, as Prefect's does. Undefined for one that does not speak the protocol. */
export function sendEventsByKey(request: Request, verify: (key: string) => Promise<TenantContext | null>): Response | undefined {
  if (!speaksPrefect(request)) return undefined;
  const { webSocket } = relayByKey(async (key) => (await verify(key))?.events.open(request));
  return new Response(null, { status: 101, webSocket, headers: { "sec-websocket-protocol": "prefect" } });
}
