/** A stage with no server: the engine, and a memory that persists what it decides as a service would. */
import type { Json, JsonObject } from "../../src/domain/json.ts";
import type { Decision, Effects } from "../../src/domain/states/decision.ts";
import { orchestrateFlowRun, orchestrateTaskRun } from "../../src/domain/states/orchestrate.ts";
import { NOT_PAUSED, proposeResume, proposeState } from "../../src/domain/states/state.ts";
import type {
  FlowRunFacts,
  FlowRunPolicy,
  ProposedState,
  RunFacts,
  State,
  StateDetails,
  StateType,
  TagLimit,
  TaskRunFacts,
} from "../../src/domain/states/types.ts";
import { formatTime, MICROS_PER_SECOND, type Micros, parseTime } from "../../src/domain/time.ts";
import type { Run, Stage } from "./transition-stage.ts";
import type { FlowProfile, Reply, RunPolicyBody, StateBody, WireRun, WireState } from "./transition-vectors.ts";

interface Stored<Facts extends RunFacts> {
  facts: Facts;
  /** As it is read back: data that is not stored is null. */
  state: State | null;
  readonly tags: readonly string[];
}

/** Far enough from a whole second that rounding shows. */
const START: Micros = 1_767_225_600_123_457;
const STEP_MICROS = 10_003;

const TIME_DETAILS: ReadonlySet<string> = new Set(["scheduledTime", "cacheExpiration", "pauseTimeout"] satisfies (keyof StateDetails)[]);

export class EngineStage implements Stage {
  private clock = START;
  private ids = 0;
  private readonly flowRuns = new Map<string, Stored<FlowRunFacts>>();
  private readonly taskRuns = new Map<string, Stored<TaskRunFacts>>();
  private readonly limits: TagLimit[] = [];
  private readonly cache: { key: string; expiration: Micros | null; state: State }[] = [];

  now(): Micros {
    return this.clock;
  }

  async createFlowRun(profile: FlowProfile, body: StateBody): Promise<Run> {
    const facts: FlowRunFacts = {
      ...this.newRun(),
      deploymentId: profile.deployment ? this.newId() : null,
      parentTaskRunId: null,
      infrastructurePid: profile.pid ? "host:1" : null,
      policy: {
        retries: profile.policy?.retries ?? null,
        retryDelaySeconds: firstDelay(profile.policy),
        pauseKeys: [],
        resuming: false,
        retryType: null,
      },
    };
    this.flowRuns.set(facts.id, { facts, state: null, tags: [] });
    const run: Run = { kind: "flow", id: facts.id };
    await this.setState(run, body, true);
    return run;
  }

  async createTaskRun(policy: RunPolicyBody | undefined, flowRun: Run | null, body: StateBody, tags: readonly string[]): Promise<Run> {
    const facts: TaskRunFacts = {
      ...this.newRun(),
      flowRunId: flowRun?.id ?? null,
      flowRunRunCount: 0,
      policy: { retries: policy?.retries ?? null, retryDelaySeconds: policy?.retry_delay ?? null, retryJitterFactor: null },
    };
    this.taskRuns.set(facts.id, { facts, state: null, tags });
    const run: Run = { kind: "task", id: facts.id };
    await this.setState(run, body, true);
    return run;
  }

  async clearState(run: Run): Promise<void> {
    const stored = this.find(run);
    stored.state = null;
    Object.assign(stored, { facts: { ...stored.facts, expectedStartAt: null } });
  }

  async read(run: Run): Promise<WireRun> {
    const { facts, state } = this.find(run);
    return {
      state_id: state?.id ?? null,
      state_name: state?.name ?? null,
      state: state && wireState(state),
      run_count: facts.runCount,
      ...("flowRunRunCount" in facts && { flow_run_run_count: facts.flowRunRunCount }),
      total_run_time: facts.totalRunTimeMicros / MICROS_PER_SECOND,
      start_time: timeText(facts.startAt),
      end_time: timeText(facts.endAt),
      expected_start_time: timeText(facts.expectedStartAt),
      next_scheduled_start_time: timeText(facts.nextScheduledStartAt),
      empirical_policy: "flowRunRunCount" in facts ? {} : wirePolicy(facts.policy),
    };
  }

  async setState(run: Run, body: StateBody, force: boolean): Promise<Reply> {
    this.tick();
    return this.propose(run, proposal(body, this.clock), force);
  }

  async resume(run: Run): Promise<Reply> {
    this.tick();
    const proposed = proposeResume(this.find(run).state, this.clock);
    if (proposed !== null) return this.propose(run, proposed, false);
    return { http: 200, body: { status: "ABORT", details: { type: "abort_details", reason: NOT_PAUSED }, state: null } };
  }

  async createLimit(tag: string, limit: number): Promise<void> {
    this.limits.push({ id: this.newId(), tag, limit, activeSlots: [] });
  }

  async activeSlots(tag: string): Promise<readonly string[]> {
    return this.limits.find((limit) => limit.tag === tag)?.activeSlots ?? [];
  }

