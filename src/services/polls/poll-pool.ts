import { notFound } from "../../domain/errors.ts";
import type { FlowRunRead } from "../../store/flow-runs.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { notFoundText } from "./lease-from-pool.ts";
import { handOut, notePolled, type PollInput, pollOf } from "./poll.ts";

export interface PoolRuns {
  poolId: string;
  runs: FlowRunRead[];
}

/**
 * The runs a worker gets from a pool, its queues in order of priority; queue names narrow it. No round trip when nothing is
 * due, one otherwise. Refuses (404) a pool or queue that does not exist.
 */
export async function pollPool(ctx: TenantContext, poolName: string, queueNames: string[], input: PollInput): Promise<PoolRuns> {
  const poll = pollOf(ctx, input);
  const answer = await ctx.queues.pollPool(poolName, queueNames, poll);
  if (!answer.found) throw notFound(notFoundText(poolName, answer.missingQueue));
  notePolled(ctx, answer.notePolled);
  const scope = { poolLimit: answer.concurrencyLimit, queueIds: answer.queueIds, withCancelling: false };
  return { poolId: answer.poolId, runs: await handOut(ctx, answer.offers, scope, poll) };
}
