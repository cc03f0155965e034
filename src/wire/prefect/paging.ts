import { z } from "@hono/zod-openapi";
import { Refusal } from "../../domain/errors.ts";
import type { Page } from "../../domain/filters.ts";
import { integer, optional, withDefault } from "./model.ts";

/** Prefect's `PREFECT_API_DEFAULT_LIMIT`: the default and the largest page. */
export const MAX_LIMIT = 200;

/**
 * `limit` of a list's body, 200 when absent. It stands first, since its errors are reported first; one over 200 or below 0 is
 * refused at once, whatever else is wrong (422, plain `detail`), as a dependency of the real server's routes does.
 */
export const limitKey = { limit: optional(integer()).transform(limitOf) };

/** `offset` of a list's body. */
export const offsetKey = { offset: withDefault(integer({ ge: 0 }), 0) };

/** The body of a list that cannot be narrowed. */
export const PageBody = z.object({ ...limitKey, ...offsetKey });

/** The page of a request. */
export const pageOf = ({ limit, offset }: Page): Page => ({ limit, offset });

function limitOf(limit: number | null | undefined): number {
  const value = limit ?? MAX_LIMIT;
  if (value > MAX_LIMIT) throw new Refusal("invalid", `Invalid limit: must be less than or equal to ${MAX_LIMIT}.`);
  if (value < 0) throw new Refusal("invalid", "Invalid limit: must be greater than or equal to 0.");
  return value;
}
