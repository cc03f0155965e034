/** Plays the recorded polls of queues, pools and deployments (`pickup.json`) on a server that speaks the Prefect API. */
import type { Json, JsonObject } from "../../src/domain/json.ts";

/** What a poll came to: names of runs in order, or a refusal. */
type Returned = string[] | { http: number; body: string };

export interface PickupVectors {
  setup: {
    pools: string[];
    queues: [pool: string, name: string, more: JsonObject][];
    deployments: Record<string, { work_pool_name: string; work_queue_name?: string }>;
    /** Name, deployment, seconds from the start. */
    runs: [name: string, deployment: string, at: number][];
  };
  queue_priorities: Record<string, [string, number][]>;
  steps: JsonObject[];
}

export type Send = (method: string, path: string, body?: Json) => Promise<{ status: number; body: JsonObject | null; text: string }>;

/** A step that was recorded otherwise for a reason: what was recorded, and what is right here. */
export interface Deviation {
  step: string;
  reason: string;
  recorded: string[];
  wanted: string[];
}

/** Recorded answers that are deliberately not given (`docs/differences.md`). */
const REASONS = {
  otherPool: "an agent's queue matches by itself, not by its name in any pool",
  unnamed: "an agent's queue has the runs whose deployment names the pool alone",
  inProcess: "a run that waits in its process for a retry is offered to nobody",
} as const;

/** What a step came to, where that is not what was wanted. */
export interface Difference {
  step: string;
  wanted: Json;
  got: Json;
}

/** One playing of the recording. */
export class PickupPlayer {
  readonly differences: Difference[] = [];
  readonly deviations: Deviation[] = [];
  private readonly send: Send;
  private readonly vectors: PickupVectors;
  private readonly start = Date.now();
  private readonly runIds = new Map<string, string>();
  private readonly deploymentIds = new Map<string, string>();
  private readonly retrying = new Set<string>();
  /** Runs that were moved to another state than Late. */
  private readonly moved = new Set<string>();

  constructor(send: Send, vectors: PickupVectors) {
    this.send = send;
    this.vectors = vectors;
  }

  /** Makes what the recording began with, then takes its steps. */
  async play(): Promise<void> {
    await this.setUp();
    for (const [pool, priorities] of Object.entries(this.vectors.queue_priorities)) {
      this.compare(`priorities of ${pool}`, priorities, await this.priorities(pool));
    }
    for (const step of this.vectors.steps) await this.take(step);
  }

  private async setUp(): Promise<void> {
    const { pools, queues, deployments, runs } = this.vectors.setup;
    for (const name of pools) await this.must("POST", "/work_pools/", { name, type: "process" });
    for (const [pool, name, more] of queues) await this.must("POST", `/work_pools/${pool}/queues`, { name, ...more });
    const flow_id = (await this.must("POST", "/flows/", { name: "pickup" })).id ?? null;
    for (const [name, place] of Object.entries(deployments)) {
      this.deploymentIds.set(name, String((await this.must("POST", "/deployments/", { name, flow_id, ...place })).id));
    }
    for (const [name, deployment, at] of runs) {
      const state = { type: "SCHEDULED", state_details: { scheduled_time: this.time(at) } };
      const body = { name, state, empirical_policy: { retries: 1 } };
      const run = await this.must("POST", `/deployments/${this.deploymentIds.get(deployment)}/create_flow_run`, body);
      this.runIds.set(name, String(run.id));
    }
  }

  private async take(step: JsonObject): Promise<void> {
    const title = JSON.stringify(step);
    if (step.queue_status !== undefined) {
      const pool = await this.must("GET", "/work_pools/A");
      this.compare(
        title,
        { queue_status: step.queue_status, pool_status: step.pool_status ?? null },
        {
          queue_status: await this.statuses(Object.keys(step.queue_status as JsonObject)),
          pool_status: pool.status ?? null,
        },
      );
    } else if (step.queue_priorities !== undefined) this.compare(title, step.queue_priorities, await this.priorities("A"));
    else if (typeof step.do === "string") await this.act(title, step.do, step);
    else if (step.returns !== undefined) await this.poll(title, step, step.returns as unknown as Returned);
    else await this.look(title, step);
  }

  private async poll(title: string, step: JsonObject, recorded: Returned): Promise<void> {
    const body: JsonObject = {};
    if (step.limit !== undefined) body.limit = step.limit;
    if (step.work_queue_names !== undefined) body.work_queue_names = step.work_queue_names;
    for (const bound of ["scheduled_before", "scheduled_after"]) if (typeof step[bound] === "number") body[bound] = this.time(step[bound]);
    let path = `/work_pools/${step.poll_pool}/get_scheduled_flow_runs`;
    if (typeof step.poll_queue === "string") path = `/work_queues/${await this.queueId(step.poll_queue)}/get_runs`;
    if (Array.isArray(step.poll_deployments)) {
      path = "/deployments/get_scheduled_flow_runs";
      body.deployment_ids = step.poll_deployments.map((name) => this.deploymentIds.get(String(name)) ?? "");
    }
    const { status, body: answer, text } = await this.send("POST", path, body);
    if (!Array.isArray(recorded)) return this.compare(title, { ...recorded }, { http: status, body: text });
    const got = (answer as unknown as JsonObject[]).map((item) => String(((item.flow_run ?? item) as JsonObject).name));
    this.compare(title, this.wanted(title, step, recorded), got);
  }

