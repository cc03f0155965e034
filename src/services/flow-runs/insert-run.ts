import { isTerminal } from "../../domain/states/state.ts";
import type { ProposedState } from "../../domain/states/types.ts";
import { noteIfCancelled } from "../../store/cancelled-runs.ts";
import { ConstraintFailed, type Statement } from "../../store/database.ts";
import { type FlowRunRead, insertFlowRun as insertRun, selectFlowRun, selectFlowRunByKey } from "../../store/flow-runs.ts";
import { insertStateArtifact } from "../../store/state-artifacts.ts";
import { insertFlowRunState } from "../../store/states.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { announceState } from "../events/announce-state.ts";
import { decideAgain } from "../states/decide-again.ts";
import { foundTaskRun, type TaskRunResults, taskRunReads } from "../task-runs/move-task-run.ts";
import { type DraftedRun, draftFlowRun, type FlowRunDraft } from "./draft-run.ts";
import { isNews, mirrorStatements, queueNotices } from "./move-flow-run.ts";
import { restoreFlowRuns } from "./read-flow-runs.ts";
import { writeMove } from "./write-move.ts";

/** The statements that insert a drafted run; all but the first do nothing when that one did not insert it. */
const inserts = (ctx: TenantContext, { row, state, artifact }: DraftedRun): [Statement, ...Statement[]] => [
  insertRun(ctx.db, row),
  insertFlowRunState(ctx.db, state),
  ...insertStateArtifact(ctx.db, "flow", artifact),
];

/** The statements that read the parent task run of a subflow to be, for a batch of the caller's; see `insertFlowRun`. */
export const parentReads = (ctx: TenantContext, parentTaskRunId: string, state: ProposedState) =>
  taskRunReads(ctx, parentTaskRunId, state.details.cacheKey);

interface Inserted {
  run: FlowRunRead;
  created: boolean;
}

/**
 * Makes a flow run, or gives the one that its flow has of this idempotency key, unchanged. One round trip; for a subflow, whose
 * parent task run moves with it, one more, unless the caller read `parentReads` before and gives their results. `before` is what the
 * run needs to be written before it, in the same batch. Tells the queue.
 * Throws ConstraintFailed for a flow, parent task run or infrastructure block that does not exist.
 */
export async function insertFlowRun(
  ctx: TenantContext,
  draft: FlowRunDraft,
  parentRead?: TaskRunResults,
  before: readonly Statement[] = [],
): Promise<Inserted> {
  const { parentTaskRunId } = draft;
  const inserted =
    parentTaskRunId === null ? await insertAlone(ctx, draft, before) : await insertSubflow(ctx, draft, before, parentTaskRunId, parentRead);
  const runs = [inserted.run];
  await restoreFlowRuns(ctx, runs);
  if (inserted.created) await ctx.queues.notify(queueNotices(runs).filter((notice) => isNews(notice, null)));
  return inserted;
}

async function insertAlone(ctx: TenantContext, draft: FlowRunDraft, before: readonly Statement[]): Promise<Inserted> {
  const made = await draftFlowRun(ctx, draft);
  return write(ctx, made, [...before, ...inserts(ctx, made)]);
}

async function insertSubflow(
  ctx: TenantContext,
  draft: FlowRunDraft,
  before: readonly Statement[],
  parentTaskRunId: string,
  parentRead?: TaskRunResults,
): Promise<Inserted> {
  // What the caller read is good for one try.
  let known = parentRead;
  return decideAgain(async () => {
    const [existing, ...results] = known
      ? ([[], ...known] as const)
      : await ctx.db.run(
          selectFlowRunByKey(ctx.db, ctx.tenantId, draft.flowId, draft.idempotencyKey),
          ...parentReads(ctx, parentTaskRunId, draft.state),
        );
    known = undefined;
    if (existing[0]) return { run: existing[0], created: false };
    const parent = await foundTaskRun(ctx, results);
    if (!parent) throw new ConstraintFailed("foreignKey", "a flow run's parent task run does not exist");
    const made = await draftFlowRun(ctx, draft);
    const [run, ...rest] = inserts(ctx, made);
    // The parent must not move for a run that was there already.
    const { flowRunId } = parent.run;
    const note = flowRunId === null || isTerminal(draft.state) ? [] : [noteIfCancelled(ctx.db, ctx.tenantId, flowRunId)];
    const mirror = await mirrorStatements(ctx, parent, made.decision);
    return write(ctx, made, [...before, run, ctx.db.guardChanged(), ...rest, ...mirror, ...note]);
  });
}

/** Runs the statements and reads the run, ours or the one that was there. */
async function write(ctx: TenantContext, { row, decision }: DraftedRun, statements: Statement[]): Promise<Inserted> {
  const read =
    row.idempotencyKey === null
      ? selectFlowRun(ctx.db, ctx.tenantId, row.id)
      : selectFlowRunByKey(ctx.db, ctx.tenantId, row.flowId, row.idempotencyKey);
  // Its queue is told when it is known whether it was made.
  const { results } = await writeMove(ctx, row.id, { decision, statements: [...statements, read], notices: [] });
  const [run] = results.at(-1) as FlowRunRead[];
  if (!run) throw new Error("an inserted flow run is not there");
  const created = run.id === row.id;
  if (created) announceState(ctx, run, null, decision.written);
  return { run, created };
}
