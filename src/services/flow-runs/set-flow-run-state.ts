import { Refusal } from "../../domain/errors.ts";
import { answerOf, type SetStateAnswer } from "../../domain/states/answer.ts";
import type { FlowPolicyName } from "../../domain/states/policies.ts";
import type { ProposedState } from "../../domain/states/types.ts";
import { noteClaim } from "../../store/claims.ts";
import { selectRunSlots } from "../../store/run-slots.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { announceState } from "../events/announce-state.ts";
import { afterAnswer } from "../runs/after-answer.ts";
import { decideAgain } from "../states/decide-again.ts";
import { cancelChildren } from "./cancel-children.ts";
import { decideFlowRun, type FlowRunFound, flowRunReads, foundFlowRun, takesSlot } from "./move-flow-run.ts";
import { writeMove } from "./write-move.ts";

/**
 * Proposes a state to a flow run: the rules of `policy` (all of them unless another is named) say what comes of it. A subflow's
 * parent task run moves with it; notifications of the state it is in, and the children of a cancelled run, follow the answer. Two
 * round trips, one when the proposal came to nothing. Refuses 404.
 */
export async function setFlowRunState(
  ctx: TenantContext,
  id: string,
  proposed: ProposedState,
  policy: FlowPolicyName = "core",
): Promise<SetStateAnswer> {
  return decideAgain(async () => {
    const found = await read(ctx, id, proposed, policy);
    if (!found) throw new Refusal("notFound", `Flow run with id ${id} not found`, { envelope: "exception" });
    const move = await decideFlowRun(ctx, found, proposed, policy);
    const answer = answerOf(move.decision);
    const claim = move.decision.written;
    if (found.recovers && claim?.type === "PENDING") {
      move.statements.push(noteClaim(ctx.db, { tenantId: ctx.tenantId, flowRunId: id, caller: ctx.caller.id, claimedAt: claim.timestamp }));
    }
    const { leftChildren } = await writeMove(ctx, id, move);
    announceState(ctx, found.run, found.run, move.decision.written);
    if (leftChildren) afterAnswer(ctx, () => cancelChildren(ctx, id));
    return answer;
  });
}

interface Found extends FlowRunFound {
  /** Whether the run's pool takes back what was claimed and never began, so that claims are noted. */
  recovers: boolean;
}

/** The run, and what its queue and pool say when the move may claim it: one round trip. */
async function read(ctx: TenantContext, id: string, proposed: ProposedState, policy: FlowPolicyName): Promise<Found | null> {
  const reads = flowRunReads(ctx, id, proposed.details.cacheKey);
  if (proposed.type !== "PENDING" && !takesSlot(ctx, proposed.type, policy)) {
    const found = await foundFlowRun(ctx, await ctx.db.run(...reads));
    return found && { ...found, recovers: false };
  }
  const [[slots], ...results] = await ctx.db.run(selectRunSlots(ctx.db, ctx.tenantId, id), ...reads);
  const found = await foundFlowRun(ctx, results);
  if (!found || !slots) return found && { ...found, recovers: false };
  const { recovers } = slots;
  if (!takesSlot(ctx, proposed.type, policy)) return { ...found, recovers };
  if (slots.isQueueFull) return { ...found, recovers, fullLimit: { kind: "queue", name: slots.queueName } };
  return { ...found, recovers, fullLimit: slots.isPoolFull ? { kind: "pool", name: slots.poolName } : null };
}
