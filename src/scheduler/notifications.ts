import type { TenantId } from "../domain/ids.ts";
import { log } from "../observe/log.ts";
import { DELIVERIES_A_TURN, deliverNotifications } from "../services/notifications/deliver-notifications.ts";
import { type NotificationKey, selectDueNotifications } from "../store/notification-queue.ts";
import { SERVICE_CALLER, tenantContext } from "../tenancy/context.ts";
import { inSlices, type Shard, type Turn } from "./shard.ts";

/** Sends the notifications of all tenants that wait for a try: new ones that nobody sent yet, and ones that failed. */
export const sendNotifications = async ({ env, db, number, meter }: Shard, turn: Turn): Promise<void> => {
  await inSlices(DELIVERIES_A_TURN, turn, async () => {
    const [due] = await db.run(selectDueNotifications(db, turn.now, DELIVERIES_A_TURN));
    const tenants = new Map<TenantId, NotificationKey[]>();
    for (const { tenantId, ...key } of due) tenants.set(tenantId, [...(tenants.get(tenantId) ?? []), key]);
    const deliveries = [...tenants].map(async ([tenantId, keys]) => {
      const ctx = tenantContext(env, { tenantId, shard: number }, SERVICE_CALLER, meter, () => undefined);
      await deliverNotifications(ctx, keys, turn.now).catch((error: unknown) => {
        log("error", "notifications were not delivered", { tenantId, error: String(error) });
      });
    });
    await Promise.all(deliveries);
    return due.length;
  });
};
