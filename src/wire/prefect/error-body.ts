import { z } from "@hono/zod-openapi";

const InvalidPlace = z.object({
  loc: z.array(z.union([z.string(), z.int()])),
  msg: z.string(),
  type: z.string(),
  ctx: z.object({}).optional(),
});

/** The bodies of refusals and faults: Prefect's four envelopes (`errorResponse`). */
export const ErrorBody = z
  .object({
    detail: z.union([z.string(), z.array(z.string())]).optional(),
    exception_message: z.string().optional(),
    exception_detail: z.array(InvalidPlace).optional(),
    request_body: z.unknown().optional(),
    request_id: z.string().optional(),
  })
  .openapi("Error");
