/** Why a request cannot be done. The wire gives each kind its status and body. */
export type RefusalKind =
  | "badRequest"
  | "unauthorized"
  | "forbidden"
  | "notFound"
  | "conflict"
  | "invalid"
  | "locked"
  | "tooLarge"
  | "tooMany"
  | "unavailable";

/** The HTTP status of each kind of refusal. */
export const REFUSAL_STATUS: Record<RefusalKind, number> = {
  badRequest: 400,
  unauthorized: 401,
  forbidden: 403,
  notFound: 404,
  conflict: 409,
  tooLarge: 413,
  invalid: 422,
  locked: 423,
  tooMany: 429,
  unavailable: 503,
};

/**
 * A refusal the caller is told of. `envelope` chooses the dialect's body: `detail` for what Prefect's routes raise,
 * `exception` for what its models raise (`ObjectNotFoundError`).
 */
export class Refusal extends Error {
  readonly kind: RefusalKind;
  readonly detail: string | string[];
  readonly envelope: "detail" | "exception";
  readonly retryAfterSeconds: number | undefined;

  constructor(
    kind: RefusalKind,
    detail: string | string[],
    options: { envelope?: "detail" | "exception"; retryAfterSeconds?: number } = {},
  ) {
    super(typeof detail === "string" ? detail : detail.join("; "));
    this.kind = kind;
    this.detail = detail;
    this.envelope = options.envelope ?? "detail";
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** A refusal because something does not exist; `Refusal("notFound", …)` in short. */
export const notFound = (detail: string) => new Refusal("notFound", detail);

/** Gives the value, or refuses with 404 and `detail` when there is none. */
export function found<T>(value: T | null | undefined, detail: string): T {
  if (value === null || value === undefined) throw notFound(detail);
  return value;
}

/** One invalid place of a request, as pydantic v1 reports it. `loc` starts with `body`, `path` or `query`. */
export interface InvalidPlace {
  loc: (string | number)[];
  msg: string;
  type: string;
  ctx?: Record<string, unknown>;
}

/** A request whose values are of the wrong shape: 422 with one entry a place. `body` is what was sent, if it could not be read as JSON. */
export class InvalidRequest extends Error {
  readonly places: InvalidPlace[];
  readonly body: string | undefined;
  constructor(places: InvalidPlace[], body?: string) {
    super("Invalid request received.");
    this.places = places;
    this.body = body;
  }
}

/** The batch was rolled back because a guard found that the facts it was decided on have changed. */
export class GuardFailed extends Error {}

/** A unique or foreign key of the database refused the batch; nothing of it was written. */
export class ConstraintFailed extends Error {
  readonly kind: "unique" | "foreignKey" | "other";
  constructor(kind: "unique" | "foreignKey" | "other", message: string) {
    super(message);
    this.kind = kind;
  }
}