  private propose(run: Run, proposed: ProposedState, force: boolean): Reply {
    const policy = force ? "minimal" : "core";
    const common = { proposed, now: this.clock, newId: () => this.newId() };
    if (run.kind === "flow") {
      const stored = this.flow(run.id);
      return this.persist(stored, orchestrateFlowRun({ ...common, run: stored.facts, initial: stored.state, policy, clientVersion: null }));
    }
    const stored = this.task(run.id);
    const { flowRunId } = stored.facts;
    const decision = orchestrateTaskRun({
      ...common,
      run: stored.facts,
      initial: stored.state,
      policy,
      flowRun: flowRunId === null ? null : this.enclosing(flowRunId),
      cached: this.cached(proposed.details.cacheKey),
      limits: this.limits.filter((limit) => stored.tags.includes(limit.tag)),
      random: () => 0.5,
      slotWaitSeconds: 30,
    });
    return this.persist(stored, decision);
  }

  private persist<Facts extends RunFacts>(stored: Stored<Facts>, decision: Decision<Facts>): Reply {
    if (decision.error !== null) return { http: 500, body: null };
    stored.facts = { ...stored.facts, ...decision.run };
    if (decision.written !== null) stored.state = { ...decision.written, data: decision.effects.artifact?.data ?? null };
    this.apply(stored.facts.id, decision.effects, stored.state);
    const { status, details, state, written } = decision;
    const delay = details.type === "wait_details" ? { delay_seconds: details.delaySeconds } : {};
    const reason = details.type === "accept_details" ? {} : { reason: details.reason };
    return {
      http: written === null ? 200 : 201,
      body: { status, details: { type: details.type, ...delay, ...reason }, state: state && wireState(state) },
    };
  }

  private apply(runId: string, { cacheEntry, slots }: Effects, state: State | null): void {
    if (cacheEntry !== null && state !== null) {
      this.cache.push({ key: cacheEntry.cacheKey, expiration: cacheEntry.cacheExpiration, state });
    }
    for (const { limitId, change } of slots) {
      const index = this.limits.findIndex((limit) => limit.id === limitId);
      const limit = this.limits[index];
      if (limit === undefined) throw new Error(`no limit ${limitId}`);
      const others = limit.activeSlots.filter((id) => id !== runId);
      this.limits[index] = { ...limit, activeSlots: change === "take" ? [...others, runId] : others };
    }
  }

  private enclosing(id: string) {
    const { facts, state } = this.flow(id);
    const { pauseTimeout = null, pauseReschedule = false } = state?.details ?? {};
    return { id, stateType: state?.type ?? null, pauseTimeout, pauseReschedule, runCount: facts.runCount };
  }

  private cached(key: string | null): State | null {
    return this.cache.findLast((entry) => entry.key === key && (entry.expiration === null || entry.expiration > this.clock))?.state ?? null;
  }

  private newRun(): RunFacts {
    const none = { startAt: null, endAt: null, expectedStartAt: null, nextScheduledStartAt: null };
    return { id: this.newId(), runCount: 0, totalRunTimeMicros: 0, ...none };
  }

  private newId(): string {
    this.ids += 1;
    return `00000000-0000-4000-8000-${String(this.ids).padStart(12, "0")}`;
  }

  private tick(): void {
    this.clock += STEP_MICROS;
  }

  private find(run: Run): Stored<FlowRunFacts> | Stored<TaskRunFacts> {
    return run.kind === "flow" ? this.flow(run.id) : this.task(run.id);
  }

  private flow(id: string): Stored<FlowRunFacts> {
    const stored = this.flowRuns.get(id);
    if (stored === undefined) throw new Error(`no flow run ${id}`);
    return stored;
  }

  private task(id: string): Stored<TaskRunFacts> {
    const stored = this.taskRuns.get(id);
    if (stored === undefined) throw new Error(`no task run ${id}`);
    return stored;
  }
}

const firstDelay = (policy: RunPolicyBody | undefined) => [policy?.retry_delay ?? []].flat()[0] ?? null;
const timeText = (at: Micros | null) => (at === null ? null : formatTime(at));
const camel = (key: string) => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const snake = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The proposal that a request body is read into. */
function proposal(body: StateBody, now: Micros): ProposedState {
  const details = Object.entries(body.state_details ?? {}).map(([key, value]) => {
    const name = camel(key);
    return [name, TIME_DETAILS.has(name) ? parseTime(String(value)) : value];
  });
  const { name = null, message = null, data = null } = body;
  return proposeState({ type: body.type as StateType, name, message, data, details: Object.fromEntries(details) }, now);
}

function wireState({ id, type, name, timestamp, message, data, details }: State): WireState {
  const wireDetails = Object.entries(details).map(([key, value]): [string, Json] => [
    snake(key),
    TIME_DETAILS.has(key) && typeof value === "number" ? formatTime(value) : (value as Json),
  ]);
  return { id, type, name, timestamp: formatTime(timestamp), message, data, state_details: Object.fromEntries(wireDetails) };
}

function wirePolicy({ retries, retryDelaySeconds, pauseKeys, resuming, retryType }: FlowRunPolicy): JsonObject {
  const deprecated = { max_retries: 0, retry_delay_seconds: 0 };
  return { ...deprecated, retries, retry_delay: retryDelaySeconds, pause_keys: [...pauseKeys], resuming, retry_type: retryType };
}
