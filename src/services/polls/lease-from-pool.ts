import { notFound, Refusal } from "../../domain/errors.ts";
import { isJsonObject, type Json, parseJson } from "../../domain/json.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { noSuchPool } from "../work-pools/read-work-pools.ts";
import { noSuchPoolQueue } from "../work-queues/read-work-queues.ts";

/** How long a run that was leased by waiting is hidden where polls hide nothing, seconds: it must not be handed out over and over. */
const SHORTEST_LEASE = 5;

/** How long a run is hidden that is leased by waiting, seconds. */
const waitingLeaseSeconds = (ctx: TenantContext): number => ctx.config.leaseSeconds || SHORTEST_LEASE;

interface WaitingLease {
  queueNames: string[];
  limit: number;
  waitSeconds: number;
}

/**
 * Due runs of a pool, leased to the caller alone, in the dialect's shape: at once when there are any, else as soon as one comes within
 * the wait. No round trip while nothing is handed out, one when something is. Once `signal` tells that the client has gone, what would be
 * its is the others'. Refuses 404 as a worker's poll does, and 503 when as many wait as may.
 */
export async function leaseFromPool(ctx: TenantContext, poolName: string, input: WaitingLease, signal: AbortSignal): Promise<Json[]> {
  const waiterId = ctx.newId();
  const { queueNames, limit, waitSeconds } = input;
  signal.addEventListener("abort", () => ctx.afterwards(ctx.queues.leave(poolName, waiterId)), { once: true });
  const waitMillis = limit === 0 ? 0 : waitSeconds * 1000;
  const answer = await ctx.queues.lease(poolName, {
    ...{ waiterId, queueNames, limit, waitMillis },
    caller: ctx.caller.id,
    leaseSeconds: waitingLeaseSeconds(ctx),
  });
  if (!answer.found) throw notFound(notFoundText(poolName, answer.missingQueue));
  if (answer.isFull) throw new Refusal("unavailable", "Too many wait at this work pool.", { retryAfterSeconds: 1 });
  const runs = answer.runs.map(parseJson);
  if (!signal.aborted) return runs;
  await giveBack(ctx, runs);
  return [];
}

/**
 * Opens a socket on which a pool's due runs are sent, each leased to the caller alone, as many as it asked for. It ends when the key,
 * known by its hash, is revoked. Refuses 404 as a worker's poll does, and 503 when as many sockets are open as may.
 */
export async function openLeases(ctx: TenantContext, poolName: string, queueNames: string[], keyHash: string): Promise<Response> {
  const opening = { caller: ctx.caller.id, keyHash, queueNames, leaseSeconds: waitingLeaseSeconds(ctx) };
  const response = await ctx.queues.openLeases(poolName, opening);
  if (response.status === 404) {
    const { missingQueue } = await response.json<{ missingQueue: string | null }>();
    throw notFound(notFoundText(poolName, missingQueue));
  }
  if (!response.webSocket) throw new Refusal("unavailable", "Too many wait at this work pool.", { retryAfterSeconds: 1 });
  return response;
}

/** What is said of a pool, or a queue of it, that does not exist. */
export const notFoundText = (poolName: string, missingQueue: string | null): string =>
  missingQueue === null ? noSuchPool(poolName) : noSuchPoolQueue(poolName, missingQueue);

async function giveBack(ctx: TenantContext, runs: readonly Json[]): Promise<void> {
  for (const run of runs) {
    if (!isJsonObject(run) || !isJsonObject(run.flow_run)) continue;
    await ctx.queues.settle(String(run.work_queue_id), ctx.caller.id, ctx.now(), [String(run.flow_run.id)], []);
  }
}
