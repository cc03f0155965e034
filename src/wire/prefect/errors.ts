import type { z } from "@hono/zod-openapi";
import { ConstraintFailed, type InvalidPlace, InvalidRequest, REFUSAL_STATUS, Refusal } from "../../domain/errors.ts";
import { isJsonObject, type Json, stringifyJson } from "../../domain/json.ts";
import { floatText } from "../../domain/parameters/python/number.ts";
import { compareText } from "../../domain/parameters/python/text.ts";
import type { PydanticError } from "./model.ts";

const INTEGRITY_CONFLICT =
  "Data integrity conflict. This usually means a unique or foreign key constraint was violated. See server logs for details.";

const json = (status: number, body: Json, headers: Record<string, string> = {}) =>
  new Response(stringifyJson(body), { status, headers: { "content-type": "application/json", ...headers } });

/** The answer for a path that no route has. */
export const noSuchRoute = () => json(404, { detail: "Not Found" });

/** The answer for a path that exists with a final slash more or less. */
export function redirectToOtherSlash({ pathname, search }: URL): Response {
  const location = pathname.endsWith("/") ? pathname.replace(/\/+$/, "") : `${pathname}/`;
  return new Response(null, { status: 307, headers: { location: location + search } });
}

/** The answer for a path that exists with other methods. */
export const wrongMethod = (allowed: readonly string[]) => json(405, { detail: "Method Not Allowed" }, { allow: allowed.join(", ") });

/**
 * The dialect's answer to an error: the four envelopes of the real server (422 with the places, `detail`, `exception_message`,
 * 409 for a violated key). Undefined for an error that is a fault of ours; `internalError` answers that.
 */
export function errorResponse(error: unknown, requestBody: Json): Response | undefined {
  if (error instanceof InvalidRequest) {
    return json(422, {
      exception_message: "Invalid request received.",
      exception_detail: error.places as unknown as Json,
      request_body: error.body ?? requestBody,
    });
  }
  if (error instanceof Refusal) {
    const body: Json = error.envelope === "exception" ? { exception_message: error.detail } : { detail: error.detail };
    const headers: Record<string, string> = {};
    if (error.retryAfterSeconds !== undefined) {
      // Whole seconds, as RFC 9110 has them, but for limits, whose clients read Python's text of a float.
      headers["retry-after"] = error.kind === "locked" ? floatText(error.retryAfterSeconds) : String(error.retryAfterSeconds);
    }
    if (error.kind === "unauthorized") headers["www-authenticate"] = "Bearer";
    return json(REFUSAL_STATUS[error.kind], body, headers);
  }
  if (error instanceof ConstraintFailed) return json(409, { detail: INTEGRITY_CONFLICT });
  return undefined;
}

/** The answer to a fault of ours: a request id to look it up by, and no more. */
export const internalError = (requestId: string) => json(500, { exception_message: "Internal Server Error", request_id: requestId });

/** The invalid places that zod found, in pydantic's words. `root` is where the value stood: `body`, `path` or `query`. */
export function invalidPlaces(error: z.ZodError, root: (string | number)[], input: unknown): InvalidPlace[] {
  return error.issues.flatMap((issue) => placesOf(issue, root, input));
}

function placesOf(issue: z.core.$ZodIssue, root: (string | number)[], input: unknown): InvalidPlace[] {
  const loc = [...root, ...(issue.path as (string | number)[])];
  if (issue.code === "custom") {
    const { type, ctx } = (issue.params ?? { type: "value_error" }) as unknown as PydanticError;
    return [{ loc, msg: issue.message, type, ...(ctx ? { ctx } : {}) }];
  }
  if (issue.code === "unrecognized_keys") {
    return [...issue.keys]
      .sort(compareText)
      .map((key) => ({ loc: [...loc, key], msg: "extra fields not permitted", type: "value_error.extra" }));
  }
  if (issue.code === "too_small") {
    // Of what is no list at all zod says so too.
    if (!Array.isArray(valueAt(input, issue.path))) return [];
    const limit = Number(issue.minimum);
    return [{ loc, msg: `ensure this value has at least ${limit} items`, type: "value_error.list.min_items", ctx: { limit_value: limit } }];
  }
  const value = valueAt(input, issue.path);
  if (value === undefined) return [{ loc, msg: "field required", type: "value_error.missing" }];
  if (value === null) return [{ loc, msg: "none is not an allowed value", type: "type_error.none.not_allowed" }];
  const kind = issue.code === "invalid_type" && issue.expected === "array" ? "list" : "dict";
  return [{ loc, msg: `value is not a valid ${kind}`, type: `type_error.${kind}` }];
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (Array.isArray(value)) value = value[Number(key)];
    else if (isJsonObject(value)) value = value[String(key)];
    else return undefined;
  }
  return value;
}
