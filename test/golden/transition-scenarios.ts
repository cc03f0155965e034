/** The recorded scenarios: the calls behind each one's steps, which name their states only in words. */
import { type Json, type JsonObject, stringifyJson } from "../../src/domain/json.ts";
import { formatTime, MICROS_PER_SECOND, parseTime } from "../../src/domain/time.ts";
import { call, type Run, type Stage } from "./transition-stage.ts";
import { differences, type ExpectedCall, type RunPolicyBody, type Scenario, stateBody } from "./transition-vectors.ts";

/** One scenario being played: every method compares the next recorded step with what happens. */
class Play {
  readonly differing: string[] = [];
  readonly stage: Stage;
  private readonly steps: readonly JsonObject[];
  private at = 0;

  constructor(stage: Stage, scenario: Scenario) {
    this.stage = stage;
    this.steps = scenario.steps;
  }

  /** Sets a labelled state with more details, and compares the call. */
  async set(run: Run, label: string, details: JsonObject = {}, force = false): Promise<void> {
    const expected = this.next();
    this.report(
      differences(expected as unknown as ExpectedCall, await call(this.stage, run, stateBody(label, this.stage.now(), details), force)),
    );
  }

  async resume(run: Run): Promise<void> {
    const { http, body, state } = this.next();
    const reply = await this.stage.resume(run);
    const answered = reply.body?.state ?? null;
    this.same("http", http, reply.http);
    const wanted = body as JsonObject;
    this.same("status", wanted.status, reply.body?.status);
    this.same("details", wanted.details, reply.body?.details as unknown as Json);
    this.same("state", state ?? null, answered && [answered.type, answered.name]);
  }

  /** Compares the recorded facts under the keys of `got` of the next step. */
  compare(got: JsonObject): void {
    const expected = this.next();
    for (const key of Object.keys(got)) this.same(key, expected[key], got[key]);
  }

  /** Compares a refused request with the next step, whose body was recorded as text. */
  compareError(http: number, body: Json): void {
    const expected = this.next();
    this.same("http", expected.http, http);
    this.same("body", JSON.parse(String(expected.body)), body);
  }

  /** The first id that the recorded body of a step names. */
  recordedId(step: number): string {
    return /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(String(this.steps[step]?.body))?.[0] ?? "";
  }

  finish(): string[] {
    if (this.at !== this.steps.length) this.differing.push(`played ${this.at} of ${this.steps.length} steps`);
    return this.differing;
  }

  private next(): JsonObject {
    const step = this.steps[this.at++];
    if (step === undefined) throw new Error(`the scenario has only ${this.steps.length} steps`);
    return step;
  }

  private same(what: string, want: Json | undefined, got: Json | undefined): void {
    const [wanted, found] = [stringifyJson(want ?? null), stringifyJson(got ?? null)];
    if (wanted !== found) this.report([`${what}: expected ${wanted}, got ${found}`]);
  }

  private report(found: readonly string[]): void {
    this.differing.push(...found.map((line) => `step ${this.at}: ${line}`));
  }

  flowRun(label: string, profile: { deployment?: boolean; policy?: RunPolicyBody } = {}): Promise<Run> {
    return this.stage.createFlowRun(profile, stateBody(label, this.stage.now()));
  }

  /** A PENDING task run; in a running flow run unless another is given. */
  async taskRun(options: { policy?: RunPolicyBody; flowRun?: Run; tags?: readonly string[] } = {}): Promise<Run> {
    const flowRun = options.flowRun ?? (await this.flowRun("Running"));
    return this.stage.createTaskRun(options.policy, flowRun, stateBody("Pending", this.stage.now()), options.tags ?? []);
  }

  in(seconds: number): string {
    return formatTime(this.stage.now() + seconds * MICROS_PER_SECOND);
  }
}

/** A name nobody else on the stage has. */
const fresh = (name: string) => `${name}-${crypto.randomUUID()}`;

