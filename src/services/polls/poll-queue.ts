import { Refusal } from "../../domain/errors.ts";
import type { FlowRunRead } from "../../store/flow-runs.ts";
import { selectRunsOfTagQueue } from "../../store/handed-runs.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { restoreFlowRuns } from "../flow-runs/read-flow-runs.ts";
import { handOut, notePolled, type PollInput, pollOf } from "./poll.ts";

/** The runs an agent gets from one queue. No round trip when nothing is due, one otherwise. Refuses 404. */
export async function pollQueue(ctx: TenantContext, queueId: string, input: PollInput): Promise<FlowRunRead[]> {
  const poll = pollOf(ctx, input);
  const answer = await ctx.queues.pollQueue(queueId, poll);
  if (!answer.found) throw new Refusal("notFound", `Work queue with id ${queueId} not found.`, { envelope: "exception" });
  if (answer.notePolled) notePolled(ctx, [queueId]);
  const { config, offer } = answer;
  if (config.filter && !config.isPaused) {
    const [runs] = await ctx.db.run(selectRunsOfTagQueue(ctx.db, ctx.tenantId, config.filter, config.concurrencyLimit, input));
    await restoreFlowRuns(ctx, runs);
    return runs;
  }
  return handOut(ctx, [offer], { poolLimit: null, queueIds: [queueId], withCancelling: true }, poll);
}
