import { noteCancelled } from "../../store/cancelled-runs.ts";
import type { NotificationKey } from "../../store/notification-queue.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { DELIVERIES_A_TURN, deliverNotifications, notificationsOf } from "../notifications/deliver-notifications.ts";
import { afterAnswer } from "../runs/after-answer.ts";
import type { FlowRunMove } from "./move-flow-run.ts";

interface Written {
  /** Of the move's statements. */
  results: unknown[];
  /** Whether the run was cancelled before its task runs and subflow runs ended: it is noted then. */
  leftChildren: boolean;
}

/**
 * Writes a flow run's move and tells its queue. In the same batch, notifications are queued of the state that was accepted, or
 * that a rejected run stays in, and a cancelled run that leaves children is noted; notifications are sent after the answer. One
 * round trip, none when there is nothing to write.
 */
export async function writeMove(ctx: TenantContext, flowRunId: string, { decision, statements, notices }: FlowRunMove): Promise<Written> {
  const { status, state, written } = decision;
  const notifies = state !== null && (status === "ACCEPT" || status === "REJECT");
  const results = await ctx.db.runAll([
    ...statements,
    ...(notifies ? [notificationsOf(ctx, { flowRunId, stateId: state.id })] : []),
    ...(written?.type === "CANCELLED" ? [noteCancelled(ctx.db, ctx.tenantId, flowRunId)] : []),
  ]);
  await ctx.queues.notify(notices);
  const [queued = [], cancelled = []] = results.splice(statements.length) as [NotificationKey[]?, unknown[]?];
  if (queued.length > 0) afterAnswer(ctx, () => deliverNotifications(ctx, queued.slice(0, DELIVERIES_A_TURN), ctx.now()));
  return { results, leftChildren: cancelled.length > 0 };
}
