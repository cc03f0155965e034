import { stateOfRun } from "../../domain/run-columns.ts";
import { answerOf } from "../../domain/states/answer.ts";
import type { FlowRunDecision } from "../../domain/states/decision.ts";
import { orchestrateFlowRun } from "../../domain/states/orchestrate.ts";
import type { FlowPolicyName } from "../../domain/states/policies.ts";
import type { FullLimit } from "../../domain/states/rule.ts";
import { isTerminal } from "../../domain/states/state.ts";
import type { FlowRunFacts, ProposedState, StateType } from "../../domain/states/types.ts";
import { type RunNotice, UNQUEUED } from "../../queue/stub.ts";
import type { Statement } from "../../store/database.ts";
import { type FlowRunRead, type FlowRunRow, moveFlowRun, parentTaskRunOf, selectFlowRun } from "../../store/flow-runs.ts";
import { guardSlots } from "../../store/run-slots.ts";
import { insertStateArtifact } from "../../store/state-artifacts.ts";
import { insertFlowRunState } from "../../store/states.ts";
import { retryFailedTaskRuns } from "../../store/task-runs.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { columnsOf, factsOf, historyColumns, stateColumns } from "../states/run-row.ts";

import { stateArtifact } from "../states/state-artifact.ts";
import { decideTaskRun, foundTaskRun, type TaskRunFound, type TaskRunResults, taskRunReads } from "../task-runs/move-task-run.ts";

/** A flow run, and the task run that stands for it in its parent flow, if it is a subflow. */
export interface FlowRunFound {
  run: FlowRunRead;
  parent: TaskRunFound | null;
  /** The limit that leaves the run no slot; null also where that was not asked. */
  fullLimit: FullLimit | null;
}

/** The statements that read a flow run and its parent task run, for one batch; `foundFlowRun` takes their results. */
export const flowRunReads = (ctx: TenantContext, id: string, cacheKey: string | null) =>
  [selectFlowRun(ctx.db, ctx.tenantId, id), ...taskRunReads(ctx, parentTaskRunOf(ctx.tenantId, id), cacheKey)] as const;

/** The results of `flowRunReads`; null when there is no such run. */
export async function foundFlowRun(
  ctx: TenantContext,
  [runs, ...parent]: readonly [FlowRunRead[], ...TaskRunResults],
): Promise<FlowRunFound | null> {
  const [run] = runs;
  if (!run) return null;
  await ctx.bodies.restoreRows(runs, "stateData");
  return { run, parent: await foundTaskRun(ctx, parent), fullLimit: null };
}

/** Whether a move to this state is held to the limits of queues and pools: with leases on, and when it is not forced. */
export const takesSlot = (ctx: TenantContext, to: StateType | undefined, policy: FlowPolicyName): boolean =>
  (to === "PENDING" || to === "RUNNING") && policy === "core" && ctx.config.leaseSeconds > 0;

/** A decided move and what writes it. */
export interface FlowRunMove {
  decision: FlowRunDecision;
  /** For one batch; they abort it when somebody else moved the run meanwhile. */
  statements: Statement[];
  /** For the run's queue, after the commit. */
  notices: RunNotice[];
}

/** Decides a flow run's transition. Large data of the new state goes to R2 here; nothing else is written. */
export async function decideFlowRun(
  ctx: TenantContext,
  found: FlowRunFound,
  proposed: ProposedState,
  policy: FlowPolicyName,
): Promise<FlowRunMove> {
  const { run } = found;
  const now = ctx.now();
  const decision = orchestrateFlowRun({
    run: flowRunFacts(run),
    initial: stateOfRun(run),
    proposed,
    now,
    newId: ctx.newId,
    clientVersion: ctx.caller.apiVersion,
    fullLimit: found.fullLimit,
    isLeased: run.workQueueId !== null && takesSlot(ctx, proposed.type, policy),
    policy,
  });
  const { changes, statements } = await moveStatements(ctx, found, decision, Math.max(now, run.updatedAt + 1));
  // Counted again where it is written, so that of two moves to the last slot one is made anew and finds it taken.
  const begins = run.stateType === "SCHEDULED" || (run.stateType !== null && isTerminal({ type: run.stateType }));
  if (begins && run.workQueueId !== null && takesSlot(ctx, decision.written?.type, policy)) {
    statements.push(guardSlots(ctx.db, ctx.tenantId, run.workQueueId));
  }
  const notices = decision.written === null ? [] : queueNotices([{ ...run, ...changes }]);
  return { decision, statements, notices: notices.filter((notice) => isNews(notice, run.stateType)) };
}

