/**
 * The engine that decides a state transition, equal to Prefect 2.20's (server/orchestration/rules.py, models/flow_runs.py and
 * task_runs.py: set_..._run_state): rules first, then the books, then each rule's after-effects in reverse order.
 */
import {
  type Decision,
  type Effects,
  type FlowRunDecision,
  NO_EFFECTS,
  type OrchestrationError,
  type Response,
  type TaskRunDecision,
} from "./decision.ts";
import { FLOW_POLICIES, type FlowPolicyName, TASK_POLICIES, type TaskPolicyName } from "./policies.ts";
import { splitResult } from "./result.ts";
import { abort, type FlowTransition, type Outcome, PASS, type Rule, type Ruling, type TaskTransition, type Transition } from "./rule.ts";
import { type Books, FLOW_BOOKS, TASK_BOOKS } from "./transforms.ts";
import type { ProposedState, RunFacts, State, StateType } from "./types.ts";

/** Facts of the run, its present state (data null where it was not stored), the proposal, and what is not a fact: clock and ids. */
export interface FlowRunInput extends FlowTransition {
  readonly policy: FlowPolicyName;
}

/** The same for a task run, with its flow run, the cache under the proposed key, and the limits on its tags. */
export interface TaskRunInput extends TaskTransition {
  readonly policy: TaskPolicyName;
}

/** Decides a flow run's transition. Writes nothing: the decision says what to write. */
export function orchestrateFlowRun(input: FlowRunInput): FlowRunDecision {
  return orchestrate<FlowTransition>(input, FLOW_POLICIES[input.policy], FLOW_BOOKS);
}

/** Decides a task run's transition. Writes nothing: the decision says what to write. */
export function orchestrateTaskRun(input: TaskRunInput): TaskRunDecision {
  const policy = input.run.flowRunId === null ? "autonomous" : input.policy;
  return orchestrate<TaskTransition>(input, TASK_POLICIES[policy], TASK_BOOKS);
}

const ACCEPTED: Response = { status: "ACCEPT", details: { type: "accept_details" } };

/** What the reference's exceptions say; no rule refuses a run without a state but by one of them. */
const NO_STATE_TO_KEEP = "The current run has no state; this transition cannot be rejected without providing a new state.";
const NO_STATE_TO_READ = `Error validating state: AttributeError("'NoneType' object has no attribute 'result_artifact_id'")`;

/** A rule that was asked, and what it takes to undo its word. */
interface Asked<T extends Transition> {
  readonly rule: Rule<T>;
  readonly ruling: Ruling<T["run"]>;
  readonly runBefore: T["run"];
  /** The proposed type after its own word: a rule does not void itself. */
  readonly toType: StateType | null;
}

/** The transition as the rules left it. */
interface Ruled<T extends Transition> {
  readonly run: T["run"];
  readonly proposed: ProposedState | null;
  readonly response: Response;
  readonly asked: readonly Asked<T>[];
}

function orchestrate<T extends Transition>(start: T, rules: readonly Rule<T>[], books: Books<T>): Decision<T["run"]> {
  const ruled = askRules(start, rules);
  if (ruled.proposed === null) {
    if (start.initial !== null) return conclude(start, ruled, null, {});
    if (ruled.response.status === "REJECT") return failed({ kind: "internal", message: NO_STATE_TO_KEEP });
    return conclude(start, { ...ruled, response: abort(NO_STATE_TO_READ).response }, null, {});
  }
  const { data, artifact } = splitResult(ruled.proposed.data);
  const written: State = {
    ...ruled.proposed,
    data,
    details: { ...ruled.proposed.details, ...books.owners(ruled.run) },
    id: start.newId(),
    // One clock tick may see several moves of a run; its states must differ in time.
    timestamp: Math.max(start.now, start.initial === null ? start.now : start.initial.timestamp + 1),
  };
  const transition = { ...start, run: ruled.run, written };
  const run = { ...ruled.run, ...books.columns(transition) };
  return conclude(start, { ...ruled, run }, written, { artifact, ...books.effects(transition) });
}

/** Asks each rule that governs the move; once one has changed the type of what is proposed, the rest have nothing to say. */
function askRules<T extends Transition>(start: T, rules: readonly Rule<T>[]): Ruled<T> {
  let run: T["run"] = start.run;
  let proposed: ProposedState | null = start.proposed;
  let response = ACCEPTED;
  const asked: Asked<T>[] = [];
  for (const rule of rules) {
    if (!rule.from.has(start.initial?.type ?? null) || !rule.to.has(start.proposed.type)) continue;
    if (proposed?.type !== start.proposed.type) break;
    const ruling: Ruling<T["run"]> = rule.decide?.({ ...start, run, proposed }) ?? PASS;
    if (ruling.proposed !== undefined) proposed = ruling.proposed;
    if (ruling.response !== undefined) response = ruling.response;
    asked.push({ rule, ruling, runBefore: run, toType: proposed?.type ?? null });
    run = { ...run, ...ruling.run };
  }
  return { run, proposed, response, asked };
}

/** Lets every rule finish, last one first: what it did holds if its transition does, else it is undone. */
function conclude<T extends Transition>(start: T, ruled: Ruled<T>, written: State | null, booked: Partial<Effects>): Decision<T["run"]> {
  let { run } = ruled;
  let effects: Effects = { ...NO_EFFECTS, ...booked };
  for (const { rule, ruling, runBefore, toType } of ruled.asked.toReversed()) {
    const holds = toType === (written?.type ?? null);
    if (!holds) {
      run = { ...run, ...pick(runBefore, keysOf<T["run"]>(ruling.run)) };
      continue;
    }
    effects = { ...effects, ...ruling.effects };
    // A rule that moved the run outside what it governs has no after-effect.
    const outcome: Outcome<T["run"]> = rule.to.has(toType) ? (rule.after?.({ ...start, run, written }) ?? PASS) : PASS;
    if (outcome.error !== undefined) return failed(outcome.error);
    run = { ...run, ...outcome.run };
    effects = { ...effects, ...outcome.effects };
  }
  return { ...ruled.response, state: written ?? start.initial, written, run: changed(start.run, run), effects, error: null };
}

/** A transition that the reference fails on with an exception, and rolls back. */
function failed<Run extends RunFacts>(error: OrchestrationError): Decision<Run> {
  return { ...abort(error.message).response, state: null, written: null, run: {}, effects: NO_EFFECTS, error };
}

function changed<Run extends RunFacts>(before: Run, after: Run): Partial<Run> {
  return pick(
    after,
    keysOf(after).filter((key) => JSON.stringify(after[key]) !== JSON.stringify(before[key])),
  );
}

function keysOf<Run extends RunFacts>(columns: Partial<Run> = {}): (keyof Run)[] {
  return Object.keys(columns) as (keyof Run)[];
}

function pick<Run extends RunFacts>(run: Run, keys: readonly (keyof Run)[]): Partial<Run> {
  return Object.fromEntries(keys.map((key) => [key, run[key]])) as Partial<Run>;
}
