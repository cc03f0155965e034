import { z } from "@hono/zod-openapi";
import {
  LONGEST_TIMEOUT_SECONDS,
  MOST_RESCHEDULES,
  type PendingRecovery,
  SHORTEST_TIMEOUT_SECONDS,
} from "../../domain/work-pools/recovery.ts";
import { integer, model, oneOf, optional, withDefault } from "../prefect/model.ts";

/** What a pool is to do with runs that were claimed and never began; without a timeout nothing. */
export const PoolRecoveryBody = model("WorkPoolRecoveryUpdate", {
  pending_timeout_seconds: optional(integer({ ge: SHORTEST_TIMEOUT_SECONDS, le: LONGEST_TIMEOUT_SECONDS })),
  action: withDefault(oneOf("crash", "reschedule"), "crash"),
  max_reschedules: withDefault(integer({ ge: 0, le: MOST_RESCHEDULES }), 3),
});

export const PoolRecovery = z
  .object({
    pending_timeout_seconds: z.int().nullable(),
    action: z.enum(["crash", "reschedule"]).nullable(),
    max_reschedules: z.int().nullable(),
  })
  .openapi("WorkPoolRecovery");

/** The recovery that a body asks for; null for none. */
export const recoveryOf = (body: z.output<typeof PoolRecoveryBody>): PendingRecovery | null =>
  body.pending_timeout_seconds === null || body.pending_timeout_seconds === undefined
    ? null
    : { timeoutSeconds: body.pending_timeout_seconds, action: body.action, maxReschedules: body.max_reschedules };

export const recoveryToWire = (recovery: PendingRecovery | null): z.input<typeof PoolRecovery> => ({
  pending_timeout_seconds: recovery?.timeoutSeconds ?? null,
  action: recovery?.action ?? null,
  max_reschedules: recovery?.maxReschedules ?? null,
});
