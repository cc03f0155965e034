/** Playing recorded transitions on a stage: the engine alone, or a server over HTTP. */
import type { Json } from "../../src/domain/json.ts";
import type { Micros } from "../../src/domain/time.ts";
import {
  type Call,
  differences,
  type FlowProfile,
  type Reply,
  type StateBody,
  stateBody,
  type TaskProfile,
  type TransitionVector,
  type TransitionVectors,
  type WireRun,
} from "./transition-vectors.ts";

export interface Run {
  readonly kind: "flow" | "task";
  readonly id: string;
}

export interface Stage {
  /** The clock that the stage's states are stamped by. */
  now(): Micros;
  createFlowRun(profile: FlowProfile, state: StateBody): Promise<Run>;
  createTaskRun(policy: TaskProfile["policy"], flowRun: Run | null, state: StateBody, tags: readonly string[]): Promise<Run>;
  /** Takes a run's state away, as no call can. Absent where it cannot be done: vectors from no state are left out. */
  clearState?(run: Run): Promise<void>;
  read(run: Run): Promise<WireRun>;
  setState(run: Run, state: StateBody, force: boolean): Promise<Reply>;
  resume(run: Run): Promise<Reply>;
  createLimit(tag: string, limit: number): Promise<void>;
  activeSlots(tag: string): Promise<readonly string[]>;
  /** Any request, on a stage that speaks HTTP. The body is sent as it is. */
  request?(method: string, path: string, body: Json): Promise<{ http: number; text: string }>;
}

/** Sets a state, and reads the run before and after. */
export async function call(stage: Stage, run: Run, state: StateBody, force: boolean): Promise<Call> {
  const before = await stage.read(run);
  const at = stage.now();
  const reply = await stage.setState(run, state, force);
  return { at, before, reply, after: await stage.read(run) };
}

type Paths = TransitionVectors["paths"];

/** A flow run brought to a labelled state by forced moves along the recorded path; "none" has no state. */
export async function flowRunIn(stage: Stage, paths: Paths, profile: FlowProfile, label: string): Promise<Run> {
  return bring(stage, paths, label, (state) => stage.createFlowRun(profile, state));
}

async function taskRunIn(stage: Stage, paths: Paths, profile: TaskProfile, label: string): Promise<Run> {
  const flowRun = profile.flow === null ? null : await enclosingRunIn(stage, paths, profile.flow ?? "Running");
  return bring(stage, paths, label, (state) => stage.createTaskRun(profile.policy, flowRun, state, []));
}

/**
 * The flow run round a task run was recorded as a deployed and running one that then asked, unforced, for its state. So
 * the "Pending" one is still running: that move is refused.
 */
async function enclosingRunIn(stage: Stage, paths: Paths, label: string): Promise<Run> {
  if (label === "none") return flowRunIn(stage, paths, {}, label);
  const run = await flowRunIn(stage, paths, { deployment: true }, "Running");
  if (label !== "Running") await stage.setState(run, stateBody(label, stage.now()), false);
  return run;
}

async function bring(stage: Stage, paths: Paths, label: string, create: (state: StateBody) => Promise<Run>): Promise<Run> {
  if (label === "none") {
    const run = await create(stateBody("Pending", stage.now()));
    await stage.clearState?.(run);
    return run;
  }
  const [first = label, ...rest] = paths[label] ?? [];
  const run = await create(stateBody(first, stage.now()));
  for (const next of rest) await stage.setState(run, stateBody(next, stage.now()), true);
  return run;
}

/** Plays one recorded call on a fresh run; gives what differs. */
export async function playVector(stage: Stage, kind: Run["kind"], vectors: TransitionVectors, vector: TransitionVector): Promise<string[]> {
  const { paths, flow_profiles, task_profiles } = vectors;
  const run = await (kind === "flow"
    ? flowRunIn(stage, paths, flow_profiles[vector.profile] ?? {}, vector.from)
    : taskRunIn(stage, paths, task_profiles[vector.profile] ?? {}, vector.from));
  return differences(vector, await call(stage, run, stateBody(vector.to, stage.now()), vector.force ?? false));
}
