import { z } from "@hono/zod-openapi";
import { float, list, optional, text, withDefault } from "../prefect/model.ts";
import { limitKey } from "../prefect/paging.ts";

/** A lease from a pool that waits for runs to come. */
export const PoolLeaseBody = z.object({
  ...limitKey,
  work_queue_names: optional(list(text())),
  wait_seconds: withDefault(float({ ge: 0, le: 60 }), 0),
});
