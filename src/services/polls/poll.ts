import { fillSlots } from "../../domain/slots.ts";
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

/**
 * Verifies offers against D1 and hands out what the limits allow, in the order offered: one round trip, none when nothing
 * is offered. Leases on what is not handed out are given back, and what D1 no longer has is taken from the index.
 */
export async function handOut(ctx: TenantContext, offers: readonly Offer[], scope: SlotScope, poll: Poll): Promise<FlowRunRead[]> {
  const offered = offers.flatMap(({ ids }) => ids);
  if (offered.length === 0) return [];
  const limited = scope.poolLimit !== null || offers.some(({ limit }) => limit !== null);
  const rowsOf = selectRunsToHandOut(ctx.db, ctx.tenantId, offered);
  const [rows, occupied] = limited
    ? await ctx.db.run(rowsOf, countOccupied(ctx.db, ctx.tenantId, scope.queueIds, scope.withCancelling))
    : [(await ctx.db.run(rowsOf))[0], []];
  const byId = new Map(rows.map((row) => [row.id, row]));
  const occupiedBy = new Map(occupied.map(({ queueId, count }) => [queueId, count]));
  const valid = offers.map((offer) => ({
    ...offer,
    ids: offer.ids.filter((id) => byId.get(id)?.workQueueId === offer.queueId),
    occupied: occupiedBy.get(offer.queueId) ?? 0,
  }));
  const total = [...occupiedBy.values()].reduce((sum, count) => sum + count, 0);
  const handed = new Set(fillSlots(valid, { limit: scope.poolLimit, occupied: total }, poll.limit));
  settle(ctx, offers, valid, handed, poll);
  await restoreFlowRuns(ctx, rows);
  return [...handed].flatMap((id) => byId.get(id) ?? []);
}

function settle(ctx: TenantContext, offers: readonly Offer[], valid: readonly Offer[], handed: ReadonlySet<string>, poll: Poll): void {
  offers.forEach((offer, index) => {
    const known = new Set(valid[index]?.ids);
    const unused = poll.leaseSeconds > 0 ? [...known].filter((id) => !handed.has(id)) : [];
    const gone = offer.ids.filter((id) => !known.has(id));
    if (unused.length + gone.length > 0) ctx.afterwards(ctx.queues.settle(offer.queueId, poll.caller, unused, gone));
  });
}

/** Notes in D1, after the answer, that queues were polled. */
export function notePolled(ctx: TenantContext, queueIds: readonly string[]): void {
  if (queueIds.length === 0) return;
  const note: Statement = touchPolled(ctx.db, ctx.tenantId, queueIds, ctx.now());
  ctx.afterwards(ctx.db.run(note).then(() => announceStatuses(ctx, { queueIds: [...queueIds] })));
}
