/** The recorded transitions: what they say, the request bodies their labels stand for, and how a call is compared with one. */
import { type Json, type JsonObject, stringifyJson } from "../../src/domain/json.ts";
import { formatTime, MICROS_PER_SECOND, type Micros, parseTime } from "../../src/domain/time.ts";

export interface ExpectedCall {
  readonly http: number;
  /** The body of a refused request; nothing else is said of it. */
  readonly error?: string;
  readonly status?: string;
  readonly details?: string;
  readonly reason?: string;
  readonly delay_seconds?: number;
  /** Type and name. */
  readonly state?: readonly [string, string] | null;
  /** The `type` of the state's data. */
  readonly data?: string;
  readonly message?: string;
  readonly state_details?: Readonly<Record<string, Json>>;
  readonly written?: boolean;
  /** Run fields that differ: [before, after], or for the run time how much it grew. */
  readonly changed?: Readonly<Record<string, Json>>;
}

export interface TransitionVector extends ExpectedCall {
  readonly profile: string;
  readonly from: string;
  readonly to: string;
  readonly force?: boolean;
}

export interface RunPolicyBody {
  readonly retries?: number;
  readonly retry_delay?: number | number[];
}

export interface FlowProfile {
  readonly deployment?: boolean;
  readonly pid?: boolean;
  readonly policy?: RunPolicyBody;
}

export interface TaskProfile {
  /** The enclosing flow run's state; RUNNING when absent, no flow run at all when null. */
  readonly flow?: string | null;
  readonly policy?: RunPolicyBody;
}

export interface Scenario {
  readonly scenario: string;
  readonly steps: readonly JsonObject[];
}

export interface TransitionVectors {
  readonly paths: Readonly<Record<string, readonly string[]>>;
  readonly flow_profiles: Readonly<Record<string, FlowProfile>>;
  readonly task_profiles: Readonly<Record<string, TaskProfile>>;
  readonly flow_runs: readonly TransitionVector[];
  readonly task_runs: readonly TransitionVector[];
  readonly scenarios: readonly Scenario[];
}

/** A state as the API writes it. */
export interface WireState {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly timestamp: string;
  readonly message: string | null;
  readonly data: Json;
  readonly state_details: JsonObject;
}

/** A run as the API writes it; `flow_run_run_count` is there for task runs only. */
export interface WireRun {
  readonly state_id: string | null;
  readonly state_name: string | null;
  readonly state: WireState | null;
  readonly run_count: number;
  readonly flow_run_run_count?: number;
  readonly total_run_time: number;
  readonly start_time: string | null;
  readonly end_time: string | null;
  readonly expected_start_time: string | null;
  readonly next_scheduled_start_time: string | null;
  readonly empirical_policy: JsonObject;
}

/** The answer to a call that sets a state; the body is null when it is no orchestration result. */
export interface Reply {
  readonly http: number;
  readonly body: {
    readonly status: string;
    readonly details: { readonly type: string; readonly reason?: string | null; readonly delay_seconds?: number };
    readonly state: WireState | null;
  } | null;
}

/** A call as it happened: the run read before and after, and when the request left. */
export interface Call {
  readonly at: Micros;
  readonly before: WireRun;
  readonly reply: Reply;
  readonly after: WireRun;
}

export interface StateBody {
  readonly type: string;
  readonly name?: string;
  readonly message?: string;
  readonly data?: Json;
  readonly state_details?: JsonObject;
}

const STATE_OF: Readonly<Record<string, StateBody>> = {
  Scheduled: { type: "SCHEDULED" },
  Late: { type: "SCHEDULED", name: "Late" },
  AwaitingRetry: { type: "SCHEDULED", name: "AwaitingRetry" },
  Resuming: { type: "SCHEDULED", name: "Resuming" },
  Pending: { type: "PENDING" },
  Running: { type: "RUNNING" },
  Retrying: { type: "RUNNING", name: "Retrying" },
  Completed: { type: "COMPLETED" },
  Failed: { type: "FAILED", message: "boom" },
  Crashed: { type: "CRASHED", message: "crash" },
  Cancelled: { type: "CANCELLED" },
  Cancelling: { type: "CANCELLING" },
  Paused: { type: "PAUSED" },
  Suspended: { type: "PAUSED", name: "Suspended" },
};

