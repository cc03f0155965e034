import { fillSlots } from "../../domain/slots.ts";
import type { Micros } from "../../domain/time.ts";
import { reachOf } from "../../queue/lease.ts";
import type { Part, Taking } from "../../queue/leasing-pool.ts";
import type { Offer, Poll } from "../../queue/messages.ts";
import type { Statement } from "../../store/database.ts";
import type { FlowRunRead } from "../../store/flow-runs.ts";
import { selectRunsToHandOut } from "../../store/handed-runs.ts";
import { countOccupied } from "../../store/polls.ts";
import { touchPolled } from "../../store/work-queues.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { announceStatuses } from "../events/announce-statuses.ts";
import { restoreFlowRuns } from "../flow-runs/read-flow-runs.ts";

export interface PollInput {
  scheduledBefore: number | null;
  scheduledAfter: number | null;
  limit: number;
}

/** A poll of this caller. The page only looks: it leases nothing and counts as no poll. */
export function pollOf(ctx: TenantContext, input: PollInput): Poll {
  return {
    caller: ctx.caller.id,
    now: ctx.now(),
    before: input.scheduledBefore,
    after: input.scheduledAfter,
    limit: input.limit,
    leaseSeconds: ctx.caller.isPage ? 0 : ctx.config.leaseSeconds,
    counts: !ctx.caller.isPage,
  };
}

/** Where the slots of a poll are counted. */
export interface SlotScope {
  poolLimit: number | null;
  /** The queues whose runs hold slots: all of the pool's, or the one polled. */
  queueIds: readonly string[];
  /** On a queue's own route a run that is being cancelled holds a slot too. */
  withCancelling: boolean;
}

/** What was handed out of what one was offered, and what was not: for want of a slot, or since D1 no longer has it. */
export interface HandedOut {
  runs: FlowRunRead[];
  unused: Part[];
  gone: Part[];
}

/**
 * Verifies offers against D1 and hands out what the limits allow, in the order offered: one round trip, none when nothing
 * is offered. Leases on what is not handed out are given back, and what D1 no longer has is taken from the index.
 */
export async function handOut(ctx: TenantContext, offers: readonly Offer[], scope: SlotScope, poll: Poll): Promise<FlowRunRead[]> {
  const handed = await handOutToAll(ctx, [{ offers, poll }], scope);
  for (const { unused, gone } of handed) {
    for (const { caller, at, queueId, ids } of poll.leaseSeconds > 0 ? unused : []) {
      ctx.afterwards(ctx.queues.settle(queueId, caller, at, ids, []));
    }
    for (const { caller, at, queueId, ids } of gone) ctx.afterwards(ctx.queues.settle(queueId, caller, at, [], ids));
  }
  return handed.flatMap(({ runs }) => runs);
}

/** `handOut` to several who were offered different runs, one after the other, in the same round trip. Nothing is given back here. */
export async function handOutToAll(ctx: TenantContext, takings: readonly Taking[], scope: SlotScope): Promise<HandedOut[]> {
  const offers = takings.flatMap((taking) => taking.offers);
  const offered = offers.flatMap(({ ids }) => ids);
  if (offered.length === 0) return takings.map(() => ({ runs: [], unused: [], gone: [] }));
  const limited = scope.poolLimit !== null || offers.some(({ limit }) => limit !== null);
  const rowsOf = selectRunsToHandOut(ctx.db, ctx.tenantId, offered);
  const [rows, occupied] = limited
    ? await ctx.db.run(rowsOf, countOccupied(ctx.db, ctx.tenantId, scope.queueIds, scope.withCancelling))
    : [(await ctx.db.run(rowsOf))[0], []];
  await restoreFlowRuns(ctx, rows);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const slots = new Slots(occupied);
  return takings.map((taking) => handOutTo(taking, byId, slots, scope));
}

/** What holds slots while several are served: runs by queue, and what those who came before were offered, whose leases are counted already. */
class Slots {
  readonly occupied: Map<string, number>;
  readonly offered = new Map<string, number>();

