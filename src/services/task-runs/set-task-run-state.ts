import { Refusal } from "../../domain/errors.ts";
import { answerOf, type SetStateAnswer } from "../../domain/states/answer.ts";
import type { TaskPolicyName } from "../../domain/states/policies.ts";
import type { ProposedState } from "../../domain/states/types.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { decideAgain } from "../states/decide-again.ts";
import { decideTaskRun, foundTaskRun, taskRunReads } from "./move-task-run.ts";

/**
 * Proposes a state to a task run; the rules say what comes of it, and slots of tag limits move with it. Two round trips, one
 * when nothing is written. Refuses 404.
 */
export async function setTaskRunState(
  ctx: TenantContext,
  id: string,
  proposed: ProposedState,
  policy: TaskPolicyName = "core",
): Promise<SetStateAnswer> {
  return decideAgain(async () => {
    const found = await foundTaskRun(ctx, await ctx.db.run(...taskRunReads(ctx, id, proposed.details.cacheKey)));
    if (!found) throw new Refusal("notFound", `Task run with id ${id} not found`, { envelope: "exception" });
    const { decision, statements } = await decideTaskRun(ctx, found, proposed, policy);
    const answer = answerOf(decision);
    await ctx.db.runAll(statements);
    return answer;
  });
}