const SCRIPTS: Readonly<Record<string, (play: Play) => Promise<void>>> = {
  "transition_id makes a repeated request a REJECT that returns the current state": async (play) => {
    const run = await play.flowRun("Pending");
    const [x, y] = [crypto.randomUUID(), crypto.randomUUID()];
    await play.set(run, "Running", { transition_id: x });
    await play.set(run, "Running", { transition_id: x });
    await play.set(run, "Completed", { transition_id: x });
    await play.set(run, "Completed", { transition_id: y });
  },

  "pause, resume by state, pause key reuse, resume route": async (play) => {
    const run = await play.flowRun("Running");
    await play.set(run, "Paused", { pause_key: "k1", pause_timeout: play.in(3600) });
    await play.set(run, "Running");
    await play.set(run, "Paused", { pause_key: "k1" });
    await play.set(run, "Paused", { pause_key: "k2" });
    await play.resume(run);
    await play.resume(run);
  },

  "suspend and resume a deployed run": async (play) => {
    const run = await play.flowRun("Running", { deployment: true });
    await play.set(run, "Suspended", { pause_key: "s1" });
    await play.resume(run);
    const { run_count, empirical_policy, state_name, next_scheduled_start_time } = await play.stage.read(run);
    play.compare({ after: { run_count, empirical_policy, state_name }, next_scheduled_start_time_set: next_scheduled_start_time !== null });
    await play.set(run, "Pending");
    await play.set(run, "Running");
    await play.set(run, "Suspended", { pause_key: "s1" });
  },

  "flow retries: counts and limits": async (play) => {
    const run = await play.flowRun("Pending", { policy: { retries: 1, retry_delay: 0 } });
    for (const label of ["Running", "Failed", "Running", "Failed", "Running", "Failed"]) await play.set(run, label);
  },

  "task retries: counts, names, reset after a terminal state": async (play) => {
    const run = await play.taskRun({ policy: { retries: 2, retry_delay: 0 } });
    for (const label of ["Running", "Failed", "Running", "Failed", "Running", "Failed", "Running", "Crashed", "Running"]) {
      await play.set(run, label);
    }
  },

  "task reruns after a flow retry is named Retrying": async (play) => {
    const flowRun = await play.flowRun("Running", { policy: { retries: 1, retry_delay: 0 } });
    const run = await play.taskRun({ flowRun });
    await play.set(run, "Running");
    await play.set(run, "Failed");
    await play.set(flowRun, "Failed");
    await play.set(flowRun, "Running");
    await play.set(run, "Running");
  },

  "tag concurrency limit of 1": async (play) => {
    const tag = fresh("tag");
    await play.stage.createLimit(tag, 1);
    const runs: Record<string, Run> = { a: await play.taskRun({ tags: [tag] }), b: await play.taskRun({ tags: [tag] }) };
    const moves: [string, string][] = [
      ["a", "Running"],
      ["b", "Running"],
      ["a", "Cancelling"],
      ["b", "Running"],
      ["a", "Cancelled"],
      ["b", "Running"],
      ["b", "Running"],
      ["b", "Paused"],
      ["a", "Running"],
    ];
    for (const [name, label] of moves) {
      await play.set(runs[name] as Run, label);
      const slots = await play.stage.activeSlots(tag);
      play.compare({ active_slots: slots.map((id) => Object.keys(runs).find((key) => runs[key]?.id === id) ?? id) });
    }
  },

  "tag concurrency limit of 0 aborts and gives back other slots": async (play) => {
    const id = crypto.randomUUID();
    const [open, closed] = [`a-${id}`, `b-${id}`];
    await play.stage.createLimit(open, 1);
    await play.stage.createLimit(closed, 0);
    await play.set(await play.taskRun({ tags: [open, closed] }), "Running");
    play.compare({ "other tag active_slots": (await play.stage.activeSlots(open)).length });
  },

  "task cache keys": async (play) => {
    const [cache_key, expired_key] = [fresh("key"), fresh("key")];
    const first = await play.taskRun();
    await play.set(first, "Running", { cache_key });
    await play.set(first, "Completed/reference", { cache_key });
    await play.set(await play.taskRun(), "Running", { cache_key });
    const refreshing = await play.taskRun();
    await play.set(refreshing, "Running", { cache_key, refresh_cache: true });
    await play.set(refreshing, "Completed/reference", { cache_key: expired_key, cache_expiration: play.in(-10) });
    await play.set(await play.taskRun(), "Running", { cache_key: expired_key });
  },

  "forced completion marks an unknown result only when the old data was a reference": async (play) => {
    for (const failed of ["Failed/reference", "Failed"]) {
      const run = await play.flowRun("Running");
      await play.set(run, failed);
      await play.set(run, "Completed", {}, true);
    }
  },
};