const DATA_OF: Readonly<Record<string, JsonObject>> = {
  reference: { type: "reference", serializer_type: "json", storage_key: "result" },
  unpersisted: { type: "unpersisted" },
  literal: { type: "literal", value: 1 },
};

const PAST_SECONDS = -300;
const FUTURE_SECONDS = 3600;

/** The request body of a label such as "Paused/timeout-past", at the time `at`; `details` are added to its own. */
export function stateBody(label: string, at: Micros, details: JsonObject = {}): StateBody {
  const [name = "", variant] = label.split("/");
  const state = STATE_OF[name];
  if (state === undefined) throw new Error(`no state is known for the label ${label}`);
  const own = { ...detailsOf(name, variant, at), ...details };
  const data = variant === undefined ? undefined : DATA_OF[variant];
  return {
    ...state,
    ...(data !== undefined && { data }),
    ...(Object.keys(own).length > 0 && { state_details: own }),
  };
}

function detailsOf(name: string, variant: string | undefined, at: Micros): JsonObject {
  const time = (seconds: number) => formatTime(at + seconds * MICROS_PER_SECOND);
  if (variant === "not-retriable") return { retriable: false };
  if (name === "Suspended") {
    return { pause_timeout: time(variant === "timeout-past" ? PAST_SECONDS : FUTURE_SECONDS), pause_reschedule: true };
  }
  if (variant === "timeout-past") return { pause_timeout: time(PAST_SECONDS), pause_key: "k1" };
  if (variant === "timeout-future") return { pause_timeout: time(FUTURE_SECONDS), pause_key: "k1" };
  if (variant === "future") return { scheduled_time: time(FUTURE_SECONDS) };
  if (variant === "past" || name === "Late" || name === "Resuming") return { scheduled_time: time(PAST_SECONDS) };
  return {};
}

/** What a call differs in from the recorded one, a line each; none when it is the same. */
export function differences(expected: ExpectedCall, call: Call): string[] {
  const { reply, before, after } = call;
  const found: string[] = [];
  const same = (what: string, want: Json | undefined, got: Json | undefined) => {
    if (stringifyJson(want ?? null) !== stringifyJson(got ?? null)) {
      found.push(`${what}: expected ${stringifyJson(want ?? null)}, got ${stringifyJson(got ?? null)}`);
    }
  };
  same("http", expected.http, reply.http);
  if (expected.error !== undefined) {
    same("run", asJson(before), asJson(after));
    return found;
  }
  const { status, details, state } = reply.body ?? {};
  same("status", expected.status, status);
  same("details", expected.details, details?.type);
  if (!matchesReason(expected.reason, details?.reason ?? undefined)) same("reason", expected.reason, details?.reason);
  if (Math.abs((expected.delay_seconds ?? 0) - (details?.delay_seconds ?? 0)) > 1)
    same("delay", expected.delay_seconds, details?.delay_seconds);
  same("state", expected.state ? [...expected.state] : null, state ? [state.type, state.name] : null);
  same("data", expected.data, (state?.data as JsonObject | null | undefined)?.type);
  same("message", expected.message, state?.message);
  found.push(...detailDifferences(expected.state_details ?? {}, state?.state_details ?? {}, call.at));
  same("written", expected.written, before.state_id !== after.state_id);
  if (expected.written) same("the run's state", asJson(state ?? null, UNSTORED), asJson(after.state, UNSTORED));
  found.push(...changeDifferences(expected.changed ?? {}, call));
  return found;
}

/** Answered data may be one that is not stored, so a written state is compared without it. */
const UNSTORED = new Set(["data"]);

