/** Leasing of due flow runs from one work pool of Slipway: through a socket while there is one, by waiting requests otherwise. */

export interface LeasedRun {
  work_pool_id: string;
  work_queue_id: string;
  flow_run: { id: string; name: string; next_scheduled_start_time: string | null };
}

export interface Connection {
  /** `PREFECT_API_URL`: where the API is, `/api` included. */
  apiUrl: string;
  apiKey: string;
  pool: string;
  /** None means all. */
  queues: string[];
}

/** A state as `set_state` takes it. */
export interface ProposedState {
  type: string;
  name?: string;
  message?: string;
}

const WAIT_SECONDS = 30;
const RETRY_MILLIS = 1000;
/** A connection that went away without a word is noticed by a ping that nobody answers. */
const PING_MILLIS = 20_000;

/** A request that was refused for good: asking again changes nothing. */
export class Refused extends Error {}

export class LeaseClient {
  private readonly connection: Connection;
  private readonly onRun: (run: LeasedRun) => void;
  private readonly stopping = new AbortController();
  private socket: WebSocket | null = null;
  /** Runs asked for that did not come yet. */
  private wanted = 0;

  /** `onRun` is called with each run that was leased: at most as many as were wanted. */
  constructor(connection: Connection, onRun: (run: LeasedRun) => void) {
    this.connection = connection;
    this.onRun = onRun;
  }

  /** Asks for so many runs more. */
  want(count: number): void {
    this.wanted += count;
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ want: count }));
  }

  /** Leases until `stop` is called. Throws `Refused` for a key or pool that is none. */
  async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const hadSocket = await this.serveSocket();
      if (this.stopping.signal.aborted) return;
      // Without a socket, as behind a proxy that lets none through, requests wait; after each a socket is tried again.
      if (hadSocket) await pause(Math.random() * RETRY_MILLIS, this.stopping.signal);
      else await this.leaseByRequest();
    }
  }

  /** Leases no more. What was leased and is not claimed is others' when its lease ends. */
  stop(): void {
    this.stopping.abort();
  }

  /** Proposes a state; gives whether it was accepted. */
  async setState(runId: string, state: ProposedState): Promise<boolean> {
    const answer = await this.call("POST", `/flow_runs/${runId}/set_state`, { state });
    return ((await answer.json()) as { status: string }).status === "ACCEPT";
  }

  /** The type of a run's state. */
  async stateType(runId: string): Promise<string> {
    const answer = await this.call("GET", `/flow_runs/${runId}`);
    return ((await answer.json()) as { state_type: string }).state_type;
  }

  /** Holds a socket until it ends. False when it could not be opened. */
  private serveSocket(): Promise<boolean> {
    return new Promise((resolve) => {
      const socket = new WebSocket(this.leaseUrl("ws"));
      let isGreeted = false;
      let isAlive = true;
      const pings = setInterval(() => {
        if (!isAlive) socket.close();
        else if (isGreeted) socket.send("ping");
        isAlive = false;
      }, PING_MILLIS);
      // A browser's socket, and Node's, sends no headers: the key is the first message.
      socket.addEventListener("open", () => socket.send(JSON.stringify({ type: "auth", token: this.connection.apiKey })));
      socket.addEventListener("message", ({ data }) => {
        isAlive = true;
        if (data === "pong") return;
        const message = JSON.parse(String(data)) as { type?: string; run?: LeasedRun };
        if (message.type === "auth_success") {
          isGreeted = true;
          this.socket = socket;
          if (this.wanted > 0) socket.send(JSON.stringify({ want: this.wanted }));
        } else if (message.run) this.take([message.run]);
      });
      socket.addEventListener("close", () => {
        clearInterval(pings);
        this.stopping.signal.removeEventListener("abort", close);
        this.socket = null;
        resolve(isGreeted);
      });
      const close = () => socket.close();
      this.stopping.signal.addEventListener("abort", close, { once: true });
    });
  }

  private async leaseByRequest(): Promise<void> {
    if (this.wanted === 0) return pause(RETRY_MILLIS, this.stopping.signal);
    const body = { wait_seconds: WAIT_SECONDS, limit: Math.min(this.wanted, 200), work_queue_names: this.connection.queues };
    try {
      const answer = await this.call("POST", `/work_pools/${encodeURIComponent(this.connection.pool)}/lease`, body, this.stopping.signal);
      this.take((await answer.json()) as LeasedRun[]);
    } catch (error) {
      if (this.stopping.signal.aborted) return;
      if (error instanceof Refused) throw error;
      await pause(RETRY_MILLIS, this.stopping.signal);
    }
  }

  private take(runs: LeasedRun[]): void {
    for (const run of runs) {
      this.wanted = Math.max(0, this.wanted - 1);
      this.onRun(run);
    }
  }

  private leaseUrl(scheme: "ws" | "http"): URL {
    const url = new URL(`${this.connection.apiUrl}/work_pools/${encodeURIComponent(this.connection.pool)}/lease`);
    if (scheme === "ws") url.protocol = url.protocol.replace("http", "ws");
    for (const queue of this.connection.queues) url.searchParams.append("work_queue_names", queue);
    return url;
  }

  /** One request. Throws `Refused` for a 4xx, and an error that may pass for all else that is no 2xx. */
  private async call(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    const answer = await fetch(`${this.connection.apiUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.connection.apiKey}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    });
    if (answer.ok) return answer;
    const text = `${method} ${path} answered ${answer.status}: ${await answer.text()}`;
    throw answer.status < 500 && answer.status !== 429 ? new Refused(text) : new Error(text);
  }
}

function pause(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, millis);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