/** Of HTTP alone; the engine sees neither bodies nor unknown runs. */
const HTTP_SCRIPTS: typeof SCRIPTS = {
  "timestamp and id sent by the client are ignored": async (play) => {
    const run = await play.flowRun("Pending");
    const id = "00000000-0000-0000-0000-000000000007";
    const sentAt = play.stage.now();
    const state = { type: "RUNNING", timestamp: "2001-01-01T00:00:00+00:00", id };
    const { body } = await request(play.stage, "POST", `/flow_runs/${run.id}/set_state`, { state });
    const answered = (body as JsonObject).state as JsonObject;
    const elapsed = (parseTime(String(answered.timestamp)) ?? 0) - sentAt;
    play.compare({
      status: (body as JsonObject).status ?? null,
      "state.timestamp is now": Math.abs(elapsed) < 60 * MICROS_PER_SECOND,
      "state.id kept": answered.id === id,
    });
  },

  "request errors": async (play) => {
    const run = await play.flowRun("Pending");
    const running = { state: { type: "RUNNING" } };
    const [noFlowRun, noTaskRun] = [play.recordedId(0), play.recordedId(1)];
    const setState = `/flow_runs/${run.id}/set_state`;
    const calls: [string, Json][] = [
      [`/flow_runs/${noFlowRun}/set_state`, running],
      [`/task_runs/${noTaskRun}/set_state`, running],
      [setState, { state: { type: "NOPE" } }],
      [setState, {}],
      [setState, { state: null }],
      [setState, { state: { type: "RUNNING", zzz: 1 } }],
      ["/flow_runs/nope/set_state", running],
    ];
    for (const [path, body] of calls) {
      const answer = await request(play.stage, "POST", path, body);
      play.compareError(answer.http, answer.body);
    }
    // The reference fails on this one with a 500; a 404 is what it should have said.
    const unknown = await request(play.stage, "POST", `/flow_runs/${noFlowRun}/resume`, {});
    play.compare({ http: unknown.http === 404 ? 500 : unknown.http });
  },
};

async function request(stage: Stage, method: string, path: string, body: Json): Promise<{ http: number; body: Json }> {
  if (stage.request === undefined) throw new Error("this stage does not speak HTTP");
  const { http, text } = await stage.request(method, path, body);
  return { http, body: JSON.parse(text) as Json };
}

function scriptOf({ scenario }: Scenario, stage: Stage) {
  return SCRIPTS[scenario] ?? (stage.request && HTTP_SCRIPTS[scenario]);
}

/** Whether the scenario can be played on the stage. */
export function isPlayable(scenario: Scenario, stage: Stage): boolean {
  return scriptOf(scenario, stage) !== undefined;
}

/** Plays a scenario; gives what differs. */
export async function playScenario(stage: Stage, scenario: Scenario): Promise<string[]> {
  const script = scriptOf(scenario, stage);
  if (script === undefined) return [`no script plays the scenario ${scenario.scenario}`];
  const play = new Play(stage, scenario);
  await script(play);
  return play.finish();
}
