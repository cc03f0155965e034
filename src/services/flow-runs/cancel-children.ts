import { answerOf } from "../../domain/states/answer.ts";
import { isTerminal, proposeState } from "../../domain/states/state.ts";
import { forgetCancelled, selectCancelledRun, selectLiveSubflows, selectLiveTaskRuns } from "../../store/cancelled-runs.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { announceState } from "../events/announce-state.ts";
import { decideAgain } from "../states/decide-again.ts";
import { decideTaskRun, foundTaskRun, type TaskRunResults, taskRunReads } from "../task-runs/move-task-run.ts";
import { decideFlowRun, flowRunReads, foundFlowRun } from "./move-flow-run.ts";
import { writeMove } from "./write-move.ts";

const MESSAGE = "The parent flow run was cancelled.";

/** How many of a run's children one call moves at most. */
const TASK_RUNS = 50;
const SUBFLOWS = 10;

/** Task runs moved by one batch. */
const TASK_RUNS_A_BATCH = 25;

/**
 * Cancels what a noted, cancelled flow run left unfinished (Prefect `CancellationCleanup`), and strikes it off the list when
 * nothing is left: its task runs are forced to CANCELLED, if it had started; a subflow run becomes CANCELLED too, or CANCELLING
 * when it was deployed, for its worker to end it. Subflow runs that are cancelled here follow in the same way. Bounded: what is
 * left stays on the list. A run that somebody set to another state meanwhile is left alone.
 */
export async function cancelChildren(ctx: TenantContext, flowRunId: string): Promise<void> {
  const { db, tenantId } = ctx;
  const [[run], taskRuns, subflows] = await db.run(
    selectCancelledRun(db, tenantId, flowRunId),
    selectLiveTaskRuns(db, tenantId, flowRunId, TASK_RUNS),
    selectLiveSubflows(db, tenantId, flowRunId, SUBFLOWS),
  );
  const isCancelled = run?.stateType === "CANCELLED";
  const unfinished = isCancelled && run.endedAt !== null ? taskRuns.map(({ id }) => id) : [];
  for (let start = 0; start < unfinished.length; start += TASK_RUNS_A_BATCH) {
    await cancelTaskRuns(ctx, unfinished.slice(start, start + TASK_RUNS_A_BATCH));
  }
  for (const { id, deploymentId } of isCancelled ? subflows : []) {
    const leftChildren = await cancelSubflow(ctx, id, deploymentId === null ? "CANCELLED" : "CANCELLING");
    if (leftChildren) await cancelChildren(ctx, id);
  }
  const isDone = unfinished.length < TASK_RUNS && subflows.length < SUBFLOWS;
  if (isDone || !isCancelled) await db.run(forgetCancelled(db, tenantId, flowRunId));
}

async function cancelTaskRuns(ctx: TenantContext, ids: readonly string[]): Promise<void> {
  await decideAgain(async () => {
    const reads = ids.map((id) => taskRunReads(ctx, id, null));
    const results = await ctx.db.runAll(reads.flat());
    const moves = reads.map(async (statements, index) => {
      const start = index * statements.length;
      const found = await foundTaskRun(ctx, results.slice(start, start + statements.length) as unknown as TaskRunResults);
      if (!found || found.run.stateType === null || isTerminal({ type: found.run.stateType })) return [];
      const { decision, statements: writes } = await decideTaskRun(ctx, found, cancelled(ctx, "CANCELLED"), "minimal");
      answerOf(decision);
      return writes;
    });
    await ctx.db.runAll((await Promise.all(moves)).flat());
  });
}

/** Cancels a subflow run, unless it ended meanwhile; gives whether it left children unfinished. */
function cancelSubflow(ctx: TenantContext, id: string, type: "CANCELLED" | "CANCELLING"): Promise<boolean> {
  return decideAgain(async () => {
    const found = await foundFlowRun(ctx, await ctx.db.run(...flowRunReads(ctx, id, null)));
    if (!found || found.run.stateType === null || isTerminal({ type: found.run.stateType })) return false;
    const move = await decideFlowRun(ctx, found, cancelled(ctx, type), "minimal");
    answerOf(move.decision);
    const { leftChildren } = await writeMove(ctx, id, move);
    announceState(ctx, found.run, found.run, move.decision.written);
    return leftChildren;
  });
}

const cancelled = (ctx: TenantContext, type: "CANCELLED" | "CANCELLING") => proposeState({ type, message: MESSAGE }, ctx.now());
