import type { Granted } from "../../queue/lease.ts";
import { reachOf } from "../../queue/lease.ts";
import type { Poll } from "../../queue/messages.ts";
import { UNQUEUED } from "../../queue/stub.ts";
import type { FlowRunRead } from "../../store/flow-runs.ts";
import { type RunPlace, selectRunsOfDeployments, selectRunsOfDeploymentsIn } from "../../store/handed-runs.ts";
import { touchDeploymentsPolled } from "../../store/polls.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { announceStatuses } from "../events/announce-statuses.ts";
import { restoreFlowRuns } from "../flow-runs/read-flow-runs.ts";
import { pollOf } from "./poll.ts";

/** Pages read for one poll while others hold what was found, and how many runs one has at least. */
const MOST_PAGES = 5;
const SHORTEST_PAGE = 50;
/** How often runs of many queues are chosen anew when others took some of them meanwhile. */
const MOST_ATTEMPTS = 3;

interface DeploymentsPoll {
  deploymentIds: string[];
  scheduledBefore: number | null;
  limit: number;
}

/**
 * The scheduled runs of deployments, for a runner that serves them itself: whatever queue they are in, paused or not, the earliest
 * first. Each is leased with its queue's object, so that a runner, a worker and an agent take none from one another. No round trip
 * when it is known that nothing is due, one otherwise, and one more for each page that others hold.
 */
export async function pollDeployments(ctx: TenantContext, input: DeploymentsPoll): Promise<FlowRunRead[]> {
  const { deploymentIds, limit } = input;
  const poll = pollOf(ctx, { ...input, scheduledAfter: null });
  const touch = touchDeploymentsPolled(ctx.db, ctx.tenantId, deploymentIds, ctx.now());
  if (poll.leaseSeconds === 0) {
    const read = selectRunsOfDeployments(ctx.db, ctx.tenantId, deploymentIds, poll.before, limit);
    const [runs] = await (poll.counts ? ctx.db.run(read, touch) : ctx.db.run(read));
    await restoreFlowRuns(ctx, runs);
    return runs;
  }
  const { mayFind, queueIds, notePolled } = await ctx.queues.askForRunner(deploymentIds, poll);
  if (notePolled) ctx.afterwards(ctx.db.run(touch).then(() => announceStatuses(ctx, { deploymentIds })));
  if (!mayFind || limit === 0) return [];
  const runs = await leaseRuns(ctx, { deploymentIds, queueIds }, poll);
  await restoreFlowRuns(ctx, runs);
  return runs;
}

/** As many runs as the poll asks for, leased to the caller. */
async function leaseRuns(ctx: TenantContext, place: { deploymentIds: string[]; queueIds: string[] }, poll: Poll): Promise<FlowRunRead[]> {
  const leased: FlowRunRead[] = [];
  const pageSize = Math.max(SHORTEST_PAGE, poll.limit);
  let after: RunPlace | null = null;
  for (let page = 0; page < MOST_PAGES && leased.length < poll.limit; page += 1) {
    const read = selectRunsOfDeploymentsIn(ctx.db, ctx.tenantId, place, reachOf(poll), { limit: pageSize, after });
    const [runs]: [FlowRunRead[]] = await ctx.db.run(read);
    leased.push(...(await leaseFirst(ctx, runs, { ...poll, limit: poll.limit - leased.length })));
    const last = runs.at(-1);
    if (!last || runs.length < pageSize) break;
    after = { at: last.nextScheduledStartAt ?? 0, id: last.id };
  }
  return leased;
}

/**
 * The first of the runs that the caller may have. Where they are in one queue its object finds them; where they are in many the
 * objects are asked what may be had before any of it is leased, so that nothing is kept from others that is not handed out.
 */
async function leaseFirst(ctx: TenantContext, runs: readonly FlowRunRead[], poll: Poll): Promise<FlowRunRead[]> {
  if (new Set(runs.map(({ workQueueId }) => workQueueId)).size <= 1) return inOrder(runs, await take(ctx, runs, poll));
  const leased: FlowRunRead[] = [];
  for (let attempt = 0; attempt < MOST_ATTEMPTS && leased.length < poll.limit; attempt += 1) {
    const rest = runs.filter((run) => !leased.includes(run));
    const free = inOrder(rest, await take(ctx, rest, { ...poll, leaseSeconds: 0, limit: rest.length }));
    const chosen = free.slice(0, poll.limit - leased.length);
    const had = inOrder(chosen, await take(ctx, chosen, poll));
    leased.push(...had);
    // Somebody else was faster where there is less: what is next may be had.
    if (had.length === chosen.length) break;
  }
  return leased;
}

/** What the queues of runs let the caller have of them. */
async function take(ctx: TenantContext, runs: readonly FlowRunRead[], poll: Poll): Promise<Granted[]> {
  const byQueue = Map.groupBy(runs, ({ workQueueId }) => workQueueId ?? UNQUEUED);
  const granted = await Promise.all(
    [...byQueue].map(([queueId, list]) => {
      const asked = list.map(({ id, nextScheduledStartAt, stateAt, updatedAt, deploymentId }) => ({
        ...{ runId: id, deploymentId, at: nextScheduledStartAt ?? 0, stateAt: stateAt ?? updatedAt },
      }));
      return ctx.queues.takeThese(queueId, asked, poll);
    }),
  );
  return granted.flat();
}

/** The granted runs in the order of all, those behind that nobody takes though they are offered again and again. */
function inOrder(runs: readonly FlowRunRead[], granted: readonly Granted[]): FlowRunRead[] {
  const byId = new Map(granted.map((grant) => [grant.runId, grant]));
  const ofKind = (isFruitless: boolean) => runs.filter(({ id }) => byId.get(id)?.isFruitless === isFruitless);
  return [...ofKind(false), ...ofKind(true)];
}
