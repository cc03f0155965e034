import { Refusal } from "../../domain/errors.ts";
import { answerOf, type SetStateAnswer } from "../../domain/states/answer.ts";
import type { FlowPolicyName } from "../../domain/states/policies.ts";
import type { ProposedState } from "../../domain/states/types.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { announceState } from "../events/announce-state.ts";
import { afterAnswer } from "../runs/after-answer.ts";
import { decideAgain } from "../states/decide-again.ts";
import { cancelChildren } from "./cancel-children.ts";
import { decideFlowRun, flowRunReads, foundFlowRun } from "./move-flow-run.ts";
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
    const found = await foundFlowRun(ctx, await ctx.db.run(...flowRunReads(ctx, id, proposed.details.cacheKey)));
    if (!found) throw new Refusal("notFound", `Flow run with id ${id} not found`, { envelope: "exception" });
    const move = await decideFlowRun(ctx, found, proposed, policy);
    const answer = answerOf(move.decision);
    const { leftChildren } = await writeMove(ctx, id, move);
    announceState(ctx, found.run, found.run, move.decision.written);
    if (leftChildren) afterAnswer(ctx, () => cancelChildren(ctx, id));
    return answer;
  });
}
