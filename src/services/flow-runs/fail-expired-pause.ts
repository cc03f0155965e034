import { answerOf } from "../../domain/states/answer.ts";
import { proposeState } from "../../domain/states/state.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { announceState } from "../events/announce-state.ts";
import { decideAgain } from "../states/decide-again.ts";
import { decideFlowRun, flowRunReads, foundFlowRun } from "./move-flow-run.ts";
import { writeMove } from "./write-move.ts";

/** Fails a run whose pause has timed out, if it is still paused (Prefect `FailExpiredPauses`). Two round trips. */
export async function failExpiredPause(ctx: TenantContext, id: string): Promise<void> {
  await decideAgain(async () => {
    const found = await foundFlowRun(ctx, await ctx.db.run(...flowRunReads(ctx, id, null)));
    const now = ctx.now();
    const timeout = found?.run.stateDetails?.pauseTimeout ?? null;
    if (found?.run.stateType !== "PAUSED" || timeout === null || timeout > now) return;
    const failed = proposeState({ type: "FAILED", message: "The flow was paused and never resumed." }, now);
    const move = await decideFlowRun(ctx, found, failed, "minimal");
    answerOf(move.decision);
    await writeMove(ctx, id, move);
    announceState(ctx, found.run, found.run, move.decision.written);
  });
}
