/** A stage that is a server speaking the Prefect API. */
import type { Json, JsonObject } from "../../src/domain/json.ts";
import type { Micros } from "../../src/domain/time.ts";
import type { Run, Stage } from "./transition-stage.ts";
import type { FlowProfile, Reply, RunPolicyBody, StateBody, WireRun } from "./transition-vectors.ts";

/** Sends one request below `/api`; gives the status and the body as text. */
export type Send = (method: string, path: string, body: Json | undefined) => Promise<{ http: number; text: string }>;

/** A stage behind `send`. The server's clock must be this machine's. */
export async function httpStage(send: Send): Promise<Stage> {
  const read = async (method: string, path: string, body?: Json): Promise<JsonObject> => {
    const { http, text } = await send(method, path, body);
    if (http >= 300) throw new Error(`${method} ${path}: ${http} ${text}`);
    return text === "" ? {} : (JSON.parse(text) as JsonObject);
  };
  const create = async (path: string, body: JsonObject) => String((await read("POST", path, body)).id);
  const flow_id = await create("/flows/", { name: `transitions-${crypto.randomUUID()}` });
  const deployment_id = await create("/deployments/", { name: "transitions", flow_id });
  const path = (run: Run) => `/${run.kind}_runs/${run.id}`;
  const reply = async (target: string, body: Json): Promise<Reply> => {
    const { http, text } = await send("POST", target, body);
    return { http, body: http < 300 ? JSON.parse(text) : null };
  };
  return {
    now: (): Micros => Math.round((performance.timeOrigin + performance.now()) * 1000),

    async createFlowRun(profile: FlowProfile, state: StateBody): Promise<Run> {
      const common = { state: asJson(state), empirical_policy: asJson(profile.policy ?? {}) };
      const id = await create("/flow_runs/", { flow_id, ...(profile.deployment && { deployment_id }), ...common });
      if (profile.pid) await read("PATCH", `/flow_runs/${id}`, { infrastructure_pid: "host:1" });
      return { kind: "flow", id };
    },

    async createTaskRun(policy: RunPolicyBody | undefined, flowRun: Run | null, state: StateBody, tags: readonly string[]): Promise<Run> {
      const keys = { flow_run_id: flowRun?.id ?? null, task_key: "task", dynamic_key: crypto.randomUUID() };
      const id = await create("/task_runs/", { ...keys, tags: [...tags], state: asJson(state), empirical_policy: asJson(policy ?? {}) });
      return { kind: "task", id };
    },

    read: async (run: Run) => (await read("GET", path(run))) as unknown as WireRun,
    setState: (run: Run, state: StateBody, force: boolean) => reply(`${path(run)}/set_state`, { state: asJson(state), force }),
    resume: (run: Run) => reply(`${path(run)}/resume`, {}),

    async createLimit(tag: string, limit: number): Promise<void> {
      await read("POST", "/concurrency_limits/", { tag, concurrency_limit: limit });
    },

    activeSlots: async (tag: string) => (await read("GET", `/concurrency_limits/tag/${tag}`)).active_slots as string[],
    request: (method: string, target: string, body: Json) => send(method, target, body),
  };
}

/** The plain JSON of a body with optional keys. */
const asJson = (body: object): Json => JSON.parse(JSON.stringify(body));
