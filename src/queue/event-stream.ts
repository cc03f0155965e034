import { DurableObject } from "cloudflare:workers";
import type { Event } from "../domain/events/event.ts";
import { type EventFilter, passes } from "../domain/events/filter.ts";
import type { Json } from "../domain/json.ts";
import type { Env } from "../env.ts";
import type { Owner } from "./messages.ts";

/** What is remembered of a socket while the object sleeps; the filter is null until the client has sent one. */
interface Attachment {
  owner: Owner;
  isGreeted: boolean;
  filter: EventFilter | null;
}

const POLICY_VIOLATION = 1008;
const PROTOCOL_ERROR = 1002;

/**
 * One tenant's live events: sockets that first greet (`auth`), then say what they want (`filter`), and are sent every event that is
 * published from then on, after the newest of those that are kept. Sockets hibernate. What this takes of the dialect and the services
 * its subclass supplies.
 */
export abstract class EventStreamObject extends DurableObject<Env> {
  /** A filter as a client sends it; throws for what is none. */
  protected abstract readFilter(filter: Json): EventFilter;
  /** The newest kept events that a filter asks for, oldest first. */
  protected abstract backfill(owner: Owner, filter: EventFilter): Promise<Event[]>;
  /** The message that shows an event. */
  protected abstract message(event: Event): string;

  /** Opens a socket for the tenant that the Worker has verified and named in the request's headers. */
  override async fetch(request: Request): Promise<Response> {
    const owner = JSON.parse(request.headers.get("x-slipway-owner") ?? "null") as Owner | null;
    if (!owner || request.headers.get("upgrade") !== "websocket") return new Response(null, { status: 426 });
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    server.serializeAttachment({ owner, isGreeted: false, filter: null } satisfies Attachment);
    return new Response(null, { status: 101, webSocket: client, headers: { "sec-websocket-protocol": "prefect" } });
  }

  /** Sends events to the sockets that want them. */
  publish(events: Event[]): void {
    for (const socket of this.ctx.getWebSockets()) {
      const { filter } = socket.deserializeAttachment() as Attachment;
      for (const event of events) if (filter && passes(filter, event)) send(socket, this.message(event));
    }
  }

  override async webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    const attachment = socket.deserializeAttachment() as Attachment;
    const message = parse(data);
    if (!attachment.isGreeted) {
      if (message?.type !== "auth") return socket.close(POLICY_VIOLATION, "Expected 'auth' message");
      socket.serializeAttachment({ ...attachment, isGreeted: true } satisfies Attachment);
      return send(socket, JSON.stringify({ type: "auth_success" }));
    }
    // Whatever a client says after its filter is not heard.
    if (attachment.filter) return;
    if (message?.type !== "filter") return socket.close(PROTOCOL_ERROR, "Expected 'filter' message");
    let filter: EventFilter;
    try {
      filter = this.readFilter(message.filter ?? null);
    } catch {
      return socket.close(PROTOCOL_ERROR, "Invalid filter");
    }
    // First, so that none is missed; one that comes meanwhile may be sent twice, and clients know events by their ids.
    socket.serializeAttachment({ ...attachment, filter } satisfies Attachment);
    if (message.backfill === false) return;
    for (const event of await this.backfill(attachment.owner, filter)) send(socket, this.message(event));
  }

  override webSocketClose(socket: WebSocket): void {
    socket.close();
  }
}

function parse(data: string | ArrayBuffer): { type?: Json; filter?: Json; backfill?: Json } | null {
  try {
    return JSON.parse(typeof data === "string" ? data : new TextDecoder().decode(data)) as { type?: Json } | null;
  } catch {
    return null;
  }
}

/** Sends unless the socket is closing. */
function send(socket: WebSocket, message: string): void {
  try {
    socket.send(message);
  } catch {
    socket.close();
  }
}
