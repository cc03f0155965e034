import { z } from "@hono/zod-openapi";
import { InvalidRequest, Refusal } from "../../domain/errors.ts";
import type { Page } from "../../domain/filters.ts";
import { integer, optional, withDefault } from "./model.ts";

/** Prefect's `PREFECT_API_DEFAULT_LIMIT`: the default and the largest page. */
export const MAX_LIMIT = 200;

/** `limit` of a list's body; it stands first, since its errors are reported first. */
export const limitKey = { limit: optional(integer()) };

/** `offset` of a list's body. */
export const offsetKey = { offset: withDefault(integer({ ge: 0 }), 0) };

/** The body of a list that cannot be narrowed. */
export const PageBody = z.object({ ...limitKey, ...offsetKey });

/** The page of a request. Refuses a limit over 200 or below 0 with the real server's text (422, plain `detail`). */
export function pageOf(body: { limit?: number | null | undefined; offset?: number }): Page {
  return { limit: limitOf(body.limit), offset: body.offset ?? 0 };
}

/** A limit alone: 200 when absent. */
export function limitOf(limit: number | null | undefined): number {
  const value = limit ?? MAX_LIMIT;
  if (value > MAX_LIMIT) throw new Refusal("invalid", `Invalid limit: must be less than or equal to ${MAX_LIMIT}.`);
  if (value < 0) throw new Refusal("invalid", "Invalid limit: must be greater than or equal to 0.");
  return value;
}

/** Refuses one place of a request as pydantic would. */
export function invalidPlace(loc: (string | number)[], msg: string, type = "value_error"): InvalidRequest {
  return new InvalidRequest([{ loc, msg, type }]);
}
