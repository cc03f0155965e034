import { answerOf } from "../../domain/states/answer.ts";
import { proposeState } from "../../domain/states/state.ts";
import type { Micros } from "../../domain/time.ts";
import { fateOf, lostAt } from "../../domain/work-pools/recovery.ts";
import { countRecovery, selectPendingRuns } from "../../store/claims.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { announceState } from "../events/announce-state.ts";
import { decideAgain } from "../states/decide-again.ts";
import { decideFlowRun, flowRunReads, foundFlowRun } from "./move-flow-run.ts";
import { writeMove } from "./write-move.ts";

/** Runs looked at in one go, and taken back in one; each of these costs two round trips. The rest follows at once. */
const LOOKED_AT = 500;
const TAKEN_BACK = 25;

/**
 * Takes back the runs of a queue that were claimed and never began, and whose claimer is not heard of any more, as the pool's
 * recovery says: crashes them, or lets them be claimed again. Done twice it does nothing more. Gives when to look again; null when no run is PENDING.
 */
export async function recoverPending(ctx: TenantContext, queueId: string): Promise<Micros | null> {
  const now = ctx.now();
  const [pending] = await ctx.db.run(selectPendingRuns(ctx.db, ctx.tenantId, queueId, LOOKED_AT));
  const known = pending.flatMap((run) =>
    run.recovery ? [{ ...run, lostAt: lostAt(run.recovery, run), fate: fateOf(run.recovery, run.recoveries) }] : [],
  );
  const lost = known.filter((run) => run.lostAt <= now);
  for (const run of lost.slice(0, TAKEN_BACK)) await takeBack(ctx, run);
  if (lost.length > TAKEN_BACK) return now;
  const rest = known.filter((run) => run.lostAt > now).map((run) => run.lostAt);
  return rest.length === 0 ? null : Math.min(...rest);
}

interface LostRun {
  id: string;
  pendingSince: Micros;
  fate: "crash" | "reschedule";
}

/** Takes back a run, if it is still in the same PENDING state. Two round trips. */
async function takeBack(ctx: TenantContext, { id, pendingSince, fate }: LostRun): Promise<void> {
  await decideAgain(async () => {
    const found = await foundFlowRun(ctx, await ctx.db.run(...flowRunReads(ctx, id, null)));
    if (found?.run.stateType !== "PENDING" || found.run.stateAt !== pendingSince) return;
    const now = ctx.now();
    const proposed =
      fate === "crash"
        ? proposeState({ type: "CRASHED", message: "The run was claimed and never began, and nothing was heard of its worker." }, now)
        : proposeState(
            { type: "SCHEDULED", name: "AwaitingRetry", message: "The run was claimed and never began: it waits to be claimed again." },
            now,
          );
    const move = await decideFlowRun(ctx, found, proposed, "minimal");
    answerOf(move.decision);
    if (fate === "reschedule") {
      move.statements.push(countRecovery(ctx.db, { tenantId: ctx.tenantId, flowRunId: id, caller: "", claimedAt: pendingSince }));
    }
    await writeMove(ctx, id, move);
    announceState(ctx, found.run, found.run, move.decision.written);
  });
}
