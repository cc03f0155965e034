import { stateOfRun } from "../../domain/run-columns.ts";
import type { Decision } from "../../domain/states/decision.ts";
import { orchestrateTaskRun } from "../../domain/states/orchestrate.ts";
import type { TaskPolicyName } from "../../domain/states/policies.ts";
import type { EnclosingFlowRun, ProposedState, State, TaskRunFacts } from "../../domain/states/types.ts";
import type { Statement } from "../../store/database.ts";
import { guardFlowRunState } from "../../store/flow-runs.ts";
import { insertStateArtifact } from "../../store/state-artifacts.ts";
import { insertTaskRunState, type StateRead } from "../../store/states.ts";
import { releaseSlot, selectLimitsOfTaskRun, type TagLimitRow, takeSlot } from "../../store/tag-slots.ts";
import { insertTaskRunCache, selectCachedState } from "../../store/task-run-caches.ts";
import { moveTaskRun, selectTaskRunInFlowRun, type TaskRunId, type TaskRunInFlowRun, type TaskRunRow } from "../../store/task-runs.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { columnsOf, factsOf, historyColumns, stateColumns } from "../states/run-row.ts";

import { stateArtifact } from "../states/state-artifact.ts";

/** A task run, and the rest that deciding its next state needs. */
export interface TaskRunFound {
  run: TaskRunInFlowRun;
  limits: readonly TagLimitRow[];
  cached: State | null;
}

/** How long a task run waits for a slot before it asks again. */
export const SLOT_WAIT_SECONDS = 30;

/** The statements that read a task run and what its rules look at, for a caller's batch; `foundTaskRun` takes their results. */
export const taskRunReads = (ctx: TenantContext, id: TaskRunId, cacheKey: string | null) =>
  [
    selectTaskRunInFlowRun(ctx.db, ctx.tenantId, id),
    selectLimitsOfTaskRun(ctx.db, ctx.tenantId, id),
    selectCachedState(ctx.db, ctx.tenantId, cacheKey, ctx.now()),
  ] as const;

export type TaskRunResults = readonly [TaskRunInFlowRun[], TagLimitRow[], StateRead[]];

/** The results of `taskRunReads`; null when there is no such run. */
export async function foundTaskRun(ctx: TenantContext, [runs, limits, cached]: TaskRunResults): Promise<TaskRunFound | null> {
  const [run] = runs;
  if (!run) return null;
  await Promise.all([ctx.bodies.restoreRows(runs, "stateData"), ctx.bodies.restoreRows(cached, "data")]);
  return { run, limits, cached: cachedState(cached[0]) };
}

export const cachedState = (read: StateRead | undefined): State | null => (read ? { ...read, timestamp: read.at } : null);

/** A decided move and the statements that write it, for one batch; they abort it when somebody else moved the run meanwhile. */
export interface TaskRunMove {
  decision: Decision<TaskRunFacts>;
  statements: Statement[];
}

/** Decides a task run's transition. Large data of the new state goes to R2 here; nothing else is written. */
export async function decideTaskRun(
  ctx: TenantContext,
  found: TaskRunFound,
  proposed: ProposedState,
  policy: TaskPolicyName,
): Promise<TaskRunMove> {
  const { run, limits, cached } = found;
  const now = ctx.now();
  const decision = orchestrateTaskRun({
    run: taskRunFacts(run),
    initial: stateOfRun(run),
    proposed,
    now,
    newId: ctx.newId,
    flowRun: enclosingFlowRun(run),
    cached,
    limits: limits.map(tagLimit),
    random: Math.random,
    slotWaitSeconds: SLOT_WAIT_SECONDS,
    policy,
  });
  return { decision, statements: await moveStatements(ctx, found, decision, Math.max(now, run.updatedAt + 1), policy) };
}

async function moveStatements(
  ctx: TenantContext,
  { run, limits }: TaskRunFound,
  decision: Decision<TaskRunFacts>,
  at: number,
  policy: TaskPolicyName,
): Promise<Statement[]> {
  const { written, effects } = decision;
  if (decision.error !== null || (written === null && Object.keys(decision.run).length === 0)) return [];
  const artifact = await stateArtifact(ctx, effects.artifact, { flowRunId: run.flowRunId, taskRunId: run.id }, at);
  const artifactId = artifact?.artifact.id ?? null;
  const changes = { ...taskRunColumns(decision.run), ...(written && stateColumns(written, artifactId)), updatedAt: at };
  const statements: Statement[] = [moveTaskRun(ctx.db, run, changes), ctx.db.guardChanged()];
  if (written === null) return statements;
  if (policy === "core" && written.type === "RUNNING" && run.flowRunId !== null) {
    statements.push(guardFlowRunState(ctx.db, ctx.tenantId, run.flowRunId, run.flowRunStateId));
  }
  statements.push(
    insertTaskRunState(ctx.db, { tenantId: ctx.tenantId, taskRunId: run.id, ...historyColumns(written, artifactId) }),
    ...insertStateArtifact(ctx.db, "task", artifact),
    ...cacheStatements(ctx, run.id, decision, at),
    ...slotStatements(ctx, run.id, limits, decision, at),
  );
  return statements;
}

/** The statements that give a run its slots or take them; they abort the batch when a slot is free no more. */
export function slotStatements(
  ctx: TenantContext,
  taskRunId: string,
  limits: readonly TagLimitRow[],
  { effects }: Decision<TaskRunFacts>,
  at: number,
): Statement[] {
  return effects.slots.flatMap(({ limitId, change }) => {
    const limit = limits.find(({ id }) => id === limitId);
    if (!limit) return [];
    return change === "take"
      ? [takeSlot(ctx.db, limit, taskRunId, at), ctx.db.guardChanged()]
      : [releaseSlot(ctx.db, limit, taskRunId, at)];
  });
}

/** The statement that lets a completed state be had again under its cache key. */
export function cacheStatements(ctx: TenantContext, taskRunId: string, { effects }: Decision<TaskRunFacts>, at: number): Statement[] {
  const { cacheEntry } = effects;
  if (cacheEntry === null) return [];
  const { cacheKey, cacheExpiration: expiresAt, stateId } = cacheEntry;
  return [insertTaskRunCache(ctx.db, { tenantId: ctx.tenantId, cacheKey, createdAt: at, id: ctx.newId(), expiresAt, taskRunId, stateId })];
}

export const tagLimit = ({ id, tag, concurrencyLimit, activeSlots }: TagLimitRow) => ({ id, tag, limit: concurrencyLimit, activeSlots });

/** The facts of a row, as the rules take them. */
export const taskRunFacts = (row: TaskRunRow): TaskRunFacts => ({
  ...factsOf(row),
  flowRunId: row.flowRunId,
  flowRunRunCount: row.flowRunRunCount,
  policy: row.policy,
});

/** The columns of changed facts, and only those. */
export const taskRunColumns = (changes: Partial<TaskRunFacts>): Partial<TaskRunRow> => ({
  ...columnsOf(changes),
  ...(changes.flowRunRunCount !== undefined && { flowRunRunCount: changes.flowRunRunCount }),
});

function enclosingFlowRun(run: TaskRunInFlowRun): EnclosingFlowRun | null {
  // The join gives a count if and only if the flow run exists.
  if (run.flowRunId === null || run.countOfFlowRun === null) return null;
  const { pauseTimeout = null, pauseReschedule = false } = run.flowRunStateDetails ?? {};
  return { id: run.flowRunId, stateType: run.flowRunStateType, pauseTimeout, pauseReschedule, runCount: run.countOfFlowRun };
}