/** A value as JSON with sorted keys, without those in `but`. */
function asJson(value: unknown, but: ReadonlySet<string> = new Set()): string {
  return JSON.stringify(value, (key, inner: unknown) => {
    if (but.has(key)) return undefined;
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** Recorded reasons name the runs and tags of the day by placeholders such as `<tag>`. */
function matchesReason(expected: string | undefined, got: string | undefined): boolean {
  if (expected === undefined || got === undefined) return expected === got;
  const pattern = expected.split(/<[a-z ]+>/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${pattern.join(".+")}$`).test(got);
}

/** Details that are recorded when they are set. */
const RECORDED_DETAILS = ["scheduled_time", "pause_timeout", "pause_reschedule", "pause_key", "cache_key", "refresh_cache"];

/** A slow machine may stand between the request, the server's clock and the recorder's rounding. */
const TOLERANCE_MICROS = 5 * MICROS_PER_SECOND;

function detailDifferences(expected: Readonly<Record<string, Json>>, got: JsonObject, at: Micros): string[] {
  return RECORDED_DETAILS.flatMap((key) => {
    const [want, have] = [expected[key] ?? null, got[key] || null];
    const seconds = typeof want === "string" ? /^now([+-]\d+)s$/.exec(want)?.[1] : undefined;
    const equal =
      seconds === undefined
        ? want === have || (typeof want === "string" && /^<.+>$/.test(want) && typeof have === "string")
        : near(timeOf(have), at + Number(seconds) * MICROS_PER_SECOND);
    return equal ? [] : [`${key}: expected ${want}, got ${have} at ${formatTime(at)}`];
  });
}

const near = (a: Micros | null, b: Micros | null) => a !== null && b !== null && Math.abs(a - b) <= TOLERANCE_MICROS;
const timeOf = (value: Json | undefined): Micros | null => (typeof value === "string" ? (parseTime(value) ?? null) : null);

const RECORDED_COUNTS = ["run_count", "flow_run_run_count"] as const;
const RECORDED_TIMES = ["start_time", "end_time", "expected_start_time", "next_scheduled_start_time"] as const;
const RECORDED_POLICY = ["retries", "retry_delay", "pause_keys", "resuming", "retry_type"];

function changeDifferences(expected: Readonly<Record<string, Json>>, { before, after, reply }: Call): string[] {
  const state = reply.body?.state ?? null;
  const changes: [string, Json, Json | undefined][] = [
    ...RECORDED_COUNTS.map((key): [string, Json, Json | undefined] => [key, changeOf(before[key], after[key]), expected[key]]),
    ...RECORDED_TIMES.map((key): [string, Json, Json | undefined] => [
      key,
      before[key] === after[key] ? null : [before[key] === null ? null : "set", timeSymbols(after[key], state)],
      expected[key],
    ]),
    ["total_run_time", runTimeChange(before, after, state), expected.total_run_time],
    ...RECORDED_POLICY.map((key): [string, Json, Json | undefined] => [
      key,
      changeOf(policyValue(before, key), policyValue(after, key)),
      (expected.empirical_policy as JsonObject | undefined)?.[key],
    ]),
  ];
  return changes.flatMap(([key, got, want]) =>
    isChange(want ?? null, got) ? [] : [`changed ${key}: expected ${stringifyJson(want ?? null)}, got ${stringifyJson(got)}`],
  );
}

const changeOf = (before: Json | undefined, after: Json | undefined): Json =>
  stringifyJson(before ?? null) === stringifyJson(after ?? null) ? null : [before ?? null, after ?? null];

/** Pause keys other than "k1" were recorded as "<uuid>". */
function policyValue(run: WireRun, key: string): Json {
  const value = run.empirical_policy[key] ?? null;
  return Array.isArray(value) ? value.map((item) => (item === "k1" ? item : "<uuid>")).sort() : value;
}

/** Every symbol a changed time may have been recorded under: the two times of a state may be the same. */
function timeSymbols(time: string | null, state: WireState | null): Json {
  if (time === null) return [null];
  const scheduled = timeOf(state?.state_details.scheduled_time);
  const symbols: Json[] = [];
  if (timeOf(time) === scheduled) symbols.push("new.scheduled_time");
  if (timeOf(time) === timeOf(state?.timestamp) || (timeOf(time) === scheduled && near(scheduled, timeOf(state?.timestamp)))) {
    symbols.push("new.timestamp");
  }
  return symbols;
}

function runTimeChange(before: WireRun, after: WireRun, state: WireState | null): Json {
  const grown = after.total_run_time - before.total_run_time;
  if (grown === 0) return null;
  const span = ((timeOf(state?.timestamp) ?? 0) - (timeOf(before.state?.timestamp) ?? 0)) / MICROS_PER_SECOND;
  return Math.abs(grown - span) < 2e-6 ? "+(new.timestamp-initial.timestamp)" : grown;
}

/** `got` holds in its last place the list of symbols that would be right, when it is a time. */
function isChange(want: Json, got: Json): boolean {
  if (stringifyJson(want) === stringifyJson(got)) return true;
  if (!Array.isArray(want) || !Array.isArray(got) || !Array.isArray(got[1])) return false;
  return want[0] === got[0] && got[1].includes(want[1] ?? null);
}
