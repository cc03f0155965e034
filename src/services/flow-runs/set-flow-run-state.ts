import { Refusal } from "../../domain/errors.ts";
import { answerOf, type SetStateAnswer } from "../../domain/states/answer.ts";
import type { FlowPolicyName } from "../../domain/states/policies.ts";
import type { ProposedState } from "../../domain/states/types.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { decideAgain } from "../states/decide-again.ts";
import { decideFlowRun, flowRunReads, foundFlowRun } from "./move-flow-run.ts";

/**
 * Proposes a state to a flow run: the rules of `policy` (all of them unless another is named) say what comes of it. A subflow's
 * parent task run moves with it. Two round trips, one when nothing is written. Refuses 404.
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
    const { decision, statements, notices } = await decideFlowRun(ctx, found, proposed, policy);
    const answer = answerOf(decision);
    await ctx.db.runAll(statements);
    await ctx.queues.notify(notices);
    return answer;
  });
}