async function moveStatements(ctx: TenantContext, { run, parent }: FlowRunFound, decision: FlowRunDecision, at: number) {
  const { written, effects } = decision;
  if (decision.error !== null || (written === null && Object.keys(decision.run).length === 0)) return { changes: {}, statements: [] };
  const artifact = await stateArtifact(ctx, effects.artifact, { flowRunId: run.id, taskRunId: null }, at);
  const artifactId = artifact?.artifact.id ?? null;
  const changes: Partial<FlowRunRow> = {
    ...flowRunColumns(decision.run),
    ...(written && stateColumns(written, artifactId)),
    updatedAt: at,
  };
  const statements: Statement[] = [moveFlowRun(ctx.db, run, changes), ctx.db.guardChanged()];
  if (written !== null) {
    statements.push(
      insertFlowRunState(ctx.db, { tenantId: ctx.tenantId, flowRunId: run.id, ...historyColumns(written, artifactId) }),
      ...insertStateArtifact(ctx.db, "flow", artifact),
    );
  }
  if (effects.failedTasksRetry !== null) {
    statements.push(...retryFailedTaskRuns(ctx.db, ctx.tenantId, run.id, effects.failedTasksRetry, at));
  }
  statements.push(...(await mirrorStatements(ctx, parent, decision)));
  return { changes, statements };
}

/** The statements that copy a subflow run's new state to its parent task run. */
export async function mirrorStatements(
  ctx: TenantContext,
  parent: TaskRunFound | null,
  { effects }: FlowRunDecision,
): Promise<Statement[]> {
  if (effects.parentTask === null || parent === null) return [];
  const { decision, statements } = await decideTaskRun(ctx, parent, effects.parentTask.state, "minimal");
  answerOf(decision);
  return statements;
}

/** What the queues of runs are to be told of them. */
export const queueNotices = (runs: readonly FlowRunRow[]): RunNotice[] =>
  runs.map(({ id, workQueueId, deploymentId, stateType, stateAt, stateDetails, policy, nextScheduledStartAt, updatedAt }) => ({
    queueId: workQueueId ?? UNQUEUED,
    runId: id,
    deploymentId,
    isClaimed: (stateType === "PENDING" || stateType === "RUNNING") && policy.retryType !== "in_process",
    scheduledAt: stateType === "SCHEDULED" && policy.retryType !== "in_process" ? nextScheduledStartAt : null,
    pausedUntil: stateType === "PAUSED" ? (stateDetails?.pauseTimeout ?? null) : null,
    stateAt: stateAt ?? updatedAt,
  }));

/** True for a notice that a queue must have: of a run that it is to watch, or that it watched as scheduled, or that held a slot of it. */
export const isNews = ({ queueId, isClaimed, scheduledAt, pausedUntil }: RunNotice, before: StateType | null): boolean =>
  before === "SCHEDULED" || scheduledAt !== null || pausedUntil !== null || (queueId !== UNQUEUED && holdsSlot(before) && !isClaimed);

const holdsSlot = (type: StateType | null): boolean => type === "PENDING" || type === "RUNNING" || type === "CANCELLING";

/** The facts of a row, as the rules take them. */
export const flowRunFacts = (row: FlowRunRow): FlowRunFacts => ({
  ...factsOf(row),
  deploymentId: row.deploymentId,
  parentTaskRunId: row.parentTaskRunId,
  infrastructurePid: row.infrastructurePid,
  policy: row.policy,
});

/** The columns of changed facts, and only those. */
export const flowRunColumns = (changes: Partial<FlowRunFacts>): Partial<FlowRunRow> => ({
  ...columnsOf(changes),
  ...(changes.policy !== undefined && { policy: changes.policy }),
});