  /** What is right here of what was recorded; notes where that is not the same. */
  private wanted(title: string, step: JsonObject, recorded: string[]): string[] {
    const [pool = null, queue] = typeof step.poll_queue === "string" ? step.poll_queue.split("/") : [];
    let wanted = recorded;
    const unnamed = queue === "default" ? this.unnamedRuns(pool) : [];
    if (unnamed.length > 0) {
      wanted = unnamed;
      this.deviations.push({ step: title, reason: REASONS.unnamed, recorded, wanted });
    }
    for (const [reason, leaves] of [
      [REASONS.otherPool, (name: string) => pool !== null && this.poolOf(name) !== pool],
      [REASONS.inProcess, (name: string) => this.retrying.has(name)],
    ] as const) {
      const left = wanted.filter((name) => !leaves(name));
      if (left.length < wanted.length) this.deviations.push({ step: title, reason, recorded: wanted, wanted: left });
      wanted = left;
    }
    return wanted;
  }

  /** Runs that nobody took, of deployments that name the pool and no queue, in order. */
  private unnamedRuns(pool: string | null): string[] {
    const { runs, deployments } = this.vectors.setup;
    const isUnnamed = (deployment: string) =>
      deployments[deployment]?.work_pool_name === pool && deployments[deployment]?.work_queue_name === undefined;
    return runs
      .filter(([name, deployment]) => isUnnamed(deployment) && !this.moved.has(name))
      .toSorted(([, , one], [, , other]) => one - other)
      .map(([name]) => name);
  }

  private poolOf(run: string): string | undefined {
    const deployment = this.vectors.setup.runs.find(([name]) => name === run)?.[1] ?? "";
    return this.vectors.setup.deployments[deployment]?.work_pool_name;
  }

  /** Changes something as the recording did, which wrote down Python's text of it. */
  private async act(title: string, what: string, step: JsonObject): Promise<void> {
    const [, kind, target, change] = /^(pool|queue) (\S+) (\{.*\})$/.exec(what) ?? [];
    const [, run, to] = /^run (\S+) -> (\w+)$/.exec(what) ?? [];
    const [, gone] = /^delete queue (\S+)$/.exec(what) ?? [];
    const wanted = { http: step.http ?? null, status: step.status ?? null };
    if (run !== undefined && to !== undefined) {
      const at = this.vectors.setup.runs.find(([name]) => name === run)?.[2] ?? 0;
      const state = to === "Late" ? { type: "SCHEDULED", name: "Late", state_details: { scheduled_time: this.time(at) } } : { type: to };
      const { status, body } = await this.send("POST", `/flow_runs/${this.runIds.get(run)}/set_state`, { state });
      if (to !== "Late") this.moved.add(run);
      if (to === "FAILED" && body?.status === "REJECT") this.retrying.add(run);
      return this.compare(title, wanted, { http: status, status: body?.status ?? null });
    }
    let answer = null;
    if (what === "heartbeat") answer = await this.send("POST", "/work_pools/A/workers/heartbeat", { name: "w" });
    else if (gone !== undefined) answer = await this.send("DELETE", `/work_pools/A/queues/${gone}`);
    else if (target !== undefined && change !== undefined) {
      const path = kind === "pool" ? `/work_pools/${target}` : `/work_pools/${target.replace("/", "/queues/")}`;
      answer = await this.send("PATCH", path, fromPython(change));
    }
    if (answer === null) throw new Error(`the recording does what nobody here can: ${what}`);
    this.compare(title, wanted, { http: answer.status, status: null });
  }

  /** A step that names a run and what of it is to be seen. */
  private async look(title: string, step: JsonObject): Promise<void> {
    for (const [what, fields] of Object.entries(step)) {
      const name = /^run (\S+)$/.exec(what)?.[1];
      if (name === undefined) throw new Error(`the recording has a step that nobody here can take: ${title}`);
      const run = await this.must("GET", `/flow_runs/${this.runIds.get(name)}`);
      this.compare(title, fields, Object.fromEntries(Object.keys(fields as JsonObject).map((key) => [key, run[key] ?? null])));
    }
  }

  private async statuses(names: string[]): Promise<JsonObject> {
    const of = async (name: string) => [name, (await this.must("GET", `/work_pools/A/queues/${name}`)).status ?? null] as const;
    return Object.fromEntries(await Promise.all(names.map(of)));
  }

  private async priorities(pool: string): Promise<Json> {
    const queues = (await this.must("POST", `/work_pools/${pool}/queues/filter`, {})) as unknown as JsonObject[];
    return queues.map(({ name, priority }) => [name ?? null, priority ?? null]);
  }

  private async queueId(place: string): Promise<string> {
    return String((await this.must("GET", `/work_pools/${place.replace("/", "/queues/")}`)).id);
  }

  private async must(method: string, path: string, body?: Json): Promise<JsonObject> {
    const answer = await this.send(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body ?? {};
  }

  private time(seconds: number): string {
    return new Date(this.start + seconds * 1000).toISOString();
  }

  private compare(step: string, wanted: Json, got: Json): void {
    if (JSON.stringify(wanted) !== JSON.stringify(got)) this.differences.push({ step, wanted, got });
  }
}

/** A Python dict of plain values, as its `repr` writes it. */
const fromPython = (text: string): JsonObject =>
  JSON.parse(
    text
      .replaceAll("'", '"')
      .replace(/\bNone\b/g, "null")
      .replace(/\bTrue\b/g, "true")
      .replace(/\bFalse\b/g, "false"),
  );
