import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { parseJson } from "../../src/domain/json.ts";
import worker from "../../src/index.ts";
import { watchedEnv } from "./statements.ts";

/** What a test asserts on: bodies are read as loosely as a client would. */
// biome-ignore lint/suspicious/noExplicitAny: an answer's body is whatever the test says it is
export type Body = any;

export interface Answer {
  status: number;
  body: Body;
  headers: Headers;
  /** Counted by the service: D1 round trips, rows read and written, Durable Object calls. */
  cost: { roundTrips: number; read: number; written: number; objectCalls: number };
}

/** Sends one request through the Worker and waits for the work it does after its answer. */
export async function send(request: Request): Promise<Answer> {
  const execution = createExecutionContext();
  const response = await worker.fetch(request as never, watchedEnv, execution);
  const text = await response.text();
  await waitOnExecutionContext(execution);
  const timing = response.headers.get("server-timing") ?? "";
  const [roundTrips = 0, read = 0, written = 0, objectCalls = 0] = [...timing.matchAll(/(\d+) (?:round|read|written|calls)/g)].map((m) =>
    Number(m[1]),
  );
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  return {
    status: response.status,
    body: isJson && text !== "" ? parseJson(text) : text || null,
    headers: response.headers,
    cost: { roundTrips, read, written, objectCalls },
  };
}

/** A tenant's client: one key, paths below `/api`. */
export class Client {
  readonly key: string;
  readonly workspaceId: string;
  constructor(key: string, workspaceId: string) {
    this.key = key;
    this.workspaceId = workspaceId;
  }

  call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.callUntil(undefined, method, path, body, headers);
  }

  /** `call` of a client that goes away when the signal says so. */
  callUntil(
    signal: AbortSignal | undefined,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return send(
      new Request(`http://slipway.test/api${path}`, {
        method,
        ...(signal && { signal }),
        headers: { authorization: `Bearer ${this.key}`, ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
    );
  }
  get = (path: string, headers?: Record<string, string>) => this.call("GET", path, undefined, headers);
  post = (path: string, body?: unknown, headers?: Record<string, string>) => this.call("POST", path, body, headers);
  patch = (path: string, body?: unknown) => this.call("PATCH", path, body);
  put = (path: string, body?: unknown) => this.call("PUT", path, body);
  delete = (path: string) => this.call("DELETE", path);

  /** `call`, which must answer 2xx; gives the body. */
  async must(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Body> {
    const answer = await this.call(method, path, body, headers);
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
}

let count = 0;

/** Signs up a fresh tenant: each test has its own, since a file's tests share one database. */
export async function newTenant(): Promise<Client> {
  count += 1;
  const body = JSON.stringify({ email: `t${count}-${crypto.randomUUID()}@example.com`, password: "correct horse", workspace: "w" });
  const answer = await send(
    new Request("http://slipway.test/signup", { method: "POST", headers: { "content-type": "application/json" }, body }),
  );
  if (answer.status !== 201) throw new Error(`sign-up answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return new Client(answer.body.api_key, answer.body.workspace.id);
}
