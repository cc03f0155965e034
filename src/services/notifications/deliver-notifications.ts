import { blockRequests } from "../../domain/notifications/block-requests.ts";
import { notificationOf } from "../../domain/notifications/message.ts";
import { type OutboundRequest, Unsendable } from "../../domain/notifications/request.ts";
import { MICROS_PER_SECOND, type Micros } from "../../domain/time.ts";
import { log } from "../../observe/log.ts";
import {
  claimNotifications,
  deleteNotifications,
  type EnteredState,
  type NotificationKey,
  queueNotifications,
  selectNotifications,
} from "../../store/notification-queue.ts";
import type { TenantContext } from "../../tenancy/context.ts";
import { openData } from "../block-documents/document-data.ts";
import { writeLogs } from "../logs/write-logs.ts";
import { type Sent, sendRequests } from "./send.ts";

/** How long to wait after each try, in seconds; the try after the last wait is the last. A wait is longer than a try. */
const WAITS_SECONDS = [60, 300, 900, 3600, 14_400];
const WAITS = WAITS_SECONDS.map((seconds) => seconds * MICROS_PER_SECOND);

/** How many are sent at a time. */
export const DELIVERIES_A_TURN = 20;

/** What the page of runs is called where nobody said so (Prefect's `get_ui_url_for_flow_run_id`). */
const NO_PAGE = "http://ephemeral-prefect/api";

/** The statement that queues the notifications of a flow run's new state, or of the state it stays in. */
export const notificationsOf = (ctx: TenantContext, entered: Omit<EnteredState, "tenantId">) =>
  queueNotifications(ctx.db, [{ tenantId: ctx.tenantId, ...entered }], ctx.now());

/** A claimed try at a notification. */
type Claimed = Awaited<ReturnType<typeof claim>>["claimed"][number];

/**
 * Tries to send those of a tenant's notifications that are due, at most `DELIVERIES_A_TURN`: at least once each, one try at a time.
 * One that failed is tried again later; one that cannot be sent, or failed too often, is given up, and its flow run's logs say
 * why. Two round trips, three when one is given up.
 */
export async function deliverNotifications(ctx: TenantContext, keys: readonly NotificationKey[], now: Micros): Promise<void> {
  const { claimed, gone } = await claim(ctx, keys, now);
  const outcomes = await Promise.all(claimed.map(async (item) => ({ item, sent: await deliver(ctx, item) })));
  const given = outcomes.flatMap(({ item, sent }) =>
    !sent.ok && (sent.final || item.tries > WAITS.length) ? [{ item, reason: sent.reason }] : [],
  );
  const done = [...gone, ...outcomes.filter(({ sent }) => sent.ok).map(({ item }) => item), ...given.map(({ item }) => item)];
  if (done.length > 0) await ctx.db.run(deleteNotifications(ctx.db, ctx.tenantId, done));
  await reportGivenUp(ctx, given);
}

/** Claims tries and reads what to send; `gone` are those whose run, or state, was deleted. */
async function claim(ctx: TenantContext, keys: readonly NotificationKey[], now: Micros) {
  const [tries, rows] = await ctx.db.run(
    claimNotifications(ctx.db, ctx.tenantId, keys, now, WAITS),
    selectNotifications(ctx.db, ctx.tenantId, keys),
  );
  const claimed = tries.flatMap((key) => rows.filter((row) => isSame(row, key)).map((row) => ({ ...row, tries: key.tries })));
  return { claimed, gone: tries.filter((key) => !claimed.some((item) => isSame(item, key))) };
}

const isSame = (one: NotificationKey, other: NotificationKey) => one.policyId === other.policyId && one.stateId === other.stateId;

async function deliver(ctx: TenantContext, item: Claimed): Promise<Sent> {
  let requests: OutboundRequest[];
  try {
    const [[data = {}], parameters] = await Promise.all([
      openData(ctx, [{ id: item.documentId, data: item.documentData }]),
      ctx.bodies.restore(item.parameters),
    ]);
    const notification = notificationOf({ ...item, parameters }, ctx.config.publicUrl ?? NO_PAGE);
    requests = blockRequests(item.blockType, data, notification);
  } catch (error) {
    if (error instanceof Unsendable) return { ok: false, reason: error.message, final: true };
    // It may be that storage was out of reach; what the error says may hold what is secret.
    return { ok: false, reason: "its block could not be read", final: false };
  }
  return sendRequests(requests);
}

const ERROR_LEVEL = 40;

async function reportGivenUp(ctx: TenantContext, given: readonly { item: Claimed; reason: string }[]): Promise<void> {
  const logs = given.map(({ item, reason }) => {
    log("warn", "notification given up", { tenantId: ctx.tenantId, policyId: item.policyId, flowRunId: item.flowRunId, reason });
    const message = `The notification of policy ${item.policyId} about state '${item.stateName}' was not sent: ${reason}.`;
    return { name: "slipway.notifications", level: ERROR_LEVEL, message, at: ctx.now(), flowRunId: item.flowRunId, taskRunId: null };
  });
  if (logs.length > 0) await writeLogs(ctx, logs);
}
