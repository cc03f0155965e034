import type { StateType } from "./states/types.ts";
import type { Micros } from "./time.ts";

/**
 * What lists can be narrowed by, in neutral names; `wire/prefect/filters.ts` reads them from the dialect's
 * (`any_`, `not_any_`, …). An absent or null criterion is no criterion.
 */
export type Operator = "and_" | "or_";

type Maybe<T> = T | null | undefined;
interface Combined {
  operator?: Operator;
}
interface AnyOf<T = string> {
  any?: Maybe<T[]>;
}
interface AnyOrNot extends AnyOf {
  notAny?: Maybe<string[]>;
}
interface AnyOrLike extends AnyOf {
  like?: Maybe<string>;
}
interface AnyOrNull extends Combined, AnyOf {
  isNull?: Maybe<boolean>;
}
export interface Equal {
  eq?: Maybe<boolean>;
}
export interface Span {
  before?: Maybe<Micros>;
  after?: Maybe<Micros>;
}
interface SpanOrNull extends Span {
  isNull?: Maybe<boolean>;
}
export interface TagsFilter extends Combined {
  all?: Maybe<string[]>;
  isNull?: Maybe<boolean>;
}
export interface StateFilter extends Combined {
  type?: Maybe<AnyOf<StateType>>;
  name?: Maybe<AnyOf>;
}

export interface FlowFilter extends Combined {
  id?: Maybe<AnyOf>;
  deployment?: Maybe<Combined & { isNull?: Maybe<boolean> }>;
  name?: Maybe<AnyOrLike>;
  tags?: Maybe<TagsFilter>;
}

export interface FlowRunFilter extends Combined {
  id?: Maybe<AnyOrNot>;
  name?: Maybe<AnyOrLike>;
  tags?: Maybe<TagsFilter>;
  deploymentId?: Maybe<AnyOrNull>;
  workQueueName?: Maybe<AnyOrNull>;
  state?: Maybe<StateFilter>;
  flowVersion?: Maybe<AnyOf>;
  startTime?: Maybe<SpanOrNull>;
  expectedStartTime?: Maybe<Span>;
  nextScheduledStartTime?: Maybe<Span>;
  parentFlowRunId?: Maybe<Combined & AnyOf>;
  parentTaskRunId?: Maybe<AnyOrNull>;
  idempotencyKey?: Maybe<AnyOrNot>;
}

export interface TaskRunFilter extends Combined {
  id?: Maybe<AnyOf>;
  name?: Maybe<AnyOrLike>;
  tags?: Maybe<TagsFilter>;
  state?: Maybe<StateFilter>;
  startTime?: Maybe<SpanOrNull>;
  subflowRuns?: Maybe<{ exists?: Maybe<boolean> }>;
  flowRunId?: Maybe<AnyOrNull>;
}

export interface DeploymentFilter extends Combined {
  id?: Maybe<AnyOf>;
  name?: Maybe<AnyOrLike>;
  paused?: Maybe<Equal>;
  isScheduleActive?: Maybe<Equal>;
  tags?: Maybe<TagsFilter>;
  workQueueName?: Maybe<AnyOf>;
}

export interface WorkPoolFilter extends Combined {
  id?: Maybe<AnyOf>;
  name?: Maybe<AnyOf>;
  type?: Maybe<AnyOf>;
}

export interface WorkQueueFilter extends Combined {
  id?: Maybe<AnyOf>;
  name?: Maybe<AnyOf & { startswith?: Maybe<string[]> }>;
}

export interface WorkerFilter extends Combined {
  lastHeartbeatTime?: Maybe<Span>;
}

export interface LogFilter extends Combined {
  level?: Maybe<{ ge?: Maybe<number>; le?: Maybe<number> }>;
  timestamp?: Maybe<Span>;
  flowRunId?: Maybe<AnyOf>;
  taskRunId?: Maybe<AnyOf>;
}

export interface ArtifactFilter extends Combined {
  id?: Maybe<AnyOf>;
  key?: Maybe<AnyOrLike & { exists?: Maybe<boolean> }>;
  flowRunId?: Maybe<AnyOf>;
  taskRunId?: Maybe<AnyOf>;
  type?: Maybe<AnyOrNot>;
}

export interface ArtifactCollectionFilter extends Omit<ArtifactFilter, "id"> {
  latestId?: Maybe<AnyOf>;
}

export interface VariableFilter extends Combined {
  id?: Maybe<AnyOf>;
  name?: Maybe<AnyOrLike>;
  value?: Maybe<AnyOrLike>;
  tags?: Maybe<TagsFilter>;
}

export interface BlockTypeFilter {
  name?: Maybe<{ like?: Maybe<string> }>;
  slug?: Maybe<AnyOf>;
}

export interface BlockSchemaFilter extends Combined {
  blockTypeId?: Maybe<AnyOf>;
  blockCapabilities?: Maybe<{ all?: Maybe<string[]> }>;
  id?: Maybe<AnyOf>;
  version?: Maybe<AnyOf>;
}

export interface BlockDocumentFilter extends Combined {
  id?: Maybe<AnyOf>;
  isAnonymous?: Maybe<Equal>;
  blockTypeId?: Maybe<AnyOf>;
  name?: Maybe<AnyOrLike>;
}

export interface NotificationPolicyFilter {
  isActive?: Maybe<Equal>;
}

/** The objects a list of runs, flows or deployments can be narrowed by together; all given ones must hold. */
export interface RunFilters {
  flows?: Maybe<FlowFilter>;
  flowRuns?: Maybe<FlowRunFilter>;
  taskRuns?: Maybe<TaskRunFilter>;
  deployments?: Maybe<DeploymentFilter>;
  workPools?: Maybe<WorkPoolFilter>;
  workPoolQueues?: Maybe<WorkQueueFilter>;
}

/** A page of a list. */
export interface Page {
  limit: number;
  offset: number;
}