  constructor(occupied: readonly { queueId: string; count: number }[]) {
    this.occupied = new Map(occupied.map(({ queueId, count }) => [queueId, count]));
  }

  get total(): number {
    return [...this.occupied.values()].reduce((sum, count) => sum + count, 0);
  }

  add(to: "occupied" | "offered", queueId: string, count: number): void {
    this[to].set(queueId, (this[to].get(queueId) ?? 0) + count);
  }
}

function handOutTo({ offers, poll }: Taking, byId: ReadonlyMap<string, FlowRunRead>, slots: Slots, { poolLimit }: SlotScope): HandedOut {
  const valid = offers.map((offer) => ({
    ...offer,
    ids: inOrder(offer, byId)
      .filter(({ id, knownAt }) => isTakeable(byId.get(id), offer, poll) && !isVoided(byId.get(id), knownAt, poll))
      .map(({ id }) => id),
    occupied: slots.occupied.get(offer.queueId) ?? 0,
    othersLeases: Math.max(0, offer.othersLeases - (slots.offered.get(offer.queueId) ?? 0)),
  }));
  const handed = new Set(fillSlots(valid, { limit: poolLimit, occupied: slots.total }, poll.limit));
  const parts = offers.map(({ queueId, ids }, index) => {
    const known = new Set(valid[index]?.ids);
    const voided = new Set(ids.filter((id, place) => isVoided(byId.get(id), offers[index]?.knownAt[place], poll)));
    slots.add("offered", queueId, ids.length);
    slots.add("occupied", queueId, ids.filter((id) => handed.has(id)).length);
    const part = (matches: (id: string) => boolean) => ({ caller: poll.caller, at: poll.now, queueId, ids: ids.filter(matches) });
    return { unused: part((id) => known.has(id) && !handed.has(id)), gone: part((id) => !known.has(id) && !voided.has(id)) };
  });
  return {
    runs: [...handed].flatMap((id) => byId.get(id) ?? []),
    unused: parts.map(({ unused }) => unused).filter(({ ids }) => ids.length > 0),
    gone: parts.map(({ gone }) => gone).filter(({ ids }) => ids.length > 0),
  };
}

/** What a queue offers in its order, by the times that D1 has: the queue may not have heard of a new one. */
function inOrder({ ids, knownAt, behind }: Offer, byId: ReadonlyMap<string, FlowRunRead>) {
  const offered = ids.map((id, place) => ({
    ...{ id, knownAt: knownAt[place] },
    goesBehind: place >= ids.length - behind,
    at: byId.get(id)?.nextScheduledStartAt ?? 0,
  }));
  return offered.sort((a, b) => Number(a.goesBehind) - Number(b.goesBehind) || a.at - b.at || (a.id < b.id ? -1 : 1));
}

/** Whether a run is still the queue's and its time still in the poll's bounds: the queue may not have heard of a change. */
function isTakeable(run: FlowRunRead | undefined, { queueId }: Offer, poll: Poll): boolean {
  if (run?.workQueueId !== queueId || run.nextScheduledStartAt === null) return false;
  const reach = reachOf(poll);
  return (reach === null || run.nextScheduledStartAt <= reach) && (poll.after === null || run.nextScheduledStartAt >= poll.after);
}

/**
 * Whether a run was scheduled anew since it was offered: what it was leased by ends when the queue hears of it, and somebody else may
 * have it already. A run that became late stays whose it is.
 */
function isVoided(run: FlowRunRead | undefined, knownAt: Micros | undefined, poll: Poll): boolean {
  if (!run || knownAt === undefined || poll.leaseSeconds === 0) return false;
  return run.stateAt !== null && run.stateAt > knownAt && run.stateName !== "Late";
}

/** Notes in D1, after the answer, that queues were polled. */
export function notePolled(ctx: TenantContext, queueIds: readonly string[]): void {
  if (queueIds.length === 0) return;
  const note: Statement = touchPolled(ctx.db, ctx.tenantId, queueIds, ctx.now());
  ctx.afterwards(ctx.db.run(note).then(() => announceStatuses(ctx, { queueIds: [...queueIds] })));
}
