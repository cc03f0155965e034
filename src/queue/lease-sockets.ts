import type { Owner } from "./messages.ts";

/** Sockets that may be open at one pool; more are told to come again. */
const MOST_SOCKETS = 1000;
/** Runs that a socket may want at a time. */
const MOST_WANTED = 1000;
/** What a client says is short. */
const LONGEST_MESSAGE = 1024;

const GOING_AWAY = 1001;
const INVALID_DATA = 1007;
const POLICY_VIOLATION = 1008;
const TOO_BIG = 1009;

/** Who opened a socket and for what, as the Worker verified it. */
export interface SocketOpening {
  owner: Owner;
  poolName: string;
  caller: string;
  /** By which the key is looked up again: one that was revoked ends its sockets. */
  keyHash: string;
  queueNames: string[];
  leaseSeconds: number;
}

/** What is remembered of a socket while the object sleeps. Times are in milliseconds. */
export interface SocketState extends SocketOpening {
  /** Runs it may still be sent. */
  wanted: number;
  /** When it was last sent a run: those that wait for longest come first. */
  servedAt: number;
  /** When its key was last looked up. */
  checkedAt: number;
}

export interface LeaseSocket {
  socket: WebSocket;
  state: SocketState;
}

/** The sockets of one pool on which runs are sent. They hibernate: all that is known of them is kept with them. */
export class LeaseSockets {
  private readonly ctx: DurableObjectState;

  constructor(ctx: DurableObjectState) {
    this.ctx = ctx;
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  get isFull(): boolean {
    return this.ctx.getWebSockets().length >= MOST_SOCKETS;
  }

  /** Opens a socket; gives the answer to its request. */
  open(opening: SocketOpening, now: number): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    keep(server, { ...opening, wanted: 0, servedAt: 0, checkedAt: now });
    return new Response(null, { status: 101, webSocket: client });
  }

  /** All that are open, those first that were served longest ago. */
  all(): LeaseSocket[] {
    return this.ctx
      .getWebSockets()
      .filter((socket) => socket.readyState === WebSocket.OPEN)
      .map((socket) => ({ socket, state: socket.deserializeAttachment() as SocketState }))
      .sort((a, b) => a.state.servedAt - b.state.servedAt);
  }

  /** Takes a client's message: `{"want": n}` asks for so many runs more. True when it did; what is none ends the socket. */
  hear(socket: WebSocket, data: string | ArrayBuffer): boolean {
    if (typeof data !== "string" || data.length > LONGEST_MESSAGE) {
      socket.close(TOO_BIG, `A message is text of at most ${LONGEST_MESSAGE} characters`);
      return false;
    }
    const message = parse(data);
    if (message?.type === "auth") {
      socket.send(JSON.stringify({ type: "auth_success" }));
      return false;
    }
    const want = message?.want;
    if (typeof want !== "number" || !Number.isInteger(want) || want < 1) {
      socket.close(INVALID_DATA, 'Expected {"want": n}');
      return false;
    }
    const state = socket.deserializeAttachment() as SocketState;
    if (state.wanted + want > MOST_WANTED) {
      socket.close(POLICY_VIOLATION, `At most ${MOST_WANTED} runs can be wanted`);
      return false;
    }
    keep(socket, { ...state, wanted: state.wanted + want });
    return true;
  }

  /** Sends runs, JSON texts, in order. False when the socket has gone; one that breaks later loses them until their leases end. */
  give({ socket }: LeaseSocket, runs: readonly string[], now: number): boolean {
    if (socket.readyState !== WebSocket.OPEN) return false;
    const state = socket.deserializeAttachment() as SocketState;
    keep(socket, { ...state, wanted: Math.max(0, state.wanted - runs.length), servedAt: now });
    try {
      for (const run of runs) socket.send(`{"run": ${run}}`);
      return true;
    } catch {
      socket.close(GOING_AWAY);
      return false;
    }
  }

  /** Notes that keys were looked up, and ends the sockets of those that are no more. */
  checked(sockets: readonly LeaseSocket[], ended: ReadonlySet<string>, now: number): void {
    for (const { socket } of sockets) {
      const state = socket.deserializeAttachment() as SocketState;
      if (ended.has(state.keyHash)) socket.close(POLICY_VIOLATION, "Invalid API key.");
      else keep(socket, { ...state, checkedAt: now });
    }
  }

  /** Ends all sockets: the pool, or a queue that one asked for, is no more. */
  end(sockets: readonly LeaseSocket[], reason: string): void {
    for (const { socket } of sockets) socket.close(GOING_AWAY, reason);
  }
}

const keep = (socket: WebSocket, state: SocketState): void => socket.serializeAttachment(state);

function parse(text: string): { type?: unknown; want?: unknown } | null {
  try {
    return JSON.parse(text) as { want?: unknown } | null;
  } catch {
    return null;
  }
}
