import { createExecutionContext, env } from "cloudflare:test";
import worker from "../../src/index.ts";
import type { Body } from "./tenant.ts";

/** A client's end of a socket: what it is sent, in order. */
export class Socket {
  private readonly socket: WebSocket;
  private readonly inbox: Body[] = [];
  private waiting: (() => void) | null = null;
  closed: { code: number; reason: string } | null = null;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.accept();
    socket.addEventListener("message", ({ data }) => this.take(() => this.inbox.push(read(String(data)))));
    socket.addEventListener("close", ({ code, reason }) =>
      this.take(() => {
        this.closed = { code, reason };
      }),
    );
  }

  private take(change: () => void): void {
    change();
    this.waiting?.();
  }

  send = (message: unknown) => this.socket.send(typeof message === "string" ? message : JSON.stringify(message));

  /** The next message; undefined once the socket is closed. */
  async next(): Promise<Body> {
    while (this.inbox.length === 0 && !this.closed) {
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
      });
    }
    return this.inbox.shift();
  }

  close = () => this.socket.close();
}

function read(text: string): Body {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Opens a socket of the Worker's; throws with the status of what refuses. */
export async function openSocket(path: string, headers: Record<string, string>): Promise<Socket> {
  const request = new Request(`http://slipway.test/api${path}`, { headers: { upgrade: "websocket", ...headers } });
  const response = await worker.fetch(request as never, env, createExecutionContext());
  if (!response.webSocket) throw new Error(`${path} answered ${response.status}`);
  return new Socket(response.webSocket);
}
